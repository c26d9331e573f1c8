"""States together with what really happened next: what planners and forecasts are fitted to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from agents.columns import Column, new_column, restored
from envs.core.atomic import write_atomically

SEEN = "observation/"
"""Of the names of columns that were observed."""
FACTS = ("dt", "total")


@dataclass(frozen=True)
class FutureBatch:
    """Some states, as observed at time 0, and their futures at dt, 2 dt, ... in the ego's frame of time 0.

    What is not known is 0 and means nothing.
    """

    observation: dict[str, Tensor]
    """`occupancy` as bytes, the others float32."""
    expert: Float[Tensor, "batch time 3"]
    """Where the ego really came, driven by the expert: x ahead, y left [m], heading."""
    expert_known: Bool[Tensor, "batch time"]
    """False from the end of the episode on."""
    actors: Float[Tensor, "batch actors time 3"]
    """Where the others came, in the order of the observation's `actors`: nearest first."""
    actors_known: Bool[Tensor, "batch actors time"]
    """False where nobody was at time 0, from when somebody had left, and from the end of the episode on."""
    sizes: Float[Tensor, "batch actors 2"]
    """Length and width [m]."""
    are_pedestrians: Bool[Tensor, "batch actors"]


class Futures:
    """Samples in memory; images of two values are kept eight cells to a byte.

    Args:
        capacity: Samples at most.
        dt: Seconds between the poses of a future.
    """

    def __init__(self, capacity: int, *, dt: float) -> None:
        self.capacity, self.dt = capacity, dt
        self._total = 0
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return self._total

    @property
    def levels(self) -> Int64[np.ndarray, " sample"]:
        """The level that each sample is from: what is kept apart for choosing should share none with the rest."""
        return self._columns["level"].take(np.arange(self._total))

    def add(self, arrays: Mapping[str, np.ndarray], *, until: int | None = None) -> int:
        """Append samples [batch ...] of every field, as far as there is room; returns how many were added.

        No more than `until` are kept in all; None: `capacity`.

        Names are the fields of a `FutureBatch` and `level`, with ``observation/`` before what was observed.
        """
        added = min(len(arrays["level"]), min(until or self.capacity, self.capacity) - self._total)
        if not self._columns:
            self._columns = {name: new_column(self.capacity, array) for name, array in arrays.items()}
        rows = self._total + np.arange(added)
        for name, array in arrays.items():
            self._columns[name] = self._columns[name].put(rows, np.ascontiguousarray(array[:added]))
        self._total += added
        return added

    def take(self, rows: Int64[np.ndarray, " batch"], *, keys: Iterable[str] | None = None) -> FutureBatch:
        """The samples at some rows below ``len(self)``; of what was observed all keys, or these."""
        left_out = (
            set() if keys is None else {n for n in self._columns if n.startswith(SEEN)} - {SEEN + k for k in keys}
        )
        columns = {name: column for name, column in self._columns.items() if name not in left_out}
        found = {name: torch.from_numpy(column.take(rows)) for name, column in columns.items()}
        observation = {name.removeprefix(SEEN): array for name, array in found.items() if name.startswith(SEEN)}
        rest = {name: array for name, array in found.items() if not name.startswith(SEEN) and name != "level"}
        return FutureBatch(observation=observation, **rest)

    def save(self, path: str | Path) -> None:
        """Write everything to one .npz file."""
        arrays: dict[str, Any] = {"dt": np.array([self.dt]), "total": np.array([self._total])}
        for name, column in self._columns.items():
            arrays |= column.arrays(name, self._total)
        write_atomically(path, lambda file: np.savez(file, **arrays))

    @classmethod
    def load(cls, path: str | Path, *, capacity: int | None = None) -> "Futures":
        """What `save` wrote, with room for `capacity` samples in all; None: for no more.

        Raises:
            FileNotFoundError: no such file.
            ValueError: not such a file.
        """
        with np.load(path) as file:
            arrays = dict(file)
        if not all(name in arrays for name in FACTS):
            raise ValueError(f"{path}: expected futures with {list(FACTS)}, found {sorted(arrays)}.")
        total = int(arrays["total"][0])
        futures = cls(max(total, capacity or 0), dt=float(arrays["dt"][0]))
        names = {name.removesuffix(".bits").removesuffix(".cols") for name in arrays if name not in FACTS}
        futures._total = total
        futures._columns = {name: restored(futures.capacity, name, arrays) for name in sorted(names)}
        return futures
