"""Signals: what they show when, and that crossing traffic never sees green at once."""

import numpy as np
import pytest
from kernels.road_play import network_of
from kernels.small_worlds import scaled
from road_levels import assemble, lane_spec, roads_of, straight_line
from twins import road_traffic as twin

from envs.kernels.compilation import kernel
from envs.kernels.road_records import CROSSING, FIRST_COME, GREEN, RED, SIGNAL_PHASES, YELLOW
from envs.kernels.road_signals import colour


@kernel
def shown(roads, signal, time):
    return colour(roads, 0, signal, time)


def one_signal(durations, colours, offset):
    signals = np.zeros(1, SIGNAL_PHASES)
    signals[0]["count"], signals[0]["cycle"], signals[0]["offset"] = len(durations), sum(durations), offset
    signals[0]["colour"][: len(colours)], signals[0]["until"][: len(durations)] = colours, np.cumsum(durations)
    return assemble([lane_spec(straight_line(0, 0, 0, 50.0))], routes=[(0,)], signals=signals)


@pytest.mark.parametrize("offset", [0.0, 3.3, 40.0])
def test_colours_equal_the_naive_ones(offset):
    network = one_signal((5.0, 3.0, 7.5), (GREEN, YELLOW, RED), offset)
    roads = roads_of(network)
    for time in np.linspace(0.0, 60.0, 241) + 0.01:
        assert shown(roads, 0, time) == twin.colour(network.signals[0], time)


def test_where_there_is_no_signal_the_way_is_free():
    assert shown(roads_of(one_signal((1.0,), (RED,), 0.0)), -1, 3.0) == GREEN


def test_a_cycle_repeats():
    roads = roads_of(one_signal((5.0, 3.0, 7.5), (GREEN, YELLOW, RED), 1.0))
    for time in np.arange(0.05, 15.5, 0.1):
        assert shown(roads, 0, time) == shown(roads, 0, time + 2 * 15.5)


@pytest.mark.parametrize("level", range(scaled(12, 2)))
def test_lanes_that_cross_are_never_green_at_once_unless_one_has_the_right_of_way(level):
    network = network_of("intersection", level, control="signals")
    roads, lanes = roads_of(network), network.lanes
    pairs = set()
    for lane in lanes:
        for conflict in network.conflicts[lane["first_conflict"] : lane["first_conflict"] + lane["num_conflicts"]]:
            other = lanes[conflict["lane"]]
            if conflict["kind"] == CROSSING and conflict["right"] == FIRST_COME:
                pairs.add((int(lane["signal"]), int(other["signal"])))
    assert pairs
    for time in np.arange(0.0, scaled(120.0, 40.0), 0.5):
        now = [shown(roads, signal, time) for signal in range(len(network.signals))]
        assert not any(now[a] == GREEN and now[b] == GREEN for a, b in pairs if a >= 0 and b >= 0)
