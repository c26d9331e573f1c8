"""What agents are shown: features against their twins, masks, and bounds that hold whatever is played."""

import numpy as np
import pytest
from bitwise import assert_same
from road_worlds import FAMILIES, begin, open_recorded, open_worlds, path_of
from twins.road_features import actor_features, ego_features, route_features

from envs.driving.observation import observed_keys
from envs.kernels.road_features import ACTOR_FEATURES, EGO_FEATURES, ROUTE_POINTS
from envs.kernels.road_records import ABSENT

EVERY_KEY = ("occupancy", "ego", "route", "actors")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("num_agents", [1, 3])
def test_features_are_those_of_their_twins(family, num_agents):
    worlds = open_worlds(family, num_agents=num_agents, num_actors=8, level=6, observe=EVERY_KEY, on_off_road="ignore")
    rng = np.random.default_rng(0)
    for step in range(12):
        seen, state = worlds.observation(), worlds.state
        for agent in range(num_agents):
            path, route = path_of(worlds, agent=agent)
            actor, own = state.actors[0, agent], state.agents[0, agent]
            close = {"rtol": 1e-5, "atol": 2e-4}
            expected = ego_features(actor, own, path, route, worlds.network())
            np.testing.assert_allclose(seen["ego"][0, agent], expected, **close)
            expected = route_features(actor, own, path, worlds.config.extent[0])
            np.testing.assert_allclose(seen["route"][0, agent], expected, **close)
            features, mask = actor_features(state.actors[0], agent)
            assert_same(seen["actors_mask"][0, agent], mask)
            found = seen["actors"][0, agent].reshape(features.shape)
            np.testing.assert_allclose(found, features, **close)
        advice = worlds.oracle_action()
        if step % 2:
            advice = rng.uniform(-1, 1, advice.shape).astype(np.float32)
        worlds.step(advice)


def test_the_features_are_named_one_by_one():
    worlds = open_worlds(observe=EVERY_KEY)
    seen = worlds.observation()
    others = worlds.config.num_actors - 1
    assert seen["ego"].shape == (1, 1, len(EGO_FEATURES))
    assert seen["route"].shape == (1, 1, 3 * ROUTE_POINTS)
    assert seen["actors"].shape == (1, 1, others * len(ACTOR_FEATURES))
    assert seen["actors_mask"].shape == (1, 1, others)


def test_the_nearest_come_first_and_rows_of_nobody_are_nothing():
    worlds = open_worlds("Intersection", num_actors=14, level=2, demand=0.5, observe=("actors",))
    for level in range(6):
        begin(worlds, level)
        seen = worlds.first_observation()
        rows, mask = seen["actors"].reshape(-1, len(ACTOR_FEATURES)), seen["actors_mask"]
        count = int(mask.sum())
        assert mask.tolist() == [1.0] * count + [0.0] * (len(mask) - count)
        assert count == (worlds.state.actors["kind"][0, 1:] != ABSENT).sum() < len(mask)
        distances = np.hypot(*rows[:count, :2].T)
        assert (np.diff(distances) >= 0).all()
        np.testing.assert_allclose(np.hypot(rows[:count, 2], rows[:count, 3]), 1.0, atol=1e-5)
        assert (rows[:count, 6:8] > 0).all()
        assert not rows[count:].any()


@pytest.mark.parametrize("observe", [("ego",), ("actors",), ("route", "occupancy"), ("occupancy",)])
def test_what_is_observed_does_not_change_what_is_seen(observe):
    whole, part = (open_worlds("Roundabout", observe=keys, level=4) for keys in (EVERY_KEY, observe))
    assert set(part.observation_space) == set(observed_keys(part.config))
    for _ in range(4):
        everything, seen = whole.observation(), part.observation()
        assert set(seen) == set(observed_keys(part.config))
        for key, value in seen.items():
            assert_same(value, everything[key])
        advice = whole.oracle_action()
        assert_same(advice, part.oracle_action())
        whole.step(advice)
        part.step(advice)


@pytest.mark.parametrize("family", [*FAMILIES, "Recorded"])
@pytest.mark.parametrize("action", ["continuous", "meta", "trajectory"])
def test_no_bound_is_ever_left_in_random_play(family, action, tmp_path):
    arguments = {"observe": EVERY_KEY, "on_off_road": "ignore", "on_collision": "ignore", "action": action}
    if family == "Recorded":
        worlds = open_recorded(tmp_path, level=3, **arguments)
    else:
        worlds = open_worlds(family, num_agents=2, level=3, **arguments)
    space, actions = worlds.observation_space, worlds.action_space
    actions.seed(0)
    for step in range(60):
        seen = worlds.observation()
        for agent in range(worlds.num_agents):
            assert space.contains({key: value[0, agent] for key, value in seen.items()})
        joint = [actions.sample() for _ in range(worlds.num_agents)]
        if step % 20 > 10 and action == "continuous":
            joint = [np.array([1.0, 0.0], np.float32)] * worlds.num_agents
        worlds.step(np.array(joint, actions.dtype)[None])
        if worlds.output.is_over[0]:
            begin(worlds, step % 12)


def test_bounds_hold_at_the_ends_of_the_world():
    worlds = open_worlds(observe=EVERY_KEY, on_off_road="ignore")
    for x, heading, speed in ((1e7, 3.1, 40.0), (-1e7, -40.0, 0.0), (1e3, 1e3, 1e4)):
        state = worlds.get_state()
        state.actors["x"][0, 0], state.actors["heading"][0, 0], state.actors["speed"][0, 0] = x, heading, speed
        worlds.set_state(state)
        assert worlds.observation_space.contains(worlds.first_observation())


def test_occupancy_is_zero_or_full():
    worlds = open_worlds("Town", level=1)
    for _ in range(5):
        seen = worlds.first_observation()["occupancy"]
        assert set(np.unique(seen).tolist()) == {0, 255}
        assert_same(seen, worlds.view())
        worlds.step(worlds.oracle_action())


def test_past_vehicles_are_where_they_were_relative_to_now():
    """The ego stands, so that a past frame is the present one of some steps ago."""
    wide = {"extent": (80.0, 40.0, 20.0, 20.0), "num_actors": 20, "demand": 1.0}
    worlds = open_worlds("Highway", level=2, history=2, on_collision="ignore", **wide)
    state = worlds.get_state()
    state.actors["speed"][0, 0] = 0.0
    worlds.set_state(state)
    shown = []
    for _ in range(4):
        worlds.step(np.array([[[-1.0, 0.0]]], np.float32))
        shown.append(worlds.first_observation()["occupancy"])
    vehicles = [frame[worlds.channels.index("vehicles")] for frame in shown]
    assert vehicles[-1].any()
    for back in (1, 2):
        assert_same(shown[-1][worlds.channels.index(f"vehicles_{back}")], vehicles[-1 - back])
