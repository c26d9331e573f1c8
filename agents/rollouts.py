"""Playing chosen levels: the one loop behind validation while learning and evaluation afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.agent import Agent, State
from envs.core.batched import WorldVectorEnv, vector_like


@dataclass(frozen=True)
class Episode:
    """What one level came to; `metrics` as the environment names them."""

    level: int
    reward_sum: float
    length: int
    metrics: dict[str, float]


def play_levels(
    agent: Agent,
    env: Any,
    levels: Sequence[int],
    *,
    num_envs: int = 128,
    deterministic: bool = True,
    seed: int = 0,
    on_episodes: Callable[[int], object] | None = None,
) -> list[Episode]:
    """Play every level once and return the episodes in the order of `levels`.

    Level k is always played with the same seed, so two agents meet the same slips and the same others.
    Rows whose episode has ended are not decided for again.

    Args:
        agent: Any agent; one that looks at the state is bound to the batch played here.
        env: Tells which worlds to play; it is not touched itself.
        levels: Levels to play.
        num_envs: Worlds side by side.
        deterministic: Passed to `predict`.
        seed: Of what is random within episodes.
        on_episodes: Called with the number of episodes as they end.
    """
    episodes: list[Episode] = []
    batch = max(1, min(num_envs, len(levels)))
    worlds = vector_like(env, batch)
    player = agent.bound_to(worlds)
    for first in range(0, len(levels), batch):
        chunk = list(levels[first : first + batch])
        episodes += _play_chunk(player, worlds, chunk, seed, deterministic, on_episodes)
    worlds.close()
    return episodes


def _play_chunk(
    agent: Agent,
    worlds: WorldVectorEnv,
    levels: list[int],
    seed: int,
    deterministic: bool,
    on_episodes: Callable[[int], object] | None,
) -> list[Episode]:
    padded = np.array(levels + levels[-1:] * (worlds.num_envs - len(levels)), np.int64)
    observation, _ = worlds.reset(seed=[seed + int(level) for level in padded], options={"level": padded})
    live = np.arange(len(levels))
    found: list[Episode | None] = [None] * len(levels)
    reward_sum = np.zeros(worlds.num_envs)
    state: State = None
    begins = np.ones(len(levels), np.bool_)
    actions = np.zeros((worlds.num_envs, *worlds.single_action_space.shape), worlds.single_action_space.dtype)  # type: ignore[misc]
    while len(live):
        if agent.sees_state:
            actions[:], _ = agent.predict(observation, None, None, deterministic)
        else:
            seen = {key: array[live] for key, array in observation.items()}
            actions[live], state = agent.predict(seen, state, begins, deterministic)
        observation, reward, terminated, truncated, infos = worlds.step(actions)
        reward_sum[live] += reward[live]
        ended = (terminated | truncated)[live]
        for row in live[ended]:
            metrics = {name: float(infos["metrics"][name][row]) for name in worlds.worlds.metric_names}
            found[row] = Episode(levels[row], float(reward_sum[row]), int(metrics["length"]), metrics)
        if on_episodes is not None and ended.any():
            on_episodes(int(ended.sum()))
        begins = np.zeros(int((~ended).sum()), np.bool_)
        state = None if state is None else tuple(part[~ended] for part in state)
        live = live[~ended]
    return [episode for episode in found if episode is not None]


def mean_metric(episodes: Sequence[Episode], name: str) -> float:
    """Mean of a metric over the episodes that have it (nan marks those that do not)."""
    return float(np.nanmean([episode.metrics[name] for episode in episodes]))
