"""Rates of what users call, as they get it: observations copied, episodes reset."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import gymnasium
import numpy as np

import envs

Once = Callable[[], float]
"""Measures once."""


def batch_rate(seconds: float, env_id: str, num_envs: int, **arguments: Any) -> Once:
    """Steps of a native batch with random actions, autoresets and the observations handed out."""
    worlds = gymnasium.make_vec(env_id, num_envs, vectorization_mode="vector_entry_point", **arguments)
    worlds.reset(seed=0)
    actions = _random_actions(worlds.single_action_space, num_envs)
    _spend(seconds / 5, lambda: worlds.step(next(actions)))
    return partial(_batch_once, worlds, actions, seconds)


def _batch_once(worlds: Any, actions: Iterator[np.ndarray], seconds: float) -> float:
    steps, ended, began = 0, 0, perf_counter()
    while (spent := perf_counter() - began) < seconds:
        _, _, terminated, truncated, _ = worlds.step(next(actions))
        steps += worlds.num_envs
        ended += int(np.count_nonzero(terminated | truncated))
    return (steps - ended) / spent  # the call after an episode's end only resets


def thread_gain(seconds: float, env_id: str, num_envs: int) -> Once:
    """Two threads' rate over one's, measured in turn."""
    one, two = (batch_rate(seconds / 2, env_id, num_envs, num_threads=count) for count in (1, 2))

    def once() -> float:
        alone = one()
        return two() / alone

    return once


def single_rate(seconds: float, make: Callable[[], Any]) -> Once:
    """Steps of one env, episode after episode, with random actions."""
    env = make()
    env.reset(seed=0)
    actions = _drawn(env.action_space, 4096)
    _play(env, actions, seconds / 5)
    return partial(_play, env, actions, seconds)


def _play(env: Any, actions: Sequence[Any], seconds: float) -> float:
    steps, began = 0, perf_counter()
    while (spent := perf_counter() - began) < seconds:
        env.reset()
        done = False
        while not done:
            _, _, terminated, truncated, _ = env.step(actions[steps % 4096])
            done = terminated or truncated
            steps += 1
    return steps / spent


def parallel_rate(seconds: float, env_id: str, num_agents: int | None = None, **arguments: Any) -> Once:
    """Steps of all agents of a PettingZoo env together."""
    env = envs.parallel_env(env_id, num_agents, **arguments)
    actions = _drawn(env.action_space("agent_0"), 4096)

    def once() -> float:
        steps, began = 0, perf_counter()
        while (spent := perf_counter() - began) < seconds:
            env.reset(seed=0)
            while env.agents:
                steps += len(env.agents)
                env.step({agent: actions[(steps + k) % 4096] for k, agent in enumerate(env.agents)})
        return steps / spent

    return once


def oracle_rate(seconds: float, env_id: str, num_envs: int, **arguments: Any) -> Once:
    """Decisions of the oracle along its own episodes; the worlds' steps are not counted."""
    worlds: Any = gymnasium.make_vec(env_id, num_envs, vectorization_mode="vector_entry_point", **arguments)
    worlds.reset(seed=0)
    worlds.oracle_action()

    def once() -> float:
        decisions, spent = 0, 0.0
        while spent < seconds:
            began = perf_counter()
            actions = worlds.oracle_action()
            spent += perf_counter() - began
            worlds.step(actions)
            decisions += num_envs
        return decisions / spent

    return once


def _drawn(space: Any, count: int) -> Sequence[Any]:
    """Actions drawn beforehand: the generator is not what is measured."""
    if hasattr(space, "n"):
        return np.random.default_rng(0).integers(space.n, size=count).tolist()
    space.seed(0)
    return [space.sample() for _ in range(count)]


def _random_actions(space: Any, num_envs: int) -> Iterator[np.ndarray]:
    """The same for batches."""
    drawn = np.array(_drawn(space, 61 * num_envs)).reshape(61, num_envs, *space.shape)
    while True:
        yield from drawn


def _spend(seconds: float, act: Callable[[], object]) -> None:
    began = perf_counter()
    while perf_counter() - began < seconds:
        act()
