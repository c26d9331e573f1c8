"""Agents that plan by a model, on grids and on roads."""

import dataclasses

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import open_world, tiny, weights_of
from bitwise import assert_same

import agents
import envs  # noqa: F401 - registers the ids
import world_models
from agents.experience import collect_experience
from agents.mpc.learning import EXPERIENCE
from agents.rollouts import mean_metric, play_levels
from envs.driving.render.overlay_shapes import check_overlays

DRIVEN = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors")}
SMALL = {"model": "constant-velocity", "candidates": 8, "iterations": 1}


def road(**changes):
    return gymnasium.make("crossroads/Highway-v0", **DRIVEN | changes)


def batch_of(observation):
    return {key: array[None] for key, array in observation.items()}


def test_the_simulator_as_model_reaches_every_goal_on_small_maps():
    env = open_world()
    found = play_levels(agents.make("oracle-mpc", env, horizon=12), env, range(2_000_000_000, 2_000_000_012))
    assert mean_metric(found, "success") == 1.0
    assert mean_metric(found, "path_ratio") < 1.15


@pytest.mark.parametrize(("name", "config"), [("oracle-mpc", {}), ("latent-mpc", SMALL)])
def test_a_world_goes_the_same_way_whoever_is_beside_it(name, config):
    """Costs are sums of exact numbers here, so that not even bits depend on the batch."""
    env, levels = open_world(), range(2_000_000_000, 2_000_000_006)
    agent = agents.make(name, env, horizon=6, **config | {"candidates": 32, "iterations": 2})
    assert play_levels(agent, env, levels, num_envs=6) == play_levels(agent, env, levels, num_envs=1)


def test_it_learns_from_experience_that_is_handed_in_and_keeps_what_it_collects(tmp_path):
    env = open_world()
    experience = collect_experience(env, steps=64, num_envs=4, progress=False)
    one = tiny("latent-mpc", env).learn(experience, checkpoint=tmp_path / "one", progress=False)
    assert not (tmp_path / "one" / EXPERIENCE).exists()
    assert one.history[-1]["queries"] == len(experience)
    assert {"loss", "updates", "cpu_seconds", "validation/loss"} <= set(one.history[-1])
    tiny("latent-mpc", env).learn(env, checkpoint=tmp_path / "two", progress=False)
    assert (tmp_path / "two" / EXPERIENCE).is_file()


@pytest.mark.parametrize("at", [0, 3, 7])
def test_interrupted_learning_ends_as_uninterrupted(at, tmp_path, monkeypatch):
    env, zero_grad, calls = open_world(), torch.optim.Optimizer.zero_grad, []
    whole = tiny("latent-mpc", env).learn(env, progress=False)

    def pressed(self, *arguments, **others):
        calls.append(1)
        if len(calls) == at + 1:
            raise KeyboardInterrupt
        return zero_grad(self, *arguments, **others)

    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.Optimizer, "zero_grad", pressed)
        with pytest.raises(KeyboardInterrupt):
            tiny("latent-mpc", env).learn(env, checkpoint=tmp_path, progress=False)
    resumed = tiny("latent-mpc", env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))
    assert [entry["loss"] for entry in resumed.history] == [entry["loss"] for entry in whole.history]


def test_another_model_takes_the_place_of_the_first():
    env = open_world()
    agent = tiny("latent-mpc", env)
    other = world_models.make("latent", env, width=6)
    again = agent.with_model(other)
    assert again.network is other
    assert agent.network is not other
    observation, _ = env.reset(seed=0)
    assert env.action_space.contains(again.predict(observation)[0])


def test_roads_that_are_not_driven_as_plans_need_it_are_refused_with_the_arguments():
    for changes in ({"action": "meta"}, {"observe": ("occupancy", "ego")}, {"repeat": 1}):
        for name in ("latent-mpc", "oracle-mpc"):
            with pytest.raises(ValueError, match=r"action=continuous repeat=5 observe=occupancy,ego,route,actors"):
                agents.make(name, road(**changes))


def test_on_roads_it_drives_and_shows_what_the_renderer_draws():
    env = road()
    agent = agents.make("latent-mpc", env, **SMALL)
    observation, _ = env.reset(seed=0)
    action, state = agent.predict(observation)
    assert env.action_space.contains(action)
    shown = agent.explain(batch_of(observation), state)
    assert set(shown) == {"plan", "samples", "sample_costs", "occupancy"}
    one = {key: array[0] for key, array in shown.items()}
    check_overlays(one)
    assert one["plan"].shape == (8, 3)
    assert one["occupancy"].shape == observation["occupancy"].shape[1:]
    # ahead, as it is at speed
    assert one["plan"][-1, 0] > 5.0


def test_a_checkpoint_opens_without_its_worlds_but_not_for_actions_of_another_length(tmp_path):
    env = road()
    agent = agents.make("latent-mpc", env, **SMALL)
    agent.save(tmp_path / "agent")
    observation, _ = env.reset(seed=0)
    loaded = agents.load(tmp_path / "agent")
    assert np.array_equal(loaded.predict(observation)[0], agent.predict(observation)[0])
    with pytest.raises(ValueError, match=r"learned from actions of 5 steps \(repeat=5\), got 10"):
        agents.load(tmp_path / "agent", road(repeat=10))


@pytest.mark.parametrize("name", ["latent-mpc", "oracle-mpc"])
def test_worlds_that_are_neither_grid_nor_road_are_refused(name):
    with pytest.raises(ValueError, match=rf"Agent '{name}' plans on grids and roads, got worlds of 'envs.particle"):
        agents.make(name, gymnasium.make("crossroads/Particle-v0"))


def test_trajectories_as_actions_are_refused_with_what_to_do():
    for name in ("latent-mpc", "oracle-mpc", "inverse-dynamics"):
        with pytest.raises(ValueError, match=r"got the action space Box \(8, 3\); .* with action=continuous"):
            agents.make(name, road(action="trajectory", repeat=1))


def test_a_checkpoint_does_not_open_for_worlds_that_look_unlike_its_own(tmp_path):
    env = gymnasium.make("crossroads/GridNav-v0", size=8)
    path = tmp_path / "agent.safetensors"
    agents.make("latent-mpc", env, model="constant-velocity").save(path)
    agents.load(path, gymnasium.make("crossroads/GridRooms-v0", size=8))
    with pytest.raises(ValueError, match=r"whose 'occupancy' is \(3, 8, 8\); here it is \(3, 9, 9\)"):
        agents.load(path, gymnasium.make("crossroads/GridNav-v0", size=9))
    with pytest.raises(ValueError, match=r"learned the actions Discrete\(8\), here they are Discrete\(4\)"):
        agents.load(path, gymnasium.make("crossroads/GridNav-v0", size=8, connectivity=4))


def test_weights_are_numbers():
    with pytest.raises(ValueError, match="weights: expected a number for 'comfort', got 'much'"):
        agents.make("latent-mpc", road(), **SMALL, weights="comfort=much")


def test_a_score_is_searched_for_where_there_is_one():
    with pytest.raises(ValueError, match="judged: only roads keep a score"):
        agents.make("oracle-mpc", gymnasium.make("crossroads/GridNav-v0", size=8), judged=True)


def test_a_budget_of_time_is_handed_to_the_planner():
    agent = tiny("latent-mpc", open_world(), iterations=500, time_budget_ms=1.0)
    assert agent.planner.time_budget_ms == 1.0
    observation, _ = open_world().reset(seed=0)
    decision = agent.decider.decide(batch_of(observation), None, None, drawn=False)
    assert decision.plan.stats.iterations < 500


def test_a_checkpoint_of_a_gpu_opens_where_there_is_none(tmp_path, monkeypatch):
    agent = tiny("latent-mpc", open_world())
    agent.config = dataclasses.replace(agent.config, device="cuda")
    agent.save(tmp_path / "agent")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert agents.load(tmp_path / "agent").config.device == "cpu"
