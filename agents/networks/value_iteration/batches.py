"""Batches of labelled maps: some maps, some states on each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from agents.planning_labels import LabelledMaps


@dataclass(frozen=True)
class MapBatch:
    """Maps, and labelled states on them."""

    maps: Float[Tensor, "map channel row col"]
    task_map: Int64[Tensor, " task"]
    cell: Int64[Tensor, "task 2"]
    action: Int64[Tensor, " task"]


class LabelledBatches:
    """Draws batches.

    Args:
        labelled: Not empty.
    """

    def __init__(self, labelled: LabelledMaps) -> None:
        self.order = np.argsort(labelled.task_map, kind="stable")
        self.count = np.bincount(labelled.task_map, minlength=len(labelled.blocked))
        self.first = np.concatenate([[0], np.cumsum(self.count)])
        self.labelled = labelled
        self.maps = map_tensor(labelled.blocked, labelled.goal)
        self._cell = torch.from_numpy(labelled.start.astype(np.int64))
        self._action = torch.from_numpy(labelled.action.astype(np.int64))

    def take(self, maps: Int64[np.ndarray, " map"], tasks: Int64[np.ndarray, "map state"]) -> MapBatch:
        """The same number of states for every map."""
        rows = torch.from_numpy(tasks.ravel())
        task_map = torch.arange(len(maps)).repeat_interleave(tasks.shape[1])
        return MapBatch(self.maps[torch.from_numpy(maps)], task_map, self._cell[rows], self._action[rows])

    def groups(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Maps [group] and their tasks [group size]: the published batches, or groups made as those were.

        Each map's states are filled up with copies of the last one, shuffled, and cut. Where one state is missing
        there is one group of copies more: a slip of the published batches that is kept, so that updates count alike.
        """
        published = self.labelled.batches
        if published is not None and published.shape[1] == size:
            return self.labelled.task_map[published[:, 0]].astype(np.int64), published.astype(np.int64)
        chunks = [self._grouped(int(m), size, rng) for m in np.flatnonzero(self.count)]
        owners = np.repeat(np.flatnonzero(self.count), [len(chunk) for chunk in chunks])
        return owners, np.concatenate(chunks)

    def _grouped(self, m: int, size: int, rng: np.random.Generator) -> Int64[np.ndarray, "group state"]:
        states = self.order[self.first[m] : self.first[m + 1]]
        number = -(-len(states) // size) + (len(states) % size == size - 1)
        filled = np.concatenate([states, np.full(number * size - len(states), states[-1])])
        return rng.permutation(filled).reshape(number, size)

    def epochs(self, num_maps: int, num_states: int, rng: np.random.Generator) -> Iterator[MapBatch]:
        """Batches of `num_maps` groups of `num_states` states for ever, each epoch in another order, full ones only."""
        owners, tasks = self.groups(num_states, rng)
        num_maps = min(num_maps, len(owners))
        while True:
            shuffled = rng.permutation(len(owners))
            for begin in range(0, len(owners) - num_maps + 1, num_maps):
                chosen = shuffled[begin : begin + num_maps]
                yield self.take(owners[chosen], tasks[chosen])

    def draws(self, num_maps: int, num_states: int, rng: np.random.Generator) -> Iterator[MapBatch]:
        """Batches for ever of tasks drawn alike, and as many more of the maps they are on."""
        while True:
            drawn = rng.integers(len(self.labelled), size=num_maps)
            maps = self.labelled.task_map[drawn].astype(np.int64)
            place = self.first[maps][:, None] + rng.integers(self.count[maps][:, None], size=(num_maps, num_states))
            yield self.take(maps, self.order[place])


def map_tensor(blocked: np.ndarray, goal: np.ndarray) -> Float[Tensor, "map 2 row col"]:
    """Channels obstacle and goal, from bool [map row col] and (row, col) [map 2]."""
    maps = np.zeros((len(blocked), 2, *blocked.shape[1:]), np.float32)
    maps[:, 0] = blocked
    maps[np.arange(len(goal)), 1, goal[:, 0], goal[:, 1]] = 1.0
    return torch.from_numpy(maps)
