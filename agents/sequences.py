"""Demonstrations in their order: windows of what was seen up to a decision and of what the expert did from then on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from jaxtyping import Bool, Int64, Shaped

from agents.agent import Agent
from agents.demonstrations import Aggregate
from agents.labelling import Expert
from envs.core.batched import vector_like
from envs.episodes import EpisodeStore


class Windows(NamedTuple):
    """A batch of them. Rows beyond the ends of an episode repeat its first or last; `is_real` marks the others."""

    observations: dict[str, Shaped[np.ndarray, "batch history ..."]]
    actions: Shaped[np.ndarray, "batch time ..."]
    is_real: Bool[np.ndarray, "batch time"]


@dataclass(frozen=True)
class Sequences:
    """Labelled observations of many episodes, of which some run side by side.

    Row r + `stride` follows row r; `age` steps of its episode lie before it, `left` steps after it.
    """

    labels: Aggregate
    age: Int64[np.ndarray, " row"]
    left: Int64[np.ndarray, " row"]
    stride: int

    def __len__(self) -> int:
        return len(self.age)

    def windows(self, rows: Int64[np.ndarray, " batch"], *, history: int, horizon: int) -> Windows:
        """Windows that decide at some rows.

        Args:
            rows: Below ``len(self)``.
            history: Observations, the one at the row last.
            horizon: Actions, the one at the row first.
        """
        back, ahead = np.arange(1 - history, 1), np.arange(horizon)
        seen = rows[:, None] + self.stride * np.maximum(back, -self.age[rows, None])
        done = rows[:, None] + self.stride * np.minimum(ahead, self.left[rows, None])
        is_real = ahead <= self.left[rows, None]
        return Windows(self.labels.observations(seen), self.labels.actions(done), is_real)


def demonstrated(env: Any, expert: Agent | None, *, labels: int, num_envs: int, seed: int) -> Sequences:
    """`labels` states on the expert's own way on training levels, with what it did there; None: the oracle of `env`."""
    num_envs = min(num_envs, labels)
    steps = -(-labels // num_envs)
    worlds = vector_like(env, num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    asked, aggregate = Expert(worlds, expert), Aggregate(steps * num_envs)
    observation, _ = worlds.reset(seed=seed)
    begins = np.zeros((steps + 1, num_envs), np.bool_)
    begins[[0, steps]] = True
    for step in range(steps):
        actions = asked.label(observation, begins[step], num_envs)
        aggregate.add(observation, actions)
        observation, _, terminated, truncated, _ = worlds.step(actions)
        begins[step + 1] |= terminated | truncated
    worlds.close()
    age, left = _ages(begins)
    return Sequences(aggregate, age.ravel(), left.ravel(), num_envs)


def _ages(begins: Bool[np.ndarray, "time env"]) -> tuple[Int64[np.ndarray, "step env"], Int64[np.ndarray, "step env"]]:
    """(steps since the episode began, steps until its last) from where episodes begin, the end of time among them."""
    time = np.arange(len(begins))[:, None]
    began = np.maximum.accumulate(np.where(begins, time, 0), axis=0)[:-1]
    ends = np.minimum.accumulate(np.where(begins, time, len(begins))[::-1], axis=0)[::-1][1:]
    return time[:-1] - began, ends - 1 - time[:-1]


def recorded(store: EpisodeStore, *, keys: Iterable[str] | None = None, most: int | None = None) -> Sequences:
    """Every step of a store, at most the first `most`: what was seen, and what was done (or, where it was recorded,
    what the expert would have done).
    """
    actions = store.steps["expert_action" if "expert_action" in store.steps else "action"]
    count = store.num_steps if most is None else min(store.num_steps, most)
    kind = np.int64 if actions.dtype.kind in "iu" else np.float32
    aggregate = Aggregate(count)
    for first in range(0, count, 4096):
        steps = np.arange(first, min(first + 4096, count))
        rows = store.observation_row(steps)
        seen = {key: np.asarray(store.observations[key][rows]) for key in keys or store.observations}
        aggregate.add(seen, np.asarray(actions[steps]).astype(kind))
    begins = np.zeros((count + 1, 1), np.bool_)
    ends = np.asarray(store.episode_ends)
    begins[[0, count]] = True
    begins[ends[ends < count]] = True
    age, left = _ages(begins)
    return Sequences(aggregate, age.ravel(), left.ravel(), 1)
