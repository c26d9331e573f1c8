"""Scripted drivers: their names, their plans, and the recorded driver's way."""

import numpy as np
import pytest
from bitwise import assert_same
from driving.files.scenarios import driving, lanelet, obstacle, state, write
from road_worlds import FAMILIES, open_recorded, open_worlds

from envs.driving.drivers import DRIVERS
from envs.kernels.road_forecast import FORECAST_STEPS

PROCEDURAL = [name for name in DRIVERS if name != "log-replay"]
every_action = pytest.mark.parametrize("action", ["continuous", "trajectory"])


def test_the_names():
    assert DRIVERS == ("oracle", "idm", "constant-velocity", "log-replay")


def test_an_unknown_driver_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown driver 'log_replay'\. Did you mean 'log-replay'\? Known"):
        open_worlds().driver_action("log_replay")


@pytest.mark.parametrize("family", FAMILIES)
def test_without_a_recording_there_is_nothing_to_replay(family):
    worlds = open_worlds(family)
    with pytest.raises(ValueError, match=rf"{family} has no recording to replay: 'log-replay' drives in Recorded-v0"):
        worlds.driver_action("log-replay")


@pytest.mark.parametrize("name", PROCEDURAL)
@pytest.mark.parametrize("action", ["continuous", "meta", "trajectory"])
def test_actions_are_of_the_space_and_of_nobody_who_has_left(name, action):
    worlds = open_worlds("Intersection", num_worlds=2, num_agents=3, action=action, level=[0, 1])
    for _ in range(3):
        advice = worlds.driver_action(name)
        assert advice.shape == (2, 3, *worlds.action_space.shape)
        assert all(worlds.action_space.contains(one) for row in advice for one in row)
        worlds.step(advice)


@pytest.mark.parametrize("name", PROCEDURAL)
def test_answers_do_not_depend_on_threads(name):
    alone, shared = (open_worlds("Roundabout", num_worlds=3, num_threads=k, level=[0, 1, 2]) for k in (1, 3))
    for _ in range(4):
        advice = alone.driver_action(name)
        assert_same(advice, shared.driver_action(name))
        alone.step(advice)
        shared.step(advice)


@pytest.mark.parametrize("name", PROCEDURAL)
def test_a_plan_begins_where_the_ego_is_and_is_a_copy(name):
    worlds = open_worlds("Merge", num_agents=2, level=5)
    for _ in range(3):
        worlds.step(worlds.driver_action(name))
    worlds.driver_action(name)
    for agent in range(2):
        plan, ego = worlds._drivers.plan(0, agent), worlds.state.actors[0, agent]
        assert plan.shape == (FORECAST_STEPS + 1, 4)
        assert np.isfinite(plan).all()
        assert plan[0].tolist() == [ego["x"], ego["y"], ego["heading"], ego["speed"]]
        kept = plan.copy()
        plan[...] = 0.0
        assert_same(worlds._drivers.plan(0, agent), kept)
        steps = np.hypot(*np.diff(kept[:, :2], axis=0).T)
        assert (steps < 0.1 * kept[:-1, 3].max() + 0.3).all()


@every_action
def test_constant_velocity_is_constant(action):
    worlds = open_worlds("Town", action=action, on_off_road="ignore", on_collision="ignore", num_actors=1)
    begun = worlds.state.actors[0, 0].copy()
    for _ in range(30):
        worlds.step(worlds.driver_action("constant-velocity"))
    ego = worlds.state.actors[0, 0]
    assert (ego["speed"], ego["heading"]) == pytest.approx((begun["speed"], begun["heading"]), abs=1e-3)
    way = 3.0 * begun["speed"]
    assert ego["x"] - begun["x"] == pytest.approx(way * np.cos(begun["heading"]), abs=0.05)
    assert ego["y"] - begun["y"] == pytest.approx(way * np.sin(begun["heading"]), abs=0.05)


def replay_errors(worlds):
    """Distance to the recorded position after every step of log-replay, and whether the ego arrived."""
    network = worlds.network()
    errors = []
    while not worlds.output.is_over[0]:
        worlds.step(worlds.driver_action("log-replay"))
        ego, record = worlds.state.actors[0, 0], worlds.state.worlds[0]
        frame = int(record["first_frame"] + record["steps"])
        track = int(record["track"])
        if frame > network.tracks[track]["last"]:
            break
        there = network.frames[track, frame]
        errors.append(np.hypot(ego["x"] - there["x"], ego["y"] - there["y"]))
    return np.array(errors), bool(worlds.state.agents["arrived"][0, 0])


@every_action
@pytest.mark.parametrize("level", [0, 5, 11])
def test_log_replay_follows_the_recorded_track(action, level, tmp_path):
    errors, _ = replay_errors(open_recorded(tmp_path, level=level, action=action))
    assert len(errors) > 60
    assert errors.max() < 0.5


@every_action
def test_log_replay_brakes_and_changes_lanes_as_recorded(action, tmp_path):
    t = 0.1 * np.arange(101)
    speed = 9.0 + 2.5 * np.sin(0.6 * t)
    x = 20.0 + np.concatenate(([0.0], np.cumsum(0.05 * (speed[1:] + speed[:-1]))))
    y = 4.0 / (1 + np.exp(-(t - 5.0) / 0.7))
    heading = np.arctan2(np.gradient(y), np.gradient(x))
    states = [
        state(k, x[k], y[k], heading=heading[k], speed=speed[k], tag="state" if k else "initialState")
        for k in range(101)
    ]
    right = lanelet(1, length=300.0, inside='<adjacentLeft ref="2" drivingDir="same"/>')
    left = lanelet(2, y=4.0, length=300.0, inside='<adjacentRight ref="1" drivingDir="same"/>')
    body = right + left + obstacle(7, states) + driving(8, 90, x=250.0, speed=0.0)
    path = write(tmp_path, body)
    worlds = open_worlds("Recorded", path=str(path), split="all", action=action)
    errors, arrived = replay_errors(worlds)
    assert len(errors) > 90 or arrived
    assert errors.max() < 0.5


@pytest.mark.parametrize("name", ["oracle", "idm"])
def test_the_plan_that_is_shown_is_the_trajectory_that_is_driven(name):
    worlds = open_worlds("Intersection", action="trajectory", level=5, num_actors=8)
    for _ in range(3):
        driven = worlds.driver_action(name)[0, 0]
        shown = worlds.driver_plan(name)
        np.testing.assert_allclose(shown[4::5], driven, atol=1e-3)
        worlds.step(worlds.driver_action(name))
    assert worlds.driver_plan("constant-velocity") is None
