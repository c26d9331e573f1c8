"""For every name in `agents.AGENTS`, the agent on small worlds with a budget of moments; found by the table itself."""

from dataclasses import fields
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

import agents
import envs  # noqa: F401 - registers the ids
from agents.agent import Agent
from agents.chunk_agent import ChunkAgent
from agents.demonstrations import Aggregate
from agents.drivers import Driver
from agents.networks.policy import as_tensors
from agents.sealed import read_sealed
from agents.training_state import FILE

WORLDS: dict[str, tuple[str, dict[str, Any]]] = {
    "map": ("crossroads/GridNav-v0", {"size": 8, "max_steps": 24}),
    "window": (
        "crossroads/GridCrowd-v0",
        {
            "size": 8,
            "max_steps": 24,
            "num_actors": 3,
            "view": "egocentric",
            "radius": 2,
            "observe": ("occupancy", "ego", "actors"),
        },
    ),
}
TINY = {
    "width": 4,
    "labels": 48,
    "updates": 12,
    "rounds": 3,
    "num_envs": 4,
    "validation_levels": 4,
    "batch_size": 16,
    "total_steps": 128,
    "n_steps": 8,
    "n_epochs": 1,
    "hidden": 16,
    "head": "categorical",  # of the explicit policies the one that draws for every step
    "experience": 64,
}
"""Budgets under the names of the configs' fields; an agent takes those it knows."""
SEARCH = {"horizon": 3, "candidates": 8, "iterations": 1}
TINY_SEARCH = {"latent-mpc": SEARCH | {"model_config": "width=4", "updates": 8}, "oracle-mpc": SEARCH}
"""Budgets of the agents that search for plans."""

CLASSES = {name: agents.agent_class(name) for name in agents.AGENTS}
DRIVERS = [name for name, kind in CLASSES.items() if issubclass(kind, Driver)]
"""Agents that drive on roads alone, and not on the grids of `WORLDS`."""
TRAJECTORY_PLANNERS = ("max-margin-planner", "social-planner", "behavior-trajectory-planner", "differentiable-mpc")
"""Agents that plan trajectories, and so on roads alone."""
GENERALISTS = [name for name in CLASSES if name not in (*DRIVERS, *TRAJECTORY_PLANNERS)]
LEARNERS = [name for name in GENERALISTS if CLASSES[name].study is not Agent.study]
WATCHERS = [name for name in GENERALISTS if not CLASSES[name].sees_state]
PLANNERS_ON_MAPS = ("inverse-rl",)
"""Learners that search the whole map for a goal, and whose network knows no actions."""
SEARCHERS = ("latent-mpc", "oracle-mpc")
"""Agents that search for a plan: they know costs of plans, not likelihoods of actions."""
CLASSIFIERS = [
    name
    for name in LEARNERS
    if not issubclass(CLASSES[name], ChunkAgent) and name not in (*PLANNERS_ON_MAPS, *SEARCHERS)
]
"""Agents that can say how likely each action is."""
DRAWERS = [
    name
    for name in WATCHERS
    if name not in ("two-pass-policy", "value-iteration-network", *PLANNERS_ON_MAPS, *SEARCHERS)
]
"""Agents that draw, unless they are asked not to, and far and wide before they have learned anything."""
every_drawer = pytest.mark.parametrize("name", DRAWERS)
every_agent = pytest.mark.parametrize("name", GENERALISTS)
every_world = pytest.mark.parametrize("world", WORLDS)
every_learner = pytest.mark.parametrize("name", LEARNERS)
every_watcher = pytest.mark.parametrize("name", WATCHERS)
"""Decorator: agents that decide by the observation alone, and so for batches of any size."""


def open_world(world: str = "map", num_envs: int | None = None, **arguments: Any) -> Any:
    """A world of the table: single, or a native batch."""
    name, own = WORLDS[world]
    if num_envs is None:
        return gymnasium.make(name, **own | arguments)
    return gymnasium.make_vec(name, num_envs, vectorization_mode="vector_entry_point", **own | arguments)


def tiny(name: str, env: Any, **config: Any) -> Any:
    """The agent with a small network and budget."""
    known = [field.name for field in fields(agents.agent_class(name).Config)]
    budget = {key: value for key, value in TINY.items() if key in known} | TINY_SEARCH.get(name, {})
    return agents.make(name, env, **budget | config)


def watch(env: Any, steps: int, seed: int = 0) -> list[dict[str, np.ndarray]]:
    """Batches of observations met on a random walk."""
    env.action_space.seed(seed)
    seen = [env.reset(seed=seed)[0]]
    for _ in range(steps - 1):
        seen.append(env.step(env.action_space.sample())[0])
    return seen


def rows(observation: dict[str, np.ndarray], index: Any) -> dict[str, np.ndarray]:
    """Some rows of a batch."""
    return {key: array[index] for key, array in observation.items()}


def weights_of(agent: Any) -> dict[str, np.ndarray]:
    """A copy of everything that learning changes."""
    return {key: tensor.numpy().copy() for key, tensor in agent.tensors().items()}


def history_of(agent: Any) -> list[dict[str, Any]]:
    """How learning went, but for the time it took."""
    return [{key: value for key, value in entry.items() if key != "cpu_seconds"} for entry in agent.history]


@torch.no_grad()
def output_of(agent: Any, observation: dict[str, np.ndarray]) -> np.ndarray:
    """What an imitator's network says: logits, or normalised actions."""
    return agent.network(as_tensors(observation)).numpy()


def labels_in(folder: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """(observations, the expert's actions) in the training state that DAgger has written into a folder."""
    _, tensors = read_sealed(folder / FILE)
    arrays = {key.removeprefix("extra/"): tensor.numpy() for key, tensor in tensors.items() if key.startswith("extra/")}
    # A ring that is not full has kept all; a full one has kept as many as it has room for.
    kept = Aggregate.from_arrays(len(arrays["aggregate_actions"]), arrays)
    return kept.take(np.arange(len(kept)))
