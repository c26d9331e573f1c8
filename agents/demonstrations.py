"""Labelled observations: what imitation learns from, in memory and bounded."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Int64

from agents.columns import Column, new_column, restored

PREFIX = "aggregate/"
"""Of the observations' names in a training checkpoint."""


class Aggregate:
    """A ring of observations and the expert's actions: once full, the oldest labels give way.

    Images of 0 and 255 alone are kept eight cells to a byte, and come out as they went in.

    Args:
        capacity: Labels kept at most.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"Expected a capacity >= 1, got {capacity}.")
        self.capacity = capacity
        self.total = 0
        """Labels ever added."""
        self._observations: dict[str, Column] = {}
        self._actions = Column(0, np.zeros(0, np.int64))

    def __len__(self) -> int:
        return min(self.total, self.capacity)

    def add(self, observation: Mapping[str, np.ndarray], actions: np.ndarray) -> None:
        """Append a batch."""
        if not self._observations:
            self._observations = {key: new_column(self.capacity, array) for key, array in observation.items()}
            self._actions = Column(self.capacity, actions)
        rows = (self.total + np.arange(len(actions))) % self.capacity
        for key, array in observation.items():
            self._observations[key] = self._observations[key].put(rows, array)
        self._actions.put(rows, actions)
        self.total += len(actions)

    def take(
        self, rows: Int64[np.ndarray, " batch"], keys: Iterable[str] | None = None
    ) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The observations and actions of some rows below ``len(self)``; of all keys, or of these."""
        return self.observations(rows, keys), self.actions(rows)

    def observations(self, rows: Int64[np.ndarray, "..."], keys: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        """The observations of some rows, of all keys or of these."""
        return {key: self._observations[key].take(rows) for key in (self._observations if keys is None else keys)}

    def actions(self, rows: Int64[np.ndarray, "..."]) -> np.ndarray:
        """The actions of some rows."""
        return self._actions.take(rows)

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything, for a training checkpoint."""
        kept = {"aggregate_total": np.array([self.total]), **self._actions.arrays("aggregate_actions", len(self))}
        for key, column in self._observations.items():
            kept |= column.arrays(f"{PREFIX}{key}", len(self))
        return kept

    @classmethod
    def from_arrays(cls, capacity: int, arrays: Mapping[str, Any]) -> "Aggregate":
        """What `arrays` returned.

        Raises:
            ValueError: another capacity than the one they were kept under.
        """
        aggregate = cls(capacity)
        aggregate.total = int(arrays["aggregate_total"][0])
        if len(aggregate) != (kept := len(arrays["aggregate_actions"])):
            raise ValueError(f"{kept} of {aggregate.total} labels were kept: that was not under capacity {capacity}.")
        if kept:
            names = {name.removeprefix(PREFIX).partition(".")[0] for name in arrays if name.startswith(PREFIX)}
            aggregate._observations = {key: restored(capacity, f"{PREFIX}{key}", arrays) for key in sorted(names)}
            aggregate._actions = restored(capacity, "aggregate_actions", arrays)
        return aggregate
