"""The core of the road family: what steps, ends, collisions and states do, on levels and on hand-made situations."""

import re

import numpy as np
import pytest
from bitwise import assert_same
from road_worlds import FAMILIES, act, begin, open_recorded, open_worlds, path_of, put_obstacle, run_into_it
from twins.road_boxes import overlap

from envs.kernels.road_records import ABSENT, VEHICLE
from envs.kernels.road_score import METRICS

KEEP, FASTER, SLOWER = 1, 3, 4
EMPTY = {"demand": 0.0}


def test_worlds_at_equal_levels_share_their_roads():
    worlds = open_worlds(num_worlds=4, level=[5, 6, 5, 7])
    assert worlds.slot[0] == worlds.slot[2]
    assert len(set(worlds.slot.tolist())) == 3
    for w in range(4):
        assert_same(worlds.network(w).path, worlds.build(int(worlds.level[w])).path)


def test_levels_of_one_recording_share_its_roads(tmp_path):
    worlds = open_recorded(tmp_path, num_worlds=3, level=[0, 4, 11])
    assert len(set(worlds.slot.tolist())) == 1


def test_slots_follow_the_levels_when_episodes_begin_anew():
    worlds = open_worlds(num_worlds=2, level=[1, 2])
    for level in range(3, 20):
        chosen = np.array([level % 2 == 0, level % 2 == 1])
        worlds.begin(chosen, np.full(2, level))
        for w in range(2):
            assert_same(worlds.network(w).lanes, worlds.build(int(worlds.level[w])).lanes)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_level_is_built_alike_every_time(family):
    worlds = open_worlds(family)
    one, other = worlds.build(12), worlds.build(12)
    for name in one._fields:
        if isinstance(getattr(one, name), np.ndarray):
            assert_same(getattr(one, name), getattr(other, name), name)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["x", "y", "heading", "speed"])
def test_a_state_in_which_somebody_is_nowhere_is_refused(name, value):
    worlds = open_worlds(num_worlds=2)
    before = worlds.get_state()
    wrong = worlds.get_state()
    wrong.actors[name][1, 2] = value
    expected = re.escape(f"State field 'actors': {name} of actor 2 in world 1 is {value}.")
    with pytest.raises(ValueError, match=expected):
        worlds.set_state(wrong)
    assert_same(before, worlds.get_state())


def test_a_state_at_a_level_that_does_not_exist_is_refused(tmp_path):
    for worlds, level in ((open_recorded(tmp_path), 12), (open_recorded(tmp_path), -1), (open_worlds(), -1)):
        before, wrong = worlds.get_state(), worlds.get_state()
        wrong.worlds["level"][0] = level
        with pytest.raises(ValueError, match=f"Level {level} does not exist"):
            worlds.set_state(wrong)
        assert_same(before, worlds.get_state())
        worlds.oracle_action()
        act(worlds, 0.0, 0.0)


@pytest.mark.parametrize(("array", "name", "stray"), [("agents", "route", 99), ("agents", "route", -1)])
def test_a_state_on_roads_that_are_not_there_is_refused(array, name, stray):
    worlds = open_worlds()
    before, wrong = worlds.get_state(), worlds.get_state()
    getattr(wrong, array)[name][0, 0] = stray
    with pytest.raises(ValueError, match=rf"State field '{array}': {name} of agent 0 in world 0 is {stray}"):
        worlds.set_state(wrong)
    assert_same(before, worlds.get_state())
    act(worlds, 0.0, 0.0)


@pytest.mark.parametrize("family", ["Highway", "Town"])
def test_an_ego_far_off_every_road_still_sees_steps_and_gets_advice(family):
    worlds = open_worlds(family, on_off_road="ignore", observe=("occupancy", "ego", "route", "actors"))
    state = worlds.get_state()
    state.actors["x"][0, 0], state.actors["y"][0, 0] = -1e6, 1e6
    worlds.set_state(state)
    for _ in range(3):
        seen = worlds.first_observation()
        assert worlds.observation_space.contains(seen)
        for name in ("drivable", "lane_boundary", "crosswalk", "vehicles", "pedestrians"):
            assert not seen["occupancy"][worlds.channels.index(name)].any()
        assert seen["occupancy"][worlds.channels.index("ego")].any()
        advice = worlds.oracle_action()
        assert worlds.action_space.contains(advice[0, 0])
        worlds.step(advice)


def test_a_collision_ends_the_episode_and_the_wreck_stands():
    worlds = open_worlds(on_collision="end", **EMPTY)
    put_obstacle(worlds, ahead=15.0)
    run_into_it(worlds)
    out, ego = worlds.output, worlds.state.actors[0, 0]
    assert (out.terminated[0, 0], out.truncated[0, 0], out.is_over[0]) == (1, 0, 1)
    assert out.reward_terms[0, 0].tolist()[2] == -1.0
    metrics = dict(zip(METRICS, out.metrics[0, 0].tolist(), strict=True))
    assert (metrics["collision"], metrics["at_fault_collision"], metrics["success"]) == (1.0, 1.0, 0.0)
    assert (ego["kind"], ego["collided"], ego["speed"]) == (VEHICLE, 1, 0.0)


def test_a_collision_stops_the_vehicle_for_the_rest_of_the_episode():
    worlds = open_worlds(on_collision="stop", max_steps=40, **EMPTY)
    put_obstacle(worlds, ahead=15.0)
    begun = run_into_it(worlds)
    place = worlds.state.actors[["x", "y", "heading"]][0, 0].copy()
    for step in range(begun + 2, 41):
        out = act(worlds, 1.0, 1.0)
        assert worlds.state.actors[["x", "y", "heading"]][0, 0] == place
        assert (out.terminated[0, 0], out.truncated[0, 0]) == (0, step == 40)
        assert out.reward_terms[0, 0].tolist()[2] == 0.0
    assert worlds.output.is_over[0] == 1


def test_a_collision_removes_the_vehicle():
    worlds = open_worlds(on_collision="remove", **EMPTY)
    put_obstacle(worlds, ahead=15.0)
    run_into_it(worlds)
    assert worlds.output.terminated[0, 0] == 1
    assert worlds.state.actors[0, 0]["kind"] == ABSENT


def test_a_collision_is_ignored_but_counted_once():
    worlds = open_worlds(on_collision="ignore", max_steps=80, **EMPTY)
    put_obstacle(worlds, ahead=15.0)
    run_into_it(worlds)
    penalties = worlds.output.reward_terms[0, 0, 2]
    for _ in range(20):
        out = act(worlds, 1.0, 0.0)
        penalties += out.reward_terms[0, 0, 2]
        assert out.terminated[0, 0] == 0
    ego, obstacle = worlds.state.actors[0, 0], worlds.state.actors[0, 1]
    assert np.hypot(ego["x"] - obstacle["x"], ego["y"] - obstacle["y"]) > 10.0
    assert (penalties, worlds.state.agents["collisions"][0, 0], ego["collided"]) == (-1.0, 1, 0)


def test_leaving_the_road_ends_the_episode_unless_it_is_ignored():
    ended, ignored = open_worlds(**EMPTY), open_worlds(on_off_road="ignore", **EMPTY)
    for _ in range(100):
        out = act(ended, 0.5, 1.0)
        act(ignored, 0.5, 1.0)
        if out.is_over[0]:
            break
    assert out.terminated[0, 0] == 1
    assert out.metrics[0, 0, METRICS.index("off_road")] == 1.0
    assert out.metrics[0, 0, METRICS.index("score")] == 0.0
    assert ended.state.actors[0, 0]["kind"] == ABSENT
    assert ignored.output.is_over[0] == 0
    assert ignored.state.agents["off_road"][0, 0] == 1
    for _ in range(10):
        assert act(ignored, 0.0, 0.0).terminated[0, 0] == 0


@pytest.mark.parametrize("arguments", [{"max_steps": 7}, {"duration": 0.7}])
def test_time_runs_out_with_the_last_step(arguments):
    worlds = open_worlds(**EMPTY | arguments)
    for step in range(1, 8):
        out = act(worlds, 0.0, 0.0)
        assert (out.terminated[0, 0], out.truncated[0, 0]) == (0, step == 7)
    assert out.metrics[0, 0, METRICS.index("length")] == 7.0


@pytest.mark.parametrize(("arguments", "actions", "steps"), [({}, 4, 20), ({"repeat": 3}, 7, 21)])
def test_time_counts_in_actions_where_these_last_longer(arguments, actions, steps):
    worlds = open_worlds(action="meta", duration=2.0, **EMPTY | arguments)
    for k in range(1, actions + 1):
        out = act(worlds, KEEP)
        assert out.truncated[0, 0] == (k == actions)
    assert worlds.state.worlds["steps"][0] == steps
    assert out.metrics[0, 0, METRICS.index("length")] == actions


def test_a_repeated_action_is_given_once_and_then_kept():
    long, short = (open_worlds(action="meta", repeat=repeat) for repeat in (3, 1))
    for action in (FASTER, FASTER, KEEP, SLOWER, 0):
        gained = np.zeros(5)
        for single in (action, KEEP, KEEP):
            gained += act(short, single).reward_terms[0, 0]
        np.testing.assert_allclose(act(long, action).reward_terms[0, 0], gained, atol=1e-12)
        assert_same(long.state.actors, short.state.actors)


def test_faster_and_slower_move_the_speed_by_steps():
    worlds = open_worlds(action="meta", speed_step=2.0, **EMPTY)
    begun = worlds.state.actors["speed"][0, 0]
    for action, wanted in ((FASTER, begun + 2.0), (SLOWER, begun), (SLOWER, begun - 2.0)):
        act(worlds, action)
        for _ in range(8):
            act(worlds, KEEP)
        assert worlds.state.actors["speed"][0, 0] == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize("family", ["Highway", "Roundabout"])
def test_a_trajectory_along_the_path_is_followed(family):
    worlds = open_worlds(family, action="trajectory", on_collision="ignore", level=3, **EMPTY)
    path, _ = path_of(worlds)
    speed = 6.0
    for _ in range(80):
        ego, s = worlds.state.actors[0, 0], worlds.state.agents["path_s"][0, 0]
        ahead = s + speed * worlds.config.trajectory_dt * np.arange(1, worlds.config.horizon + 1)
        x, y = (np.interp(ahead, np.arange(len(path)), path[name]) for name in "xy")
        heading = np.interp(ahead, np.arange(len(path)), np.unwrap(path["heading"])) - ego["heading"]
        cos, sin = np.cos(ego["heading"]), np.sin(ego["heading"])
        east, north = x - ego["x"], y - ego["y"]
        heading = np.pi - np.mod(np.pi - heading, 2 * np.pi)
        poses = np.stack((east * cos + north * sin, north * cos - east * sin, heading), axis=1)
        act(worlds, *poses.ravel())
        assert abs(worlds.state.agents["path_d"][0, 0]) < 0.6
    assert worlds.output.is_over[0] == 0
    assert worlds.state.actors["speed"][0, 0] == pytest.approx(speed, abs=0.5)
    assert abs(worlds.state.agents["path_d"][0, 0]) < 0.3


def move_to(worlds, agent, *, before_goal):
    """Put an agent on its path, so far before its goal."""
    path, route = path_of(worlds, agent=agent)
    point = path[int(route["goal"] - before_goal)]
    state = worlds.get_state()
    actor, own = state.actors[0, agent], state.agents[0, agent]
    for name in ("x", "y", "heading"):
        actor[name] = point[name]
    own["index"] = own["path_s"] = int(route["goal"] - before_goal)
    worlds.set_state(state)


def test_who_arrives_leaves_and_the_others_drive_on():
    worlds = open_worlds(num_agents=4, on_collision="ignore", on_off_road="ignore", **EMPTY)
    for gone in range(4):
        move_to(worlds, gone, before_goal=4.0)
        for _ in range(30):
            out = act(worlds, 0.2, 0.0)
            if out.terminated[0, gone]:
                break
        assert worlds.state.actors["kind"][0].tolist()[:4] == [ABSENT] * (gone + 1) + [VEHICLE] * (3 - gone)
        assert worlds.live_agents()[0].tolist() == [False] * (gone + 1) + [True] * (3 - gone)
        assert out.metrics[0, gone, METRICS.index("success")] == (worlds.state.agents["at_fault"][0, gone] == 0)
        assert out.reward_terms[0, gone, 1] == 1.0
        assert out.is_over[0] == (gone == 3)


def test_agents_that_find_no_place_in_a_recording_are_not_in_the_game(tmp_path):
    from worlds_for_tests import SMALL, World, write_recording

    world = World("Recorded-v0", {"path": str(write_recording(tmp_path, num_vehicles=3)), "split": "all", **SMALL})
    env = world.parallel(5)
    seen, infos = env.reset(seed=0)
    assert env.agents == list(seen) == list(infos) == ["agent_0", "agent_1", "agent_2"]
    for _ in range(200):
        if not env.agents:
            break
        env.step(env.oracle_action())
    assert env.agents == []


def test_no_room_for_so_many_agents_is_said_in_words():
    worlds = open_worlds("Intersection", num_agents=1, arms=3, lanes=1)
    crowd = type(worlds)(1, 200, num_actors=200, arms=3, lanes=1)
    with pytest.raises(ValueError, match=r"Level 0: no room for 200 controlled vehicles on its routes"):
        begin(crowd)
    assert crowd.output.is_over[0] == 1
    assert not crowd.live_agents().any()


@pytest.mark.parametrize("family", FAMILIES)
def test_nobody_stands_in_anybody_when_episodes_begin(family):
    for level in range(4):
        worlds = open_worlds(family, num_agents=3, num_actors=16, level=level, demand=1.0)
        there = [actor for actor in worlds.state.actors[0] if actor["kind"] == VEHICLE]
        boxes = [tuple(actor[name] for name in ("x", "y", "heading", "length", "width")) for actor in there]
        assert len(boxes) > 4
        for i, one in enumerate(boxes):
            assert not any(overlap(one, other) for other in boxes[:i])
