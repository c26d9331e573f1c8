"""Views as whole planes: drawn from nothing, padded, cropped, covered."""

from fractions import Fraction
from itertools import product
from math import ceil, floor

import numpy as np
from twins.grid_moves import is_open


def in_sight(grid, here, there):
    """Whether of every point at which the segment is sampled, one of the nearest cells is open."""
    steps = max(abs(there[0] - here[0]), abs(there[1] - here[1]))
    return all(_is_clear(grid, here, there, Fraction(k, steps)) for k in range(1, steps))


def _is_clear(grid, here, there, share):
    point = [a + (b - a) * share for a, b in zip(here, there, strict=True)]
    half = Fraction(1, 2)
    nearest = product(*({ceil(x - half), floor(x + half)} for x in point))
    return any(is_open(grid, cell) for cell in nearest)


def draw_view(state, rules, w, agent, grid):
    """int8 [channel row col] of one world and agent."""
    full = _full_view(state, rules, w, agent)
    if rules.radius < 0:
        return full
    radius = int(rules.radius)
    padding = [(radius, radius), (radius, radius)]
    outside = [1] + [0] * (len(full) - 1)
    padded = np.stack([np.pad(p, padding, constant_values=o) for p, o in zip(full, outside, strict=True)])
    row, col = state.cell[w, agent]
    window = padded[:, row : row + 2 * radius + 1, col : col + 2 * radius + 1]
    if not rules.occlusion:
        return window
    around = range(-radius, radius + 1)
    seen = [[in_sight(grid, (row, col), (row + i, col + j)) for j in around] for i in around]
    return np.concatenate([window * np.array(seen), ~np.array(seen)[None]]).astype(np.int8)


def _full_view(state, rules, w, agent):
    """All channels but `unknown`, of the whole map."""
    blocked, others = state.blocked[w], np.flatnonzero(state.active[w])
    classes = [(state.terrain[w] == k) & (blocked == 0) for k in range(rules.num_classes)]
    planes = [blocked, _marks(blocked, [state.goal[w, agent]]), _marks(blocked, [state.cell[w, agent]]), *classes]
    if state.cell.shape[1] > 1:
        planes.append(_marks(blocked, [state.cell[w, other] for other in others if other != agent]))
    return np.array(planes, np.int8)


def _marks(blocked, cells):
    plane = np.zeros_like(blocked)
    for row, col in cells:
        plane[row, col] = 1
    return plane
