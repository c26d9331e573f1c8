"""Frames as they come, of many episodes side by side; at the end every episode lies in its order."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int64

from agents.columns import Column
from agents.experience.store import EPISODE, Experience, new_columns

Slots = Int64[np.ndarray, " slot"]


class Recorder:
    """Rows of frames, appended in the order of time.

    Args:
        capacity: Frames at most; memory is taken as it fills.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity, self.frames, self.steps = capacity, 0, 0
        self._columns: dict[str, Column] = {}
        self._episode = np.zeros(capacity, np.int64)
        self._facts: dict[str, list[int]] = {name: [] for name in EPISODE}
        self._lengths = np.zeros(0, np.int64)

    def begin(self, **facts: np.ndarray) -> Slots:
        """Numbers of new episodes, of which these are the `EPISODE` facts [episode]."""
        first, count = len(self._lengths), len(facts["level"])
        for name in EPISODE:
            self._facts[name] += np.broadcast_to(facts.get(name, np.int64(-1)), count).tolist()
        self._lengths = np.concatenate((self._lengths, np.zeros(count, np.int64)))
        return first + np.arange(count)

    def length(self, episodes: Slots) -> Slots:
        """Steps that episodes have so far."""
        return self._lengths[episodes]

    def add(self, episodes: Slots, arrays: Mapping[str, np.ndarray]) -> Slots:
        """Append the next frame [slot ...] of some episodes; returns where they lie."""
        rows = self.frames + np.arange(len(episodes))
        if not self._columns:
            self._columns = new_columns(self.capacity, arrays)
        self._put(rows, arrays)
        self._episode[rows] = episodes
        self.frames += len(rows)
        return rows

    def note(self, rows: Slots, *, actions: np.ndarray, rewards: np.ndarray, terminated: np.ndarray) -> None:
        """What was done on seeing the frames that lie at `rows`, and what came of it."""
        arrays = {"actions": actions, "rewards": rewards.astype(np.float32), "terminated": terminated}
        if "actions" not in self._columns:
            self._columns |= {name: Column(self.capacity, array) for name, array in arrays.items()}
        self._put(rows, arrays)
        self._lengths[self._episode[rows]] += 1
        self.steps += len(rows)

    def _put(self, rows: Slots, arrays: Mapping[str, np.ndarray]) -> None:
        for name, array in arrays.items():
            self._columns[name] = self._columns[name].put(rows, np.ascontiguousarray(array))

    def experience(self) -> Experience:
        """What was recorded; episodes without a step are left out, and so are all that branch off them."""
        episode = self._episode[: self.frames]
        order = np.argsort(episode, kind="stable")
        order = order[self._lengths[episode[order]] > 0]
        kept = self._lengths > 0
        facts = {name: np.array(values)[kept] for name, values in self._facts.items()}
        numbers = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        facts["parent"] = numbers[facts["parent"]]
        for column in self._columns.values():
            column.values = column.values[: self.frames]
        return Experience(self._columns, self._lengths[kept], facts=facts, places=order)
