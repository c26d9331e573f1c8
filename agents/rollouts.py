"""Playing chosen levels: the one loop behind validation while learning and evaluation afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from agents.agent import Agent, State
from envs.core.batched import vector_like


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

    Level k is always played with the same seed, so two agents meet the same slips and the same others. A world
    whose episode has ended takes the next level; when there is none left, nothing is decided for it again.

    Args:
        agent: Any agent; one that looks at the state is bound to the batch played here.
        env: Tells which worlds to play; it is not touched itself.
        levels: Levels to play.
        num_envs: Worlds side by side.
        deterministic: Passed to `predict`.
        seed: Of what is random within episodes.
        on_episodes: Called with the number of episodes as they end.
    """
    if len(levels) == 0:
        return []
    worlds = vector_like(env, max(1, min(num_envs, len(levels))), autoreset_mode=AutoresetMode.DISABLED)
    player, queue = agent.bound_to(worlds), _Queue(levels, worlds.num_envs)
    observation, _ = worlds.reset(seed=queue.seeds(seed), options={"level": queue.level})
    reward_sum = np.zeros(worlds.num_envs)
    state: State = None
    live, begins = np.arange(worlds.num_envs), np.ones(worlds.num_envs, np.bool_)
    actions = np.zeros((worlds.num_envs, *worlds.single_action_space.shape), worlds.single_action_space.dtype)  # type: ignore[misc]
    while len(live):
        if agent.sees_state:
            actions[:], state = player.predict(observation, state, begins, deterministic)
        else:
            seen = {key: array[live] for key, array in observation.items()}
            actions[live], state = player.predict(seen, state, begins[live], deterministic)
        observation, reward, terminated, truncated, infos = worlds.step(actions)
        reward_sum += reward
        begins = terminated | truncated
        if begins.any():
            ended = live[begins[live]]
            for row in ended.tolist():
                metrics = {name: float(infos["metrics"][name][row]) for name in worlds.worlds.metric_names}
                queue.end(row, float(reward_sum[row]), metrics)
            if on_episodes is not None and len(ended):
                on_episodes(len(ended))
            reward_sum[begins] = 0.0
            # Those for whom there is nothing left begin their last level again: its roads are at hand.
            options = {"level": queue.level, "reset_mask": begins}
            observation, _ = worlds.reset(seed=queue.seeds(seed), options=options)
            is_left = queue.playing[live] >= 0
            if state is not None and not agent.sees_state:  # who looks at the state decides for the whole batch
                state = tuple(part[is_left] for part in state)
            live = live[is_left]
    worlds.close()
    return queue.episodes()


class _Queue:
    """Which level each row of a batch plays, and what the levels that were played came to."""

    def __init__(self, levels: Sequence[int], rows: int) -> None:
        self._levels = [int(level) for level in levels]
        self._found: list[Episode | None] = [None] * len(self._levels)
        self._next = rows
        self.playing = np.arange(rows)
        """Index of each row's level; -1: there was none left."""
        self.level = np.array(self._levels[:rows], np.int64)

    def seeds(self, seed: int) -> list[int]:
        """Of every row's level."""
        return [seed + level for level in self.level.tolist()]

    def end(self, row: int, reward_sum: float, metrics: dict[str, float]) -> None:
        """Note the episode of a row, and let it have the next level."""
        level = self._levels[index := int(self.playing[row])]
        self._found[index] = Episode(level, reward_sum, int(metrics["length"]), metrics)
        self.playing[row] = self._next if self._next < len(self._levels) else -1
        if self.playing[row] >= 0:
            self.level[row] = self._levels[self._next]
            self._next += 1

    def episodes(self) -> list[Episode]:
        """In the order of the levels."""
        return [episode for episode in self._found if episode is not None]


def mean_metric(episodes: Sequence[Episode], name: str) -> float:
    """Mean of a metric over the episodes that have it (nan marks those that do not)."""
    return float(np.nanmean([episode.metrics[name] for episode in episodes]))
