"""The symmetries of the square: a map turned or mirrored, with its states and labels."""

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from agents.networks.value_iteration.batches import MapBatch
from envs.gridworld.files.compass import moves_of

MATRICES = tuple(
    np.array(matrix)
    for matrix in (
        [[1, 0], [0, 1]],
        [[1, 0], [0, -1]],
        [[-1, 0], [0, 1]],
        [[-1, 0], [0, -1]],
        [[0, 1], [1, 0]],
        [[0, 1], [-1, 0]],
        [[0, -1], [1, 0]],
        [[0, -1], [-1, 0]],
    )
)
"""On (row, col), about the middle; the last four take rows for columns."""
UPRIGHT = 4


def remapped_actions() -> Int64[np.ndarray, "symmetry action"]:
    """What each of the eight moves becomes."""
    moves = moves_of()
    turned = np.stack([moves @ matrix.T for matrix in MATRICES])
    return (turned[:, :, None] == moves).all(axis=-1).argmax(axis=-1)


def turned(batch: MapBatch, symmetry: Int64[np.ndarray, " map"]) -> MapBatch:
    """Each map under its own symmetry; only the first four keep the shape of maps that are not square."""
    maps = torch.empty_like(batch.maps)
    for index in np.unique(symmetry):
        rows = torch.from_numpy(np.flatnonzero(symmetry == index))
        maps[rows] = _turned_maps(batch.maps[rows], MATRICES[index])
    matrices = torch.from_numpy(np.stack(MATRICES))[torch.from_numpy(symmetry)][batch.task_map]
    last = torch.tensor([side - 1 for side in batch.maps.shape[2:]])
    # Twice the way from the middle is whole; a symmetry that swaps rows and columns is for squares alone.
    away = (matrices @ (2 * batch.cell - last)[:, :, None]).squeeze(2)
    table = torch.from_numpy(remapped_actions())
    action = table[torch.from_numpy(symmetry)[batch.task_map], batch.action]
    return MapBatch(maps, batch.task_map, (away + last) // 2, action)


def draw_symmetries(batch: MapBatch, rng: np.random.Generator) -> MapBatch:
    """Each map under a symmetry of its own."""
    rows, cols = batch.maps.shape[2:]
    return turned(batch, rng.integers(len(MATRICES) if rows == cols else UPRIGHT, size=len(batch.maps)))


def _turned_maps(maps: Tensor, matrix: np.ndarray) -> Tensor:
    if matrix[0, 0] == 0:
        maps = maps.transpose(2, 3)
    signs = matrix.sum(axis=1)
    return maps.flip([axis + 2 for axis in range(2) if signs[axis] < 0])
