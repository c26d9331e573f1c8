"""One step of a world of roads, by its rules: keys, history, rewards, wrecks, arrivals."""

import numpy as np
import pytest
from bitwise import assert_same
from road_levels import straight_road, two_lanes, world_on
from road_worlds import path_of_network

from envs.core.states import copy_state
from envs.driving.state import new_output
from envs.kernels.bundles import bundle, unbundled
from envs.kernels.counter_random import fold, mix
from envs.kernels.road_records import ABSENT, END, HALT, IGNORE, OBSTACLE, REMOVE, VEHICLE
from envs.kernels.road_score import METRICS
from envs.kernels.road_world import LENGTH, LEVEL_SALT, REWARD_TERMS, begin_worlds, step_worlds


class Game:
    """One world on a hand-made network, begun; `act` makes a step in which all agents do the same."""

    def __init__(self, network=None, *, level=0, num_actors=3, **rules):
        self.network = network or straight_road(200.0)
        self.state, self.rules, self.roads, self.scratch = self.parts = world_on(
            self.network, num_actors=num_actors, **rules
        )
        self.num_agents = int(self.rules[0].num_agents)
        self.out = bundle(new_output(1, self.num_agents, len(REWARD_TERMS), len(METRICS)))
        self.state.worlds[0]["level"], self.state.worlds[0]["limit"] = level, self.rules[0].max_steps
        self.failed = begin_worlds(*self.parts, self.out, None, np.ones(1, np.uint8), 0, 1)

    def act(self, acceleration, steering=0.0):
        actions = np.empty((1, self.num_agents, 1, 2), np.float32)
        actions[...] = acceleration, steering
        step_worlds(*self.parts, self.out, None, actions, 0, 1)
        return self.out

    def put_obstacle(self, x):
        obstacle = self.state.actors[0, -1]
        obstacle["kind"], obstacle["lane"], obstacle["x"], obstacle["y"] = OBSTACLE, -1, x, 0.0
        obstacle["length"], obstacle["width"] = 2.0, 2.0

    def run_into_it(self):
        for _ in range(80):
            if self.act(1.0).reward_terms[0, 0, 2] < 0:
                return
        raise AssertionError("nothing was hit")


def empty(**rules):
    """A straight road without traffic."""
    return Game(straight_road(200.0)._replace(demand=0.0), **rules)


@pytest.mark.parametrize("level", [0, 1, 10**9, 2**62])
def test_random_numbers_are_keyed_by_the_level_alone(level):
    game = Game(level=level)
    expected = fold(mix(np.uint64(level)), LEVEL_SALT)
    assert game.state.worlds[0]["key"] == expected
    other = Game(level=level)
    other.act(1.0)
    other.state.worlds[0]["seed"], other.state.worlds[0]["episode"] = 7, 3
    begin_worlds(*other.parts, other.out, None, np.ones(1, np.uint8), 0, 1)
    for name in ("actors", "agents", "history", "hits"):
        assert_same(getattr(game.state, name), getattr(other.state, name), name)


def test_only_the_chosen_begin():
    game = Game()
    game.act(1.0)
    before = copy_state(unbundled(game.state))
    assert begin_worlds(*game.parts, game.out, None, np.zeros(1, np.uint8), 0, 1) == -1
    assert_same(before, unbundled(game.state))


def test_history_begins_straight_behind_and_shifts_by_one_frame_a_step():
    game = Game(two_lanes(), num_actors=4, history=3)
    actors, history = game.state.actors[0], game.state.history[0]
    there = actors["kind"] != ABSENT
    for k in range(3):
        way = (k + 1) * 0.1 * actors["speed"]
        np.testing.assert_allclose(history["x"][k][there], (actors["x"] - way * np.cos(actors["heading"]))[there])
        np.testing.assert_allclose(history["y"][k][there], (actors["y"] - way * np.sin(actors["heading"]))[there])
    for _ in range(4):
        before, now = history.copy(), actors[["x", "y", "heading", "kind"]].copy()
        game.act(0.3)
        for name in ("x", "y", "heading", "kind"):
            assert_same(history[name][0], now[name])
            assert_same(history[name][1:], before[name][:-1])


def test_reward_is_the_sum_of_its_terms_and_progress_that_of_the_way():
    game, gained = empty(progress_weight=2.0), 0.0
    begun = game.state.agents[0, 0]["furthest_s"]
    expert = game.state.agents[0, 0]["expert_progress"]
    for k in range(12):
        out = game.act(1.0 if k < 6 else -1.0)
        terms = out.reward_terms[0, 0]
        assert out.reward[0, 0] == terms[0] + terms[1] + terms[2] + terms[3] + terms[4]
        gained += terms[0]
    way = game.state.agents[0, 0]["furthest_s"] - begun
    assert way > 5.0
    assert gained == pytest.approx(2.0 * way / expert)


def test_harsh_braking_costs_comfort():
    game = empty(comfort_weight=3.0)
    game.act(0.2)
    assert game.out.reward_terms[0, 0, 4] == 0.0
    for _ in range(6):
        game.act(-1.0)
    assert game.out.reward_terms[0, 0, 4] == pytest.approx(-3.0 * 0.1)


def test_weights_scale_the_terms():
    game = empty(collision_weight=5.0, goal_weight=7.0, num_actors=2)
    game.put_obstacle(game.state.actors[0, 0]["x"] + 20.0)
    game.run_into_it()
    assert game.out.reward_terms[0, 0, 2] == -5.0


@pytest.mark.parametrize(("mode", "terminated", "kind"), [(END, 1, VEHICLE), (HALT, 0, VEHICLE), (REMOVE, 1, ABSENT)])
def test_a_wreck_stands_or_is_taken_away(mode, terminated, kind):
    game = empty(on_collision=mode, num_actors=2)
    game.put_obstacle(game.state.actors[0, 0]["x"] + 20.0)
    game.run_into_it()
    ego = game.state.actors[0, 0]
    assert (game.out.terminated[0, 0], ego["kind"]) == (terminated, kind)
    if mode != REMOVE:
        place = (ego["x"], ego["y"])
        assert (ego["collided"], ego["speed"], ego["acceleration"]) == (1, 0.0, 0.0)
        for _ in range(3):
            collision = game.act(1.0, 0.5).reward_terms[0, 0, 2]
            assert collision == (0.0 if mode == HALT else -1.0), "who has ended is left as it was"
        assert (ego["x"], ego["y"]) == place
    assert game.out.is_over[0] == terminated


def test_an_ignored_collision_is_counted_once_and_driven_through():
    game = empty(on_collision=IGNORE, num_actors=2)
    game.put_obstacle(game.state.actors[0, 0]["x"] + 20.0)
    game.run_into_it()
    for _ in range(15):
        assert game.act(1.0).reward_terms[0, 0, 2] == 0.0
    assert game.state.actors[0, 0]["x"] > game.state.actors[0, 1]["x"] + 3.0
    assert game.state.agents[0, 0]["collisions"] == 1


def test_who_arrives_is_removed_and_rewarded():
    game = empty()
    path, route = path_of_network(game.network, 0)
    ego, own = game.state.actors[0, 0], game.state.agents[0, 0]
    ego["x"], own["path_s"], own["index"] = route["goal"] - 1.0, route["goal"] - 1.0, int(route["goal"]) - 1
    ego["speed"] = 15.0
    out = game.act(0.0)
    assert len(path) > route["goal"]
    assert (out.terminated[0, 0], out.truncated[0, 0], out.is_over[0]) == (1, 0, 1)
    assert (ego["kind"], own["active"], own["arrived"]) == (ABSENT, 0, 1)
    assert (out.reward_terms[0, 0, 1], out.metrics[0, 0, 0]) == (1.0, 1.0)
    before = copy_state(unbundled(game.state))
    game.act(1.0)
    assert_same(before, unbundled(game.state))


def test_an_arrival_with_the_last_step_is_no_truncation():
    game = empty(max_steps=1)
    _, route = path_of_network(game.network, 0)
    ego, own = game.state.actors[0, 0], game.state.agents[0, 0]
    ego["x"], own["path_s"], own["index"] = route["goal"] - 1.0, route["goal"] - 1.0, int(route["goal"]) - 1
    ego["speed"] = 15.0
    out = game.act(0.0)
    assert (out.terminated[0, 0], out.truncated[0, 0], out.metrics[0, 0, LENGTH]) == (1, 0, 1.0)


def test_time_runs_out_exactly():
    game = empty(max_steps=3)
    for step in (1, 2, 3):
        out = game.act(0.0)
        assert (out.terminated[0, 0], out.truncated[0, 0]) == (0, step == 3)
    assert out.metrics[0, 0, LENGTH] == 3.0


def test_leaving_the_road_ends_or_not():
    for mode, ends in ((END, 1), (IGNORE, 0)):
        game = empty(on_off_road=mode)
        game.state.actors[0, 0]["y"] = 1.7
        out = game.act(0.0)
        assert (out.terminated[0, 0], out.reward_terms[0, 0, 3]) == (0, -1.0), "a corner is outside, the centre is not"
        game.state.actors[0, 0]["y"] = 1.9
        out = game.act(0.0)
        assert (out.terminated[0, 0], out.reward_terms[0, 0, 3]) == (ends, 0.0)
        assert game.state.agents[0, 0]["off_road"] == 1


def test_where_no_agent_has_room_the_world_is_named():
    game = Game(straight_road(40.0), num_actors=12, num_agents=12)
    assert game.failed == 0
