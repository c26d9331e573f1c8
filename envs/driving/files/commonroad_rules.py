"""What CommonRoad's signs, lights and intersections say about lanelets."""

from dataclasses import dataclass

import numpy as np

from envs.driving.files.elements import Element
from envs.kernels.road_records import FREE, GREEN, RED, SIGNAL, SIGNAL_PHASES, STOP, YELLOW, YIELD

LIMIT_SIGNS = ("274", "R2-1", "s14a", "r301", "e13a", "c14", "274.1")
"""Ids of signs whose additional value is a speed limit [m/s], over all countries."""
STOP_SIGNS, YIELD_SIGNS = ("206", "R1-1", "r2"), ("205", "R1-2", "r1")
COLOURS = {"red": RED, "redYellow": RED, "yellow": YELLOW, "green": GREEN}
"""redYellow still forbids to go."""
DIRECTIONS = {
    "left": ("left",),
    "straight": ("straight",),
    "right": ("right",),
    "leftStraight": ("left", "straight"),
    "straightRight": ("straight", "right"),
    "leftRight": ("left", "right"),
    "all": ("left", "straight", "right"),
}
_TURN = 0.5
_MOST_PHASES = SIGNAL_PHASES["colour"].shape[0]


@dataclass(frozen=True)
class Rules:
    """By name in the file."""

    signs: dict[str, list[tuple[str, float | None]]]
    """(id, additional value) of each sign's elements."""
    lights: dict[str, tuple[int, tuple[str, ...]]]
    """Index into `signals`, and the directions it holds for; lights that are out are missing."""
    signals: np.ndarray
    junctions: dict[str, int]
    """Of the lanelets that cross an intersection."""

    def limit_of(self, lanelet: Element) -> float | None:
        """Lowest speed limit of a lanelet [m/s], or None."""
        limits = [child.number() for child in lanelet.children("speedLimit") if child.text not in ("inf", "INF")]
        for reference in lanelet.children("trafficSignRef"):
            for sign, value in self.signs.get(reference.attribute("ref"), []):
                if sign in LIMIT_SIGNS and value is not None:
                    limits.append(value)
        return min((limit for limit in limits if limit > 0), default=None)


def read_rules(root: Element, *, step: float) -> Rules:
    """All signs, lights and intersections of a file."""
    signs = {sign.attribute("id"): _sign(sign) for sign in root.children("trafficSign")}
    lights, phases = {}, []
    for light in root.children("trafficLight"):
        active = light.find("active")
        cycle = light.find("cycle")
        if cycle is None or not cycle.children("cycleElement") or (active is not None and active.text == "false"):
            continue
        found = _phases(cycle, step)
        if found is not None:
            lights[light.attribute("id")] = (len(phases), _directions(light))
            phases.append(found)
    signals = np.concatenate(phases) if phases else np.zeros(0, SIGNAL_PHASES)
    return Rules(signs, lights, signals, _junctions(root))


def control_of(lanelet: Element, rules: Rules, turn: float | None) -> tuple[int, int]:
    """(control, signal) for those who leave a lanelet turning by `turn` [rad]; None: whatever way they go."""
    way = None if turn is None else "left" if turn > _TURN else "right" if turn < -_TURN else "straight"
    holders = [lanelet, *lanelet.children("stopLine")]
    for reference in (child for holder in holders for child in holder.children("trafficLightRef")):
        index, directions = rules.lights.get(reference.attribute("ref"), (-1, ()))
        if index >= 0 and (way is None or way in directions):
            return SIGNAL, index
    signs = [child.attribute("ref") for holder in holders for child in holder.children("trafficSignRef")]
    ids = {sign for name in signs for sign, _ in rules.signs.get(name, [])}
    if ids & set(STOP_SIGNS):
        return STOP, -1
    return (YIELD, -1) if ids & set(YIELD_SIGNS) else (FREE, -1)


def _sign(sign: Element) -> list[tuple[str, float | None]]:
    found = []
    for element in sign.children("trafficSignElement"):
        name, value = element.need("trafficSignID").text, element.find("additionalValue")
        found.append((name, None if value is None or name not in LIMIT_SIGNS else value.number()))
    return found


def _phases(cycle: Element, step: float) -> np.ndarray | None:
    """SIGNAL_PHASES of a cycle, times in steps; None if it is always out. A cycle begins at its timeOffset."""
    colours, durations = [], []
    for element in cycle.children("cycleElement"):
        colour = element.need("color")
        if colour.text == "inactive":
            return None
        if colour.text not in COLOURS:
            raise colour.error(f"must be one of {sorted([*COLOURS, 'inactive'])}, found {colour.text!r}.")
        duration = element.need("duration")
        if duration.count() == 0:
            continue
        if colours and colours[-1] == COLOURS[colour.text]:
            durations[-1] += duration.count() * step
            continue
        colours.append(COLOURS[colour.text])
        durations.append(duration.count() * step)
    if not 0 < len(colours) <= _MOST_PHASES:
        raise cycle.error(f"must have 1 to {_MOST_PHASES} phases that last, found {len(colours)}.")
    phases = np.zeros(1, SIGNAL_PHASES)
    until = np.cumsum(durations)
    offset = cycle.find("timeOffset")
    phases["count"], phases["cycle"] = len(colours), until[-1]
    phases["offset"] = 0.0 if offset is None else -offset.number() * step % until[-1]
    phases["colour"][0, : len(colours)], phases["until"][0, : len(colours)] = colours, until
    return phases


def _directions(light: Element) -> tuple[str, ...]:
    direction = light.find("direction")
    if direction is None:
        return DIRECTIONS["all"]
    if direction.text not in DIRECTIONS:
        raise direction.error(f"must be one of {sorted(DIRECTIONS)}, found {direction.text!r}.")
    return DIRECTIONS[direction.text]


def _junctions(root: Element) -> dict[str, int]:
    """Lanelet -> number of the intersection that it crosses."""
    found = {}
    for k, intersection in enumerate(root.children("intersection")):
        for incoming in intersection.children("incoming"):
            for way in incoming.children("successorsLeft", "successorsStraight", "successorsRight"):
                found[way.attribute("ref")] = k
    return found
