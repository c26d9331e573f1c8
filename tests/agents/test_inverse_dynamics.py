"""Goals in hindsight: where experience came to, whatever it wanted."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import open_world

import agents
import envs  # noqa: F401 - registers the ids
from agents.experience import collect_experience
from agents.inverse.hindsight import ASKED, GAIN, GOAL, GridHindsight, RoadHindsight
from agents.mpc.outline import Outline
from agents.rollouts import mean_metric, play_levels

MOVES = np.array([[-1, 0], [1, 0], [0, 1], [0, -1], [-1, 1], [-1, -1], [1, 1], [1, -1]])


def cells(channel):
    return np.stack(np.nonzero(channel.numpy()), 1)[:, 1:]


def test_the_goal_is_where_the_agent_was_so_many_steps_later():
    env = open_world()
    experience = collect_experience(env, steps=64, num_envs=4, progress=False)
    hindsight = GridHindsight.of(Outline.of_env(env), 3)
    windows = experience.windows(np.arange(16), 4)
    steps = windows.is_real.sum(1).clamp(max=3)
    shown = hindsight.look_back(windows, steps)
    later = windows.observation["occupancy"][torch.arange(16), steps, 2]
    assert np.array_equal(cells(shown["occupancy"][:, GOAL]), cells(later))
    assert torch.allclose(shown[ASKED][:, 0], steps / 3.0)
    seen, actions = hindsight.examples(experience, 32, np.random.default_rng(0))
    assert actions.shape == (32,)
    assert set(seen) == {"occupancy", ASKED}


def test_one_step_of_experience_is_undone_by_the_move_between():
    """Goals a step away: what was done is the move from here to there, and the network learns just that."""
    env = open_world()
    agent = agents.make("inverse-dynamics", env, reach=1, updates=150, experience=1500, width=8)
    agent.learn(env, progress=False)
    experience = collect_experience(env, steps=400, num_envs=4, seed=5, progress=False)
    seen, actions = agent.hindsight.examples(experience, 300, np.random.default_rng(1))
    moved = cells(seen["occupancy"][:, GOAL]) - cells(seen["occupancy"][:, 2])
    is_free = (moved == MOVES[actions.numpy()]).all(1)
    assert np.mean(agent.network.likely(seen)[is_free] == actions.numpy()[is_free]) > 0.95


@pytest.mark.slow
def test_it_reaches_goals_that_it_has_only_seen_in_hindsight():
    env = open_world()
    agent = agents.make("inverse-dynamics", env, updates=600, experience=8000).learn(env, progress=False)
    assert mean_metric(play_levels(agent, env, range(2_000_000_000, 2_000_000_200)), "success") > 0.7


def road_hindsight():
    env = gymnasium.make(
        "crossroads/Highway-v0", action="continuous", repeat=5, observe=("occupancy", "ego", "route", "actors")
    )
    return env, RoadHindsight.of(Outline.of_env(env), 6)


def test_on_roads_the_goal_is_where_the_ego_was():
    env, hindsight = road_hindsight()
    experience = collect_experience(env, steps=16, num_envs=2, progress=False)
    windows = experience.windows(np.arange(4), 3)
    shown = hindsight.look_back(windows, torch.full((4,), 2))
    place = windows.tracks.seen_from()[:, 2, 0]
    assert torch.allclose(shown[ASKED][:, :2], place[:, :2])
    assert torch.allclose(torch.atan2(shown[ASKED][:, 3], shown[ASKED][:, 2]), place[:, 2], atol=1e-6)
    assert shown[ASKED][:, 4].tolist() == [1.0] * 4


def test_a_free_road_is_driven_up_to_the_limit():
    _, hindsight = road_hindsight()
    ego = torch.zeros(3, 10)
    ego[:, 0], ego[:, 6] = torch.tensor([10.0, 0.0, 14.0]), 10.0
    steady, standing, fast = hindsight._free_way(ego).tolist()
    assert steady == pytest.approx(30.0, abs=1e-4)
    assert standing == pytest.approx(0.5 * GAIN * 3.0**2, rel=1e-3)
    assert 30.0 < fast < 42.0


def test_on_roads_it_asks_for_a_place_ahead_on_the_route():
    env, hindsight = road_hindsight()
    observation, _ = env.reset(seed=0)
    asked = hindsight.ask({key: array[None] for key, array in observation.items()})[ASKED]
    assert asked[0, 0] > 10.0
    agent = agents.make("inverse-dynamics", env, width=4)
    assert env.action_space.contains(agent.predict(observation)[0])
