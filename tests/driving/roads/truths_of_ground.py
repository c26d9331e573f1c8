"""What is true of every network's lanes, routes and ground, checked the slow and obvious way."""

import itertools

import numpy as np
import shapely
from driving.roads.reading import lanes_of_route, line_of, neighbours, path_of, points_of, strip_of, successors, wrapped

from envs.kernels.road_records import PATH_STEP


def check_routes(network):
    """Legal lanes, a path of points PATH_STEP apart without kinks, on the lanes it names, start before goal."""
    for route in network.routes:
        lanes = lanes_of_route(network, route)
        for lane, after in itertools.pairwise(lanes):
            assert after in successors(network, lane) + neighbours(network, lane)
        path = path_of(network, route)
        steps = np.hypot(np.diff(path["x"]), np.diff(path["y"]))
        assert np.abs(steps - PATH_STEP).max() < 1e-9
        assert np.abs(wrapped(np.diff(path["heading"]))).max() < 0.2
        chords = np.arctan2(np.diff(path["y"]), np.diff(path["x"]))
        middles = path["heading"][:-1] + 0.5 * wrapped(np.diff(path["heading"]))
        assert np.abs(wrapped(chords - middles)).max() < 0.05
        assert 0 <= route["start"] < route["goal"] <= (len(path) - 1) * PATH_STEP
        named = path["lane"]
        order = named[np.r_[True, np.diff(named) != 0]].tolist()
        assert order == lanes
        assert (path["limit"] == network.lanes["limit"][named]).all()
        assert (path["lane_s"] >= 0).all()
        assert (path["lane_s"] <= network.lanes["length"][named] + 1e-9).all()


def check_joints(network):
    """A lane's successors begin where it ends and head the same way; neighbours know one another."""
    for lane in range(len(network.lanes)):
        end = points_of(network, lane)[-1]
        for after in successors(network, lane):
            begin = points_of(network, after)[0]
            assert np.hypot(begin["x"] - end["x"], begin["y"] - end["y"]) < 1e-6
            assert abs(wrapped(begin["heading"] - end["heading"])) < 1e-2
        left, right = network.lanes[lane]["left"], network.lanes[lane]["right"]
        assert left < 0 or network.lanes[left]["right"] == lane
        assert right < 0 or network.lanes[right]["left"] == lane


def check_bends(network, radius=6.0):
    """No lane bends more sharply than a circle of `radius`, its headings belong to its points, and s is its length."""
    for lane in range(len(network.lanes)):
        points = points_of(network, lane)
        chords = np.hypot(np.diff(points["x"]), np.diff(points["y"]))
        bends = wrapped(np.diff(points["heading"]))
        assert np.abs(bends / chords).max() < 1.0 / radius, lane
        directions = np.arctan2(np.diff(points["y"]), np.diff(points["x"]))
        assert np.abs(wrapped(directions - points["heading"][:-1] - 0.5 * bends)).max() < 0.02
        np.testing.assert_allclose(points["s"], np.r_[0.0, np.cumsum(chords)])
        assert network.lanes[lane]["length"] == points["s"][-1]


def check_ground(network):
    """The drivable ground is in one piece, and its holes are blocks and islands rather than cracks."""
    strips = [strip_of(network, lane) for lane in range(len(network.lanes))]
    areas = [shapely.Polygon(area) for area in network.areas]
    assert all(area.is_valid for area in areas)
    ground = shapely.union_all([*(area.buffer(1e-3) for area in areas), *(strip.buffer(1e-3) for strip in strips)])
    assert ground.geom_type == "Polygon"
    holes = [shapely.Polygon(ring).area for ring in ground.interiors]
    assert all(hole < 0.01 or hole > 1.0 for hole in holes)
    # A body 2 m wide that keeps to its lane's centreline is on the ground, joints and all.
    for lane in range(len(network.lanes)):
        body = line_of(network, lane).buffer(1.0, cap_style="flat")
        assert body.difference(ground.buffer(1e-2)).area < 1e-3


def check_entries(network, entry_length=60.0):
    """From every entry one reaches a lane that leads out, and every lane is reached from some entry."""
    reached = set()
    for entry in network.entries.tolist():
        seen, waiting, leaves = {entry}, [entry], False
        assert network.lanes[entry]["length"] >= entry_length
        while waiting:
            lane = waiting.pop()
            leaves |= not successors(network, lane)
            for after in successors(network, lane) + neighbours(network, lane):
                if after not in seen:
                    seen.add(after)
                    waiting.append(after)
        assert leaves
        reached |= seen
    assert reached == set(range(len(network.lanes)))
    # Streets are as wide out of a junction as into it, so as many lanes lead out as in: none ends at a junction.
    assert (network.lanes["num_next"] == 0).sum() == len(network.entries)


def check_bars(network):
    """Stop lines lie across the last metre of a lane whose successors do not let everybody in, and only there."""
    controlled = {
        lane
        for lane in range(len(network.lanes))
        if any(network.lanes[after]["control"] != 0 for after in successors(network, lane))
    }
    ends = {lane: points_of(network, lane)[-1] for lane in range(len(network.lanes)) if successors(network, lane)}
    marked = set()
    for bar in network.bars:
        near = [k for k, end in ends.items() if np.hypot(end["x"] - bar["x"], end["y"] - bar["y"]) < 1.0]
        near = [k for k in near if abs(wrapped(ends[k]["heading"] - bar["heading"])) < 0.05]
        marked.update(near)
        shown = {int(network.lanes[after]["signal"]) for k in near for after in successors(network, k)}
        assert shown == {int(bar["signal"])}
    assert marked == controlled


def check_crossings(network):
    """Crossing stretches are where lanes, a body wide, run over crosswalks."""
    num = 0
    for lane, record in enumerate(network.lanes):
        first = record["first_crossing"]
        for crossing in network.crossings[first : first + record["num_crossings"]]:
            num += 1
            walk = network.crosswalks[crossing["crosswalk"]]
            points = points_of(network, lane)
            for s in np.linspace(crossing["low"] + 1e-6, crossing["high"] - 1e-6, 7):
                x, y = (
                    np.interp(s, points["s"], points["x"]) - walk["x"],
                    np.interp(s, points["s"], points["y"]) - walk["y"],
                )
                c, n = np.cos(walk["heading"]), np.sin(walk["heading"])
                assert abs(x * c + y * n) <= 0.5 * walk["length"] + 1.01
                assert abs(y * c - x * n) <= 0.5 * walk["width"] + 0.01
    assert num == len(network.crossings)
