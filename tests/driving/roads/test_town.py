"""Towns: what is true of every network, and what makes a town of it."""

import numpy as np
import pytest
from driving.roads.reading import path_of
from driving.roads.truths import CHECKS, assert_same, rng_of

from envs.driving.roads.town import build
from envs.kernels.road_records import FREE, PATH_STEP, SIGNAL, STOP, YIELD


@pytest.mark.parametrize("level", range(4))
def test_a_town_is_a_sound_network(level):
    network = build(rng_of(level))
    for check in CHECKS.values():
        check(network)


def test_the_same_level_is_bitwise_the_same_network():
    assert_same(build(rng_of(2)), build(rng_of(2)))


def test_towns_are_large_enough_and_bounded():
    for level in range(12):
        network = build(rng_of(level))
        width, height = (np.ptp(network.points[axis]) for axis in ("x", "y"))
        assert 300.0 < width < 410.0
        assert 300.0 < height < 410.0
        assert sum(part.nbytes for part in network if isinstance(part, np.ndarray)) < 420_000


def test_at_least_eight_routes_of_several_hundred_metres():
    for level in range(12):
        network = build(rng_of(level))
        lengths = [len(path_of(network, route)) * PATH_STEP for route in network.routes]
        assert len(lengths) >= 8
        assert np.median(lengths) > 250.0
        assert min(lengths) > 200.0


def test_levels_hold_junctions_of_every_kind_and_none_is_like_another():
    networks = [build(rng_of(level)) for level in range(12)]
    assert set(np.concatenate([network.lanes["control"] for network in networks])) == {FREE, YIELD, STOP, SIGNAL}
    assert len({network.points.tobytes() for network in networks}) == 12
    assert len({len(network.entries) for network in networks}) > 2
    assert all(network.pedestrians > 0 for network in networks if len(network.crosswalks))
    assert sum(len(network.crosswalks) > 0 for network in networks) > 8


def test_demand_takes_the_place_of_what_a_level_draws():
    assert build(rng_of(1), demand=0.125).demand == 0.125
