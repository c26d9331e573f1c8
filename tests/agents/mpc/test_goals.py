"""Searches for what will be seen at the goal."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import open_world

import agents
import envs  # noqa: F401 - registers the ids
from agents.mpc.goals import goal_observation
from agents.rollouts import mean_metric, play_levels
from world_models.constant_velocity import ConstantVelocity
from world_models.rollout import Latent

SEARCH = {"model": "latent", "model_config": "width=4", "horizon": 8, "candidates": 256, "iterations": 3}


class Seen(ConstantVelocity):
    """Knows the rules; its latent is where the agent is."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        object.__setattr__(self.spec, "heads", (*self.spec.heads, "latent"))

    def encode(self, observation, before=None):
        return Latent({"latent": observation["occupancy"][:, 2].float().flatten(1)}, observation)

    def decode_one(self, rollout, key):
        if key == "latent":
            return super().decode_one(rollout, "cell").flatten(-2)
        return super().decode_one(rollout, key)


def test_it_is_what_is_seen_on_arrival():
    batch = open_world(num_envs=8)
    expert = agents.make("oracle", batch)
    observation, _ = batch.reset(seed=0)
    first = {key: torch.from_numpy(np.array(array)) for key, array in observation.items()}
    expected, arrived = goal_observation(first, ("obstacle", "goal", "agent")), np.zeros(8, bool)
    for _ in range(24):
        observation, _, terminated, *_ = batch.step(expert.predict(observation)[0])
        for row in np.flatnonzero(terminated & ~arrived):
            for key, array in observation.items():
                assert np.allclose(expected[key][row].numpy(), array[row], atol=1e-6), key
        arrived |= terminated
        if arrived.all():
            break
    assert arrived.all()


def test_a_goal_within_the_horizon_is_reached_by_distance_in_the_latent():
    env = gymnasium.make("crossroads/GridNav-v0", size=5, density=0.0, max_steps=24)
    agent = agents.make("latent-mpc", env, latent_goal="nearest", **SEARCH)
    agent = agent.with_model(Seen.for_env(env))
    assert mean_metric(play_levels(agent, env, range(2_000_000_000, 2_000_000_016)), "success") == 1.0


def test_where_what_will_be_seen_is_not_known_there_is_no_latent_goal():
    with pytest.raises(ValueError, match="latent_goal: only on grids seen whole"):
        agents.make("latent-mpc", open_world("window"), latent_goal="final")
    with pytest.raises(ValueError, match=r"Unknown place of a latent goal 'finale'. Did you mean 'final'\?"):
        agents.make("latent-mpc", open_world(), latent_goal="finale")
    with pytest.raises(ValueError, match=r"latent_goal: expected a model with the head 'latent', it has \['occupancy'"):
        agents.make("latent-mpc", open_world(), model="constant-velocity", latent_goal="final")
    with pytest.raises(ValueError, match="latent_goal: the cost is one term"):
        agents.make("latent-mpc", open_world(), latent_goal="final", weights="comfort=1")
