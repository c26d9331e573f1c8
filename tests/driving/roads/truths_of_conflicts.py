"""What is true of right of way in every network, checked the slow and obvious way."""

import graphlib
import itertools

import numpy as np
import shapely
from driving.roads.reading import line_of, neighbours, points_of, successors

from envs.kernels.road_boxes import overlap
from envs.kernels.road_conflicts import BODY_GAP, SHORT
from envs.kernels.road_records import (
    CONNECTOR,
    CROSSING,
    DIVERGING,
    FIRST_COME,
    GREEN,
    MERGING,
    OTHER_FIRST,
    RED,
    SIGNAL,
)


def follows(network, a, b):
    return b in successors(network, a) or any(
        b in successors(network, middle) for middle in successors(network, a) if network.lanes[middle]["length"] < SHORT
    )


def conflicts_of(network):
    """{(lane, other): record} of all conflicts, those of a lane found where it says."""
    found = {}
    for lane, record in enumerate(network.lanes):
        first = record["first_conflict"]
        for conflict in network.conflicts[first : first + record["num_conflicts"]]:
            assert (lane, int(conflict["lane"])) not in found
            found[lane, int(conflict["lane"])] = conflict
    assert len(found) == len(network.conflicts)
    return found


def check_symmetry(network):
    """Each conflict is known to both lanes, with the same stretches, kind, and contrary rights."""
    found = conflicts_of(network)
    for (lane, other), conflict in found.items():
        mirror = found[other, lane]
        assert conflict["kind"] == mirror["kind"]
        assert conflict["right"] == -mirror["right"]
        assert (conflict["low"], conflict["high"]) == (mirror["other_low"], mirror["other_high"])
        share_end = set(successors(network, lane)) & set(successors(network, other))
        assert (conflict["kind"] == MERGING) == bool(share_end)
        if conflict["kind"] == MERGING:
            assert abs(conflict["high"] - network.lanes[lane]["length"]) < 1e-6
        if conflict["kind"] == DIVERGING:
            assert conflict["low"] == 0.0
            assert conflict["right"] == FIRST_COME


def check_conflicts(network):
    """Conflicts are exactly the pairs of lanes nearer than BODY_GAP, over the stretches that shapely finds."""
    found = conflicts_of(network)
    lines = [line_of(network, lane) for lane in range(len(network.lanes))]
    around = [line.buffer(BODY_GAP, quad_segs=48) for line in lines]
    tree = shapely.STRtree(lines)
    expected = set()
    for a, line in enumerate(lines):
        for b in tree.query(around[a]).tolist():
            if a == b or b in neighbours(network, a) or follows(network, a, b) or follows(network, b, a):
                continue
            near = line.intersection(around[b])
            if near.is_empty:
                assert line.distance(lines[b]) > BODY_GAP - 1e-3 or near.length < 1e-2
                continue
            expected.add((a, b))
            ends = [line.project(shapely.Point(p)) for p in shapely.get_coordinates(near)]
            if line.distance(lines[b]) < BODY_GAP - 0.01:
                conflict = found[a, b]
                # Where lines run together for long, the discs' polygons move an end by up to a few centimetres.
                assert abs(conflict["low"] - min(ends)) < 0.05
                assert abs(conflict["high"] - max(ends)) < 0.05
    touching = {pair for pair in set(found) ^ expected if lines[pair[0]].distance(lines[pair[1]]) > BODY_GAP - 0.01}
    assert set(found) ^ expected == touching


def check_parallel_lanes_are_free(network):
    """Roads, as opposed to connectors, conflict with nothing, and CROSSING lanes belong to one junction."""
    for (lane, other), conflict in conflicts_of(network).items():
        assert network.lanes[lane]["kind"] == CONNECTOR == network.lanes[other]["kind"]
        if conflict["kind"] == CROSSING:
            assert network.lanes[lane]["junction"] == network.lanes[other]["junction"] >= 0


def poses_on(network, lane):
    """Poses [pose 3] half a metre apart along a lane."""
    points = points_of(network, lane)
    s = np.arange(0.0, points["s"][-1], 0.5)
    return np.stack(
        [np.interp(s, points["s"], part) for part in (points["x"], points["y"], np.unwrap(points["heading"]))], 1
    )


def check_bodies(network, length=4.8, width=2.0):
    """Vehicles that keep to two lanes of a junction touch only where these are in conflict, within its stretch."""
    found = conflicts_of(network)
    inside = [lane for lane in range(len(network.lanes)) if network.lanes[lane]["kind"] == CONNECTOR]
    poses = {lane: poses_on(network, lane) for lane in inside}
    for a, b in itertools.combinations(inside, 2):
        apart = np.hypot(*(poses[a][:, None, :2] - poses[b][None, :, :2]).T).T
        for i, j in np.argwhere(apart < np.hypot(length, width)):
            if overlap(*poses[a][i], length, width, *poses[b][j], length, width):
                conflict = found[a, b]
                assert conflict["low"] - 0.5 * length <= 0.5 * i <= conflict["high"] + 0.5 * length
                assert conflict["other_low"] - 0.5 * length <= 0.5 * j <= conflict["other_high"] + 0.5 * length


def colour_at(signal, time):
    """A signal's colour at a time [s]."""
    moment = (time + signal["offset"]) % signal["cycle"]
    return int(signal["colour"][np.searchsorted(signal["until"][: signal["count"]], moment, side="right")])


def check_signals(network):
    """Lanes in conflict without right of way never both see anything but red; each lane sees green once a cycle."""
    times = np.arange(0.0, 2.0 * max((s["cycle"] for s in network.signals), default=0.0), 0.1)
    colours = [np.array([colour_at(signal, time) for time in times]) for signal in network.signals]
    for lane in network.lanes:
        assert (lane["control"] == SIGNAL) == (lane["signal"] >= 0)
        if lane["control"] == SIGNAL:
            assert (colours[lane["signal"]] == GREEN).any()
            assert (colours[lane["signal"]] == RED).any()
    for (a, b), conflict in conflicts_of(network).items():
        signals = network.lanes["signal"][[a, b]]
        if conflict["right"] != FIRST_COME or conflict["kind"] == DIVERGING or min(signals) < 0:
            continue
        assert not ((colours[signals[0]] != RED) & (colours[signals[1]] != RED)).any(), (a, b)


def check_rights_are_acyclic(network):
    """Right of way never runs in a circle, so nobody waits for ever."""
    before = {}
    for (lane, other), conflict in conflicts_of(network).items():
        if conflict["right"] == OTHER_FIRST:
            before.setdefault(lane, set()).add(other)
    graphlib.TopologicalSorter(before).prepare()
