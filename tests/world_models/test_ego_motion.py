"""The ego goes where the simulator takes it."""

import gymnasium
import numpy as np
import pytest
import torch

from world_models.bicycle import Bicycle
from world_models.ego_motion import EgoMotion

IGNORING = {"on_collision": "ignore", "on_off_road": "ignore", "demand": 0.0}


def ego_of(env, origin):
    """The simulator's motion [6], seen from a pose."""
    ego = env.unwrapped.worlds.state.actors[0, 0]
    dx, dy, turn = ego["x"] - origin[0], ego["y"] - origin[1], ego["heading"] - origin[2]
    cos, sin = np.cos(origin[2]), np.sin(origin[2])
    heading = np.arctan2(np.sin(turn), np.cos(turn))
    return [dx * cos + dy * sin, dy * cos - dx * sin, heading, ego["speed"], ego["acceleration"], ego["steering"]]


def difference(found, expected):
    apart = found - expected
    apart[..., 2] = np.arctan2(np.sin(apart[..., 2]), np.cos(apart[..., 2]))
    return np.abs(apart).max()


@pytest.mark.parametrize(
    "changes",
    [
        {"repeat": 5},
        {"repeat": 1},
        {"repeat": 3, "substeps": 4, "max_steering": 0.4, "max_steering_rate": 0.5, "max_jerk": 6.0},
        {"repeat": 5, "max_acceleration": 9.0, "max_speed": 10.0},
    ],
)
def test_the_ego_goes_where_the_simulator_takes_it(changes):
    env = gymnasium.make("crossroads/Highway-v0", observe=("ego",), **IGNORING, **changes)
    motion, rng, horizon = EgoMotion.of_env(env), np.random.default_rng(0), 8
    for level in range(4):
        observation, _ = env.reset(seed=level)
        for way in (rng.uniform(-1, 1, (horizon, 2)), rng.choice([-1.0, 1.0], (horizon, 2))):
            plan = way.astype(np.float32)
            start = ego_of(env, np.zeros(3))[:3]
            ego, driven = torch.from_numpy(observation["ego"])[None], []
            for action in plan:
                observation = env.step(action)[0]
                driven.append(ego_of(env, start))
            found = motion.rollout(ego, torch.from_numpy(plan)[None, None])[0, 0]
            assert difference(found.numpy().astype(float), np.array(driven)) < 1e-4


def test_a_held_action_is_the_same_control_at_every_step():
    """From rest, at the highest speed, and through a stop."""
    rng = np.random.default_rng(1)
    vehicle = Bicycle(max_speed=20.0)
    ego = torch.from_numpy(rng.uniform(-1, 1, (30, 10)))
    ego[:, 0] = torch.from_numpy(rng.choice([0.0, 0.5, 4.0, 19.9, 25.0], 30))
    actions = torch.from_numpy(rng.choice([-1.0, -0.3, 0.2, 1.0], (30, 6, 7, 2)))
    motion = EgoMotion(vehicle, 5)
    ego[:, 2] *= 0.5
    start = motion.start(ego)[:, None].expand(30, 6, 6)
    limits = torch.tensor([vehicle.max_acceleration, vehicle.max_steering], dtype=torch.float64)
    controls = actions.repeat_interleave(5, 2) * limits
    expected = vehicle.rollout(start, controls)
    assert torch.allclose(motion.every_step(ego, actions), expected, atol=1e-9)
    assert torch.allclose(motion.rollout(ego, actions), expected[:, :, 4::5], atol=1e-9)
    assert (expected[..., 3] == 0.0).any()


def test_gradients_are_those_of_finite_differences():
    ego = torch.tensor([[8.0, 0.3, 0.05, 0.0], [15.0, -0.2, -0.1, 0.0]], dtype=torch.float64)
    actions = torch.tensor(np.random.default_rng(0).uniform(-0.3, 0.3, (2, 2, 3, 2)), requires_grad=True)
    assert torch.autograd.gradcheck(EgoMotion(Bicycle(), 2).rollout, (ego.requires_grad_(), actions))


def test_an_action_lasts_as_long_as_the_environment_says():
    assert EgoMotion(Bicycle(), 5).dt == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("crossroads/GridNav-v0", {}, "road environment, got one of GridConfig"),
        ("crossroads/Highway-v0", {"action": "meta"}, "action='continuous', got 'meta'"),
    ],
)
def test_other_environments_are_refused_by_name(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        EgoMotion.of_env(gymnasium.make(name, **arguments))
