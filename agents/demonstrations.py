"""Labelled observations: what imitation learns from, in memory and bounded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int64


class Aggregate:
    """A ring of observations and the expert's actions: once full, the oldest labels give way.

    Args:
        capacity: Labels kept at most.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"Expected a capacity >= 1, got {capacity}.")
        self.capacity = capacity
        self.total = 0
        """Labels ever added."""
        self._observations: dict[str, np.ndarray] = {}
        self._actions = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return min(self.total, self.capacity)

    def add(self, observation: Mapping[str, np.ndarray], actions: np.ndarray) -> None:
        """Append a batch."""
        if not self._observations:
            self._observations = {
                key: np.zeros((self.capacity, *array.shape[1:]), array.dtype) for key, array in observation.items()
            }
            self._actions = np.zeros((self.capacity, *actions.shape[1:]), actions.dtype)
        rows = (self.total + np.arange(len(actions))) % self.capacity
        for key, array in observation.items():
            self._observations[key][rows] = array
        self._actions[rows] = actions
        self.total += len(actions)

    def take(self, rows: Int64[np.ndarray, " batch"]) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The observations and actions of some rows below ``len(self)``."""
        return {key: array[rows] for key, array in self._observations.items()}, self._actions[rows]

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything, for a training checkpoint."""
        kept = {f"aggregate/{key}": array[: len(self)] for key, array in self._observations.items()}
        return {**kept, "aggregate_actions": self._actions[: len(self)], "aggregate_total": np.array([self.total])}

    @classmethod
    def from_arrays(cls, capacity: int, arrays: Mapping[str, Any]) -> "Aggregate":
        """What `arrays` returned.

        Raises:
            ValueError: another capacity than the one they were kept under.
        """
        aggregate = cls(capacity)
        observation = {
            key.removeprefix("aggregate/"): np.asarray(array)
            for key, array in arrays.items()
            if key.startswith("aggregate/")
        }
        if len(arrays["aggregate_actions"]):
            aggregate.add(observation, np.asarray(arrays["aggregate_actions"]))
        aggregate.total = int(arrays["aggregate_total"][0])
        if len(aggregate) != len(arrays["aggregate_actions"]):
            kept = len(arrays["aggregate_actions"])
            raise ValueError(f"{kept} of {aggregate.total} labels were kept: that was not under capacity {capacity}.")
        return aggregate
