"""Shapes as pictures, and patches of terrain by looking at every seed."""

from itertools import product
from math import ceil

import numpy as np

DISCS = (
    (),
    (" # ", "###", " # "),
    (" ### ", "#####", "#####", "#####", " ### "),
)


def disc(row, col, radius):
    """The cells of a disc round (row, col)."""
    cells = [(i, j) for i, line in enumerate(DISCS[radius]) for j, mark in enumerate(line) if mark == "#"]
    return {(row + i - radius, col + j - radius) for i, j in cells}


def rectangle(row, col, height, width):
    """The cells of a rectangle whose upper left one is (row, col)."""
    return set(product(range(row, row + height), range(col, col + width)))


def vin(stream, shape, *, max_obstacles, size):
    """(blocked cells, goal), or None where the draw is rejected."""
    num_rows, num_cols = shape
    goal = 1 + stream.below(num_rows - 1), 1 + stream.below(num_cols - 1)
    if goal[0] == num_rows - 1 or goal[1] == num_cols - 1:
        return None
    obstacles = [_draw_obstacle(stream, shape, size) for _ in range(1 + stream.below(max_obstacles))]
    accepted = [cells for covered, cells in obstacles if goal not in covered]
    if not accepted:
        return None
    walls = {cell for cell in np.ndindex(*shape) if cell[0] in (0, num_rows - 1) or cell[1] in (0, num_cols - 1)}
    return walls.union(*accepted) & set(np.ndindex(*shape)), goal


def _draw_obstacle(stream, shape, size):
    """The cells that must not hold the goal, and those that are blocked: an empty disc still has its centre."""
    is_disc = stream.unit() < 0.5
    row, col = stream.below(shape[0]), stream.below(shape[1])
    if is_disc:
        cells = disc(row, col, ceil(stream.unit() * size))
        return cells | {(row, col)}, cells
    cells = rectangle(row, col, max(1, ceil(stream.unit() * size)), max(1, ceil(stream.unit() * size)))
    return cells, cells


def terrain_patches(stream, shape, num_classes, *, side):
    """{cell: classes of its nearest seeds}: one seed falls into each square of `side` cells."""
    seeds = []
    for down, right in product(range(ceil(shape[0] / side)), range(ceil(shape[1] / side))):
        kind = stream.below(num_classes)
        seeds.append((kind, down * side + stream.below(side), right * side + stream.below(side)))
    return {cell: _nearest(seeds, *cell) for cell in np.ndindex(*shape)}


def _nearest(seeds, row, col):
    away = [(seed_row - row) ** 2 + (seed_col - col) ** 2 for _, seed_row, seed_col in seeds]
    return {seed[0] for seed, distance in zip(seeds, away, strict=True) if distance == min(away)}
