"""CommonRoad scenarios written by the tests: a straight road along +x, and whoever a test puts on it."""

from pathlib import Path


def number(value):
    """An exact number, or an interval round it."""
    if isinstance(value, tuple):
        return f"<intervalStart>{value[0]}</intervalStart><intervalEnd>{value[1]}</intervalEnd>"
    return f"<exact>{value}</exact>"


def points(rows):
    return "".join(f"<point><x>{x}</x><y>{y}</y></point>" for x, y in rows)


def lanelet(name, *, y=0.0, start=0.0, length=200.0, inside="", left=None, right=None):
    """A lanelet along +x, 4 m wide, round the line at `y`, or between given bounds."""
    ends = [start, start + 0.5 * length, start + length]
    left = left or [(x, y + 2.0) for x in ends]
    right = right or [(x, y - 2.0) for x in ends]
    bounds = f"<leftBound>{points(left)}</leftBound><rightBound>{points(right)}</rightBound>"
    return f'<lanelet id="{name}">\n{bounds}\n{inside}\n</lanelet>\n'


def state(step, x, y=0.0, *, heading=0.0, speed=10.0, tag="state", position=None, acceleration=None):
    position = position or f"<point><x>{x}</x><y>{y}</y></point>"
    speed = "" if speed is None else f"<velocity>{number(speed)}</velocity>"
    extra = "" if acceleration is None else f"<acceleration>{number(acceleration)}</acceleration>"
    return (
        f"<{tag}>\n<position>{position}</position>\n<orientation>{number(heading)}</orientation>\n"
        f"<time>{number(step)}</time>{speed}{extra}</{tag}>\n"
    )


RECTANGLE = "<rectangle><length>4.5</length><width>1.8</width></rectangle>"


def obstacle(name, states, *, version="2020a", type_="car", shape=RECTANGLE, role="dynamic"):
    """An obstacle with these states (text, the first one with tag initialState), in the words of a version."""
    tag = "obstacle" if version == "2018b" else f"{role}Obstacle"
    role = f"<role>{role}</role>" if version == "2018b" else ""
    rest = f"<trajectory>{''.join(states[1:])}</trajectory>" if len(states) > 1 else ""
    return f'<{tag} id="{name}">{role}<type>{type_}</type><shape>{shape}</shape>{states[0]}{rest}</{tag}>\n'


def driving(name, count, *, x=5.0, y=0.0, speed=10.0, step=0.1, **words):
    """A vehicle at constant speed along +x."""
    states = [
        state(k, x + speed * step * k, y, speed=speed, tag="state" if k else "initialState") for k in range(count)
    ]
    return obstacle(name, states, **words)


def scenario(body, *, version="2020a", step=0.1, name="TST_Road-1"):
    head = f'<commonRoad timeStepSize="{step}" commonRoadVersion="{version}" benchmarkID="{name}">'
    return f"<?xml version='1.0' encoding='UTF-8'?>\n{head}\n{body}</commonRoad>\n"


def write(folder: Path, body, *, file="road.xml", **words) -> Path:
    """A scenario as a file."""
    path = folder / file
    path.write_text(scenario(body, **words))
    return path
