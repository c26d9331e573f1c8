"""Tiny hand-made networks, and worlds on them, for tests of kernels. Nothing here needs the builder.

state, rule_table, roads, scratch = world_on(crossing(), num_actors=4)
"""

import numpy as np
from twins.road_lines import pose

from envs.driving.network import Line, Network
from envs.driving.pool import Pool
from envs.driving.state import new_scratch, new_state
from envs.kernels import road_records as records
from envs.kernels.bundles import bundle
from envs.kernels.road_records import CONNECTOR, CROSSING, FREE, OTHER_FIRST, OWN_FIRST, PATH_STEP, ROAD, YIELD

WIDTH = 3.5


def world_on(network, num_actors=8, num_agents=1, **rules):
    """(state, rule_table, roads, scratch) of one world on this network, nobody on the road yet.

    `rules` are arguments of RoadConfig, or fields of ROAD_RULES.
    """
    from envs.driving.config import RoadConfig

    fields = {name: value for name, value in rules.items() if name in records.ROAD_RULES.names}
    arguments = {name: value for name, value in rules.items() if name in RoadConfig.__dataclass_fields__}
    unknown = rules.keys() - fields.keys() - arguments.keys()
    assert not unknown, f"neither arguments nor fields of the rules: {unknown}"
    arguments = {name: value for name, value in arguments.items() if name not in fields or isinstance(value, str)}
    rule_table = RoadConfig(**arguments).rules(num_agents, 0, 1)
    for name in fields.keys() - arguments.keys():
        rule_table[name] = fields[name]
    cells = int(rule_table[0].rows) * int(rule_table[0].cols)
    state = new_state(1, num_actors, num_agents, int(rule_table[0].history))
    scratch = new_scratch(np.zeros(1, np.int32), num_actors, cells)
    return bundle(state), rule_table, roads_of(network), bundle(scratch)


def roads_of(*networks, cell=0.5):
    """A pool's arrays with these networks in slots 0, 1, ..."""
    pool = Pool(len(networks), cell=cell)
    for key, network in enumerate(networks):
        pool.acquire(key, lambda network=network: network)
    return pool.bundle


def straight_road(length=200.0, limit=15.0):
    """One lane along +x from the origin, one route."""
    return assemble([lane_spec(straight_line(0, 0, 0, length), limit=limit)], routes=[(0,)], name="straight")


def two_lanes(length=300.0, limit=15.0):
    """Two lanes along +x; lane 0 is the right one, at y = 0. A route keeps to each."""
    lanes = [
        lane_spec(straight_line(0, 0, 0, length), limit=limit, left=1),
        lane_spec(straight_line(0, WIDTH, 0, length), limit=limit, right=0),
    ]
    return assemble(lanes, routes=[(0,), (1,)], entries=(0, 1), name="two lanes")


def circle(radius=30.0, limit=10.0):
    """One lane counter-clockwise round the origin that follows itself; the route goes round twice."""
    points = arc_line(radius, 0, 0, radius, 2 * np.pi)
    return assemble([lane_spec(points, limit=limit, next=(0,))], routes=[(0, 0)], entries=(), name="circle")


def crossing(limit=10.0, reach=80.0, control=YIELD):
    """A road along +x (lanes 0, 1, 2) that yields to one along +y (3, 4, 5): approach, connector, exit each."""
    half = 10.0
    stretches = ((-reach, reach - half), (-half, 2 * half), (half, reach - half))
    lanes = []
    for road, heading in enumerate((0.0, np.pi / 2)):
        for stage, (begin, length) in enumerate(stretches):
            points = straight_line(begin * np.cos(heading), begin * np.sin(heading), heading, length)
            joined = {"kind": CONNECTOR, "junction": 0} if stage == 1 else {}
            lane = lane_spec(points, limit=limit, next=(3 * road + stage + 1,) if stage < 2 else (), **joined)
            lanes.append(lane | ({"control": control if road == 0 else FREE} if stage == 1 else {}))
    conflicts = np.zeros(2, records.CONFLICT)
    for k, (own, other, right) in enumerate(((1, 4, OTHER_FIRST), (4, 1, OWN_FIRST))):
        conflicts[k] = (other, CROSSING, right, half - 2.2, half + 2.2, half - 2.2, half + 2.2)
        lanes[own] |= {"first_conflict": k, "num_conflicts": 1}
    bars = np.zeros(1, records.BAR)
    bars[0] = (-half, 0.0, 0.0, 0.5, WIDTH, -1)
    return assemble(
        lanes, routes=[(0, 1, 2), (3, 4, 5)], entries=(0, 3), conflicts=conflicts, bars=bars, name="crossing"
    )


def straight_line(x, y, heading, length):
    """POINT [2]"""
    line = np.zeros(2, records.POINT)
    line["x"], line["y"] = [x, x + length * np.cos(heading)], [y, y + length * np.sin(heading)]
    line["s"], line["heading"] = [0, length], heading
    return line


def arc_line(x, y, heading_offset, radius, angle, step=1.5):
    """POINT [.] from (x, y), first along +y turned by `heading_offset`, bending left (radius > 0) by `angle`."""
    turns = np.linspace(0, angle, max(3, round(abs(radius * angle) / step)))
    heading = np.pi / 2 + heading_offset + np.sign(radius) * turns
    line = np.zeros(len(turns), records.POINT)
    line["x"] = x + radius * (np.sin(heading) - np.sin(heading[0]))
    line["y"] = y - radius * (np.cos(heading) - np.cos(heading[0]))
    chords = np.hypot(np.diff(line["x"]), np.diff(line["y"]))
    line["s"][1:] = np.cumsum(chords)
    line["heading"] = np.pi - np.mod(np.pi - heading, 2 * np.pi)
    return line


def lane_spec(points, **fields):
    """A lane's points and what differs from a plain lane."""
    return {"points": points, "width": WIDTH, "limit": 15.0, "left": -1, "right": -1, "next": (), **fields}


def assemble(lanes, *, routes, entries=(0,), **fields):
    """A network of these lanes; routes are lane sequences whose paths run along the centrelines."""
    table, first = np.zeros(len(lanes), records.LANE), 0
    for row, lane in zip(table, lanes, strict=True):
        plain = {"kind": ROAD, "junction": -1, "control": FREE, "signal": -1}
        for name, value in (plain | lane).items():
            if name not in ("points", "next"):
                row[name] = value
        row["first"], row["count"], row["length"] = first, len(lane["points"]), lane["points"]["s"][-1]
        row["num_next"], row["next"] = len(lane["next"]), -1
        row["next"][: len(lane["next"])] = lane["next"]
        first += len(lane["points"])
    paths = [route_path(lanes, route) for route in routes]
    route_table, lane_first, point_first = np.zeros(len(routes), records.ROUTE), 0, 0
    for row, route, path in zip(route_table, routes, paths, strict=True):
        length = (len(path) - 1) * PATH_STEP
        row["first"], row["count"] = lane_first, len(route)
        row["first_point"], row["num_points"] = point_first, len(path)
        row["start"], row["goal"] = 5.0, length - 10.0
        lane_first, point_first = lane_first + len(route), point_first + len(path)
    nothing = {
        "conflicts": records.CONFLICT,
        "signals": records.SIGNAL_PHASES,
        "bars": records.BAR,
        "crosswalks": records.CROSSWALK,
        "crossings": records.CROSSING_STRETCH,
        "tracks": records.TRACK,
    }
    whole = {
        **{name: np.zeros(0, dtype) for name, dtype in nothing.items()},
        "frames": np.zeros((0, 0), records.FRAME),
        "lanes": table,
        "points": np.concatenate([lane["points"] for lane in lanes]),
        "routes": route_table,
        "route_lanes": np.array([lane for route in routes for lane in route], np.int32),
        "path": np.concatenate([np.zeros(0, records.PATH_POINT), *paths]),
        "entries": np.array(entries, np.int32),
        "areas": (),
        "lines": (Line(np.stack([lanes[0]["points"]["x"], lanes[0]["points"]["y"]], axis=1), "edge"),),
        "demand": 1.0,
        "pedestrians": 0,
        "name": "hand-made",
    }
    return Network(**{**whole, **fields})


def route_path(lanes, route):
    """PATH_POINT [.], PATH_STEP apart along the centrelines of successive lanes."""
    starts = np.cumsum([0.0] + [lanes[lane]["points"]["s"][-1] for lane in route])
    stations = np.arange(0.0, starts[-1] + 1e-9, PATH_STEP)
    path = np.zeros(len(stations), records.PATH_POINT)
    for point, s in zip(path, stations, strict=True):
        k = min(int(np.searchsorted(starts, s, side="right")) - 1, len(route) - 1)
        lane = lanes[route[k]]
        line = np.array(lane["points"].tolist())
        point["x"], point["y"], point["heading"] = pose(line, s - starts[k], 0.0)
        point["limit"], point["lane"], point["lane_s"] = lane["limit"], route[k], s - starts[k]
    return path
