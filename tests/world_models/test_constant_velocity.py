"""The floor is exact where the world is as simple as it says."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch import Tensor

import envs  # noqa: F401 - registers
import world_models
from envs.driving.future import Window, backward_flow, future_occupancy, scene_of
from world_models.constant_velocity import ConstantVelocity
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows

ROAD = {"repeat": 5, "observe": ("occupancy", "ego", "route", "actors"), "num_actors": 6}
WINDOW, DT = Window(1.0, (48.0, 16.0, 32.0, 32.0)), 0.5


def _tensors(observation: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {key: torch.as_tensor(part) for key, part in observation.items()}


def _foreseen(env: Any, observation: dict[str, np.ndarray], actions: Tensor) -> dict[str, Tensor]:
    model = world_models.make("constant-velocity", env)
    return model.decode(model.predict(model.encode(_tensors(observation)), actions), model.spec.heads)


def _road(worlds: int = 2, **changes: Any) -> Any:
    return gym.make_vec("crossroads/Intersection-v0", num_envs=worlds, **{**ROAD, **changes})


def _later(state: Any, seconds: float) -> Any:
    """Everybody straight on."""
    actors = state.actors.copy()
    actors["x"] += seconds * actors["speed"] * np.cos(actors["heading"])
    actors["y"] += seconds * actors["speed"] * np.sin(actors["heading"])
    return state._replace(actors=actors)


def test_who_goes_straight_on_is_where_the_simulators_labels_put_it() -> None:
    env = _road(4, num_actors=12, demand=1.0)
    env.reset(seed=3)
    state = env.get_state()
    found = _foreseen(env, env.set_state(state), torch.zeros(4, 3, 4, 2))
    total = 0
    for world in range(4):
        scene = scene_of([_later(state, DT * step) for step in range(5)], world).without(0)
        ego = state.actors[world, 0]
        pose = (float(ego["x"]), float(ego["y"]), float(ego["heading"]))
        occupancy = future_occupancy(scene, seen_from=pose, window=WINDOW)
        flow = backward_flow(scene, seen_from=pose, window=WINDOW, dt=DT)
        np.testing.assert_array_equal(found["occupancy"][world, 2, 0].numpy() > 0, occupancy)
        np.testing.assert_allclose(found["flow"][world, 2, 0].numpy(), flow, atol=2e-3)
        total += occupancy.sum()
    assert total > 100
    env.close()


def test_what_all_candidates_share_is_there_once() -> None:
    env = _road()
    observation, _ = env.reset(seed=0)
    found = _foreseen(env, observation, torch.zeros(2, 3, 4, 2))
    assert found["occupancy"].shape == (2, 3, 1, 4, 2, 64, 64)
    assert found["actors"].shape == (2, 3, 1, 4, 5, 3)
    assert found["occupancy"].stride(1) == found["flow"].stride(1) == found["actors"].stride(1) == 0
    env.close()


def test_the_ego_moves_by_its_physics_and_pays_for_the_way() -> None:
    env = _road(num_actors=1)
    observation, _ = env.reset(seed=1)
    actions = 0.2 * torch.rand(2, 2, 4, 2, generator=torch.Generator().manual_seed(0))
    found = _foreseen(env, observation, actions)
    motions = EgoMotion.of_env(env).rollout(_tensors(observation)["ego"], actions)
    torch.testing.assert_close(found["ego"][:, :, 0], motions)
    for step in range(3):
        observation = env.step(actions[:, 1, step].numpy())[0]
        left = torch.from_numpy(observation["ego"][:, 7])
        torch.testing.assert_close(found["to_go"][:, 1, 0, step], left, atol=0.2, rtol=0)
    env.close()


RULES = {
    "eight moves": {},
    "no corner cutting": {"corner_cutting": "forbid"},
    "four moves": {"connectivity": 4},
    "waiting": {"wait": True, "generator": "rooms"},
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_on_a_grid_the_agent_is_where_the_environment_puts_it(rules: dict[str, Any]) -> None:
    env: Any = gym.make_vec("crossroads/GridNav-v0", num_envs=12, **{"size": 9, **rules})
    observation, _ = env.reset(seed=5)
    actions = torch.from_numpy(np.random.default_rng(0).integers(0, env.single_action_space.n, (12, 10)))
    found = _foreseen(env, observation, actions[:, None])
    running = np.ones(12, bool)
    for step in range(10):
        observation, _, terminated, truncated, _ = env.step(actions[:, step].numpy())
        rows = torch.from_numpy(running)
        seen = torch.from_numpy(observation["occupancy"])[rows].float()
        torch.testing.assert_close(found["occupancy"][rows, 0, 0, step], seen)
        torch.testing.assert_close(found["cell"][rows, 0, 0, step], seen[:, env.channels.index("agent")])
        running &= ~(terminated | truncated)
    assert running.any()
    env.close()


def test_it_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match=r"Expected the observation to have \['actors'\]"):
        ConstantVelocity.for_env(_road(observe=("occupancy", "ego", "route")))
    with pytest.raises(ValueError, match="view='full', got 'egocentric'"):
        ConstantVelocity.for_env(gym.make("crossroads/GridNav-v0", view="egocentric"))
    env = _road()
    model, (observation, _) = ConstantVelocity.for_env(env), env.reset(seed=0)
    with pytest.raises(ValueError, match="samples=1"):
        model.predict(model.encode(_tensors(observation)), torch.zeros(2, 1, 3, 2), samples=2)
    with pytest.raises(ValueError, match="head of constant-velocity"):
        model.decode(model.predict(model.encode(_tensors(observation)), torch.zeros(2, 1, 3, 2)), ["reward"])
    env.close()


def test_there_is_nothing_to_learn() -> None:
    model = world_models.make("constant-velocity", gym.make("crossroads/GridNav-v0", size=8))
    with pytest.raises(TypeError, match="'constant-velocity' has nothing to learn"):
        model.loss(object.__new__(Windows))
