"""Reward terms, infos and metrics mean what the design says."""

import math

import numpy as np
import pytest
from contracts.traces import choose_actions, play_single
from worlds_for_tests import CASES, every_id, every_world, family_of

from envs.kernels.road_score import METRICS

GRID_METRICS = {"success", "score", "length", "collisions", "path_cost", "path_ratio"}
MORE_METRICS = {"GridFork-v0": {"mode"}}


def episodes(world, seeds=range(6), length=40):
    """Moments of several lanes, cut into episodes of (first, steps)."""
    env = world.having(max_steps=9).single()
    for seed in seeds:
        actions = choose_actions(env, seed, length)
        steps = []
        for moment in play_single(env, seed, actions):
            if "level" in moment.info:
                steps = []
                continue
            steps.append(moment)
            if moment.is_last:
                yield steps


@every_world
def test_reward_terms_sum_to_the_reward_exactly(world):
    for steps in episodes(world):
        for moment in steps:
            assert sum(moment.info["reward_terms"].values()) == moment.reward


@every_world
def test_reward_terms_of_a_batch_sum_to_its_rewards_exactly(world):
    batch = world.having(max_steps=9).batch(8)
    batch.action_space.seed(1)
    batch.reset(seed=1)
    for _ in range(40):
        _, reward, _, _, infos = batch.step(batch.action_space.sample())
        terms = infos.get("reward_terms", {})
        total = sum((terms[name] for name in terms if not name.startswith("_")), np.zeros(8))
        assert (np.where(infos.get("_reward_terms", False), total, 0.0) == reward).all()


@every_world
@pytest.mark.parametrize("num_agents", [None, 3])
def test_reward_terms_of_every_agent_sum_to_its_reward_exactly(world, num_agents):
    env = world.parallel(num_agents)
    env.reset(seed=2)
    for _ in range(30):
        if not env.agents:
            env.reset()
        _, reward, _, _, infos = env.step(env.oracle_action())
        assert {agent: sum(info["reward_terms"].values()) for agent, info in infos.items()} == reward


@every_world
def test_infos_have_exactly_the_promised_keys(world):
    env = world.single()
    assert set(env.reset(seed=0)[1]) == {"level"}
    for steps in episodes(world):
        for moment in steps[:-1]:
            assert set(moment.info) == {"reward_terms"}
        assert set(steps[-1].info) == {"reward_terms", "metrics"}
        assert {"success", "score", "length"} <= set(steps[-1].info["metrics"])
        if world.is_grid:
            assert set(steps[-1].info["metrics"]) == GRID_METRICS | MORE_METRICS.get(world.name, set())


@every_world
def test_numbers_in_infos_are_pythons(world):
    env = world.single()
    assert type(env.reset(seed=0)[1]["level"]) is int
    for steps in episodes(world, seeds=range(2)):
        for moment in steps:
            numbers = [moment.reward, *moment.info["reward_terms"].values(), *moment.info.get("metrics", {}).values()]
            assert {type(number) for number in numbers} == {float}
            assert {type(moment.terminated), type(moment.truncated)} == {bool}


@every_world
def test_metrics_agree_with_what_happened(world):
    for steps in episodes(world):
        metrics = steps[-1].info["metrics"]
        assert metrics["length"] == len(steps)
        assert metrics["success"] in (0.0, 1.0)
        assert 0.0 <= metrics["score"] <= 1.0
        if not world.is_grid:
            continue
        assert metrics["success"] == (sum(moment.info["reward_terms"]["goal"] for moment in steps) > 0)
        assert metrics["collisions"] == sum(moment.info["reward_terms"]["collision"] < 0 for moment in steps)
        weight = world.single().config.path_weight
        costs = [-moment.info["reward_terms"]["path"] / weight for moment in steps]
        assert metrics["path_cost"] == pytest.approx(sum(costs))
        assert math.isnan(metrics["path_ratio"]) == (metrics["success"] == 0.0)


@every_world
def test_time_limits_truncate_and_never_terminate(world):
    for steps in episodes(world, seeds=range(12)):
        last = steps[-1]
        assert not (last.terminated and last.truncated)
        assert last.truncated <= (len(steps) == 9)
        assert not any(moment.is_last for moment in steps[:-1])
        if last.info["metrics"]["success"]:
            assert last.terminated


@every_id
def test_a_goal_reached_with_the_last_step_terminates(world):
    env = world.single()
    for seed in range(20):
        env.reset(seed=seed)
        length = 0
        is_over = False
        while not is_over:
            *_, terminated, is_over, _ = env.step(env.oracle_action())
            is_over, length = is_over or terminated, length + 1
        if not terminated:
            continue
        limited = world.having(max_steps=length).single()
        limited.reset(seed=seed)
        for _ in range(length):
            *_, terminated, truncated, info = limited.step(limited.oracle_action())
        assert (terminated, truncated, info["metrics"]["success"]) == (True, False, 1.0)
        return
    pytest.fail("the oracle reached no goal in twenty episodes")


ROADS = [case for case in CASES if family_of(case.name) == "road"]
every_road = pytest.mark.parametrize("world", ROADS, indirect=True, ids=str)
ROAD_TERMS = ("progress", "goal", "collision", "off_road", "comfort")


def sums_of(steps):
    """Each reward term summed up over an episode."""
    return {name: sum(moment.info["reward_terms"][name] for moment in steps) for name in ROAD_TERMS}


@every_road
def test_road_infos_name_every_term_and_metric_in_order(world):
    for steps in episodes(world, seeds=range(2)):
        assert all(tuple(moment.info["reward_terms"]) == ROAD_TERMS for moment in steps)
        own = ("mode",) if world.name == "Bypass-v0" else ()
        assert tuple(steps[-1].info["metrics"]) == METRICS + own


@every_road
def test_road_terms_are_what_the_metrics_say_times_their_weights(world):
    weights = {"progress_weight": 3.0, "goal_weight": 5.0, "collision_weight": 7.0, "off_road_weight": 11.0}
    for steps in episodes(world.having(**weights), seeds=range(3)):
        total, metrics = sums_of(steps), steps[-1].info["metrics"]
        assert total["goal"] in (0.0, 5.0)
        assert total["off_road"] == -11.0 * metrics["off_road"]
        assert (total["collision"] < 0) == (metrics["collision"] == 1.0)
        assert total["collision"] % 7.0 == 0.0
        assert -1e-9 <= total["progress"] <= 3.0 * 1.5
        if metrics["progress"] not in (0.0, 1.0) and total["progress"] > 3.0 * 0.01:
            assert metrics["progress"] == pytest.approx(total["progress"] / 3.0, abs=1e-6)
        assert total["comfort"] == 0.0


@every_road
def test_road_metrics_do_not_contradict_each_other(world):
    for steps in episodes(world, seeds=range(3)):
        total, metrics = sums_of(steps), steps[-1].info["metrics"]
        assert all(0.0 <= metrics[name] <= 1.0 for name in METRICS if name not in ("length", "red_lights"))
        for name in ("success", "collision", "at_fault_collision", "off_road", "ttc", "comfort"):
            assert metrics[name] in (0.0, 1.0)
        assert metrics["direction"] in (0.0, 0.5, 1.0)
        assert metrics["at_fault_collision"] <= metrics["collision"]
        if metrics["success"]:
            assert total["goal"] > 0
            assert metrics["at_fault_collision"] == 0.0
            assert steps[-1].terminated
        if metrics["off_road"] or metrics["direction"] == 0.0:
            assert metrics["score"] == 0.0
        if metrics["score"] == 1.0:
            assert metrics["ttc"] == metrics["comfort"] == metrics["speed_limit"] == metrics["direction"] == 1.0


@every_road
def test_comfort_costs_what_its_weight_says(world):
    costs = [sums_of(steps)["comfort"] for steps in episodes(world.having(comfort_weight=2.0), seeds=range(3))]
    assert all(cost <= 0.0 for cost in costs)
    assert any(costs), "half the actions are random: somebody braked harshly"
    assert all(cost / 0.2 == pytest.approx(round(cost / 0.2)) for cost in costs), "steps of 0.1 s, twice"
