"""Moves read off the compass, and their costs as exact numbers. A cell is a tuple (row, col)."""

from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering
from math import sqrt

import numpy as np

NAMES = ("N", "S", "E", "W", "NE", "NW", "SE", "SW")
MOVES = tuple((("S" in name) - ("N" in name), ("E" in name) - ("W" in name)) for name in NAMES)
CLOCKWISE = {4: ("N", "E", "S", "W"), 8: ("N", "NE", "E", "SE", "S", "SW", "W", "NW")}


@dataclass(frozen=True)
class Grid:
    """A map and the rules of moving on it: what every twin is asked about."""

    blocked: np.ndarray
    rules: np.record
    terrain: np.ndarray | None = None
    terrain_cost: tuple = ()

    def cells(self):
        return [cell for cell in np.ndindex(self.blocked.shape) if is_open(self, cell)]


@total_ordering
@dataclass(frozen=True)
class Cost:
    """straight + diagonal * sqrt(2), exactly."""

    straight: Fraction | int = 0
    diagonal: Fraction | int = 0

    def __add__(self, other):
        return Cost(self.straight + other.straight, self.diagonal + other.diagonal)

    def __lt__(self, other):
        # x < y sqrt(2), with both sides squared but for their signs.
        x, y = self.straight - other.straight, other.diagonal - self.diagonal
        return x * abs(x) < 2 * y * abs(y)

    def __float__(self):
        return float(self.straight + self.diagonal * sqrt(2.0))


def arrive(cell, move):
    return cell[0] + MOVES[move][0], cell[1] + MOVES[move][1]


def is_open(grid, cell):
    inside = all(0 <= index < side for index, side in zip(cell, grid.blocked.shape, strict=True))
    return inside and not grid.blocked[cell]


def can_move(grid, cell, move):
    row, col = arrive(cell, move)
    corners = (cell[0], col), (row, cell[1])
    return is_open(grid, (row, col)) and (grid.rules.corner_cutting == 1 or all(is_open(grid, at) for at in corners))


def move_cost(grid, after, move):
    """Of arriving at `after`."""
    weight = 1 if grid.terrain is None else Fraction(grid.terrain_cost[grid.terrain[after]])
    if 0 in MOVES[move]:
        return Cost(straight=weight)
    if abs(grid.rules.diagonal_cost - sqrt(2.0)) < 1e-9:
        return Cost(diagonal=weight)
    return Cost(straight=weight * Fraction(float(grid.rules.diagonal_cost)))


def ways(grid, cell):
    """{move: cell it leads to} of the moves that are open."""
    return {move: arrive(cell, move) for move in range(grid.rules.num_moves) if can_move(grid, cell, move)}


def slipped(move, side, rules):
    circle = CLOCKWISE[int(rules.num_moves)]
    turned = circle.index(NAMES[move]) + (-1 if side == 0 else 1)
    return NAMES.index(circle[turned % len(circle)])
