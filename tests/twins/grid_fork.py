"""Walls across a way drawn upright and turned, and sides told by where one has been."""

from itertools import groupby

import numpy as np
from twins.grid_moves import MOVES


def fork(stream, shape, *, max_thickness):
    """(blocked, start, goal), or None where the draw is rejected: drawn going down, then turned."""
    heading = "NSEW"[stream.below(4)]
    length, width = shape if heading in "NS" else shape[::-1]
    halves = range(1 if width > 6 else 0, (width - 5) // 2 + 1)
    half = halves[stream.below(len(halves))]
    thickness = 1 + stream.below(min(max_thickness, length - 4))
    gap, other_gap = stream.below(length - 4), stream.below(length - 4)
    way = 1 + gap + thickness + other_gap + 1
    if way > length - 2:
        return None
    top = 1 + stream.below(length - 2 - way + 1)
    middles = range(1 + half + 1, width - 1 - half - 1)
    middle = middles[stream.below(len(middles))]
    blocked = np.pad(np.zeros((length - 2, width - 2), np.uint8), 1, constant_values=1)
    blocked[top + 1 + gap : top + 1 + gap + thickness, middle - half : middle + half + 1] = 1
    ends = (top, middle), (top + way - 1, middle)
    if heading in "EW":
        blocked, ends = blocked.T, tuple(end[::-1] for end in ends)
    start, goal = ends if heading in "SE" else ends[::-1]
    return blocked, start, goal


def side_of(start, goal, cell):
    """-1 left of the way from start to goal, 1 right of it, 0 on its line: what is east for those who go north."""
    along, aside = (np.subtract(end, start) for end in (goal, cell))
    right = np.array([along[1], -along[0]])
    return int(np.sign(right @ aside))


def region(wall, start, goal, cell):
    """front, behind, left or right, as seen from the start; `wall` holds the cells of the wall on the way."""
    way = np.sign(np.subtract(goal, start))
    depths = {int(way @ np.array(at)) for at in wall}
    depth = int(way @ np.array(cell))
    if depth < min(depths):
        return "front"
    return "behind" if depth > max(depths) else {-1: "left", 1: "right"}[side_of(start, goal, cell)]


def mode(wall, start, goal, path):
    """0 where the path went left when it last came from the front, 1 right, nan where it ends in the front."""
    visited = [name for name, _ in groupby(region(wall, start, goal, cell) for cell in path)]
    since = visited[len(visited) - visited[::-1].index("front") :]
    return {"left": 0.0, "right": 1.0}[since[0]] if since else float("nan")


def coin_move(moves, start, goal, is_right):
    """Of the optimal `moves`: to the coin's side where both sides are good, else to any side, else along."""
    sides = {move: side_of((0, 0), np.subtract(goal, start), MOVES[move]) for move in sorted(moves)}
    for wanted in (1, -1, 0) if is_right else (-1, 1, 0):
        for move, side in sides.items():
            if side == wanted:
                return move
    return -1
