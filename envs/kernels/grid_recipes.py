"""Recipes: how a level's cells are drawn. Each fills `blocked` (and `terrain`) [row col] from a stream.

A recipe may choose the goal itself (`goal` [2], row -1 when it does not), and the start, and returns whether the draw
is accepted; the caller tries again with fresh numbers where it is not.
"""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import next_below, next_unit
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW

RECIPES = ("vin", "uniform", "maze", "rooms", "terrain", "map", "fork")
ROOM_SIDE = 3
PATCH_SIDE = 6


@kernel
def wall_in(blocked):
    """Block the border."""
    blocked[0, :] = 1
    blocked[-1, :] = 1
    blocked[:, 0] = 1
    blocked[:, -1] = 1


@kernel
def vin(stream, rules, blocked, goal):
    """Obstacles of Tamar et al., *Value Iteration Networks* (2016): rectangles and discs, then a border wall.

    The goal is uniform over rows and columns 1..n-1; a goal on the border, or no obstacle accepted, rejects
    the draw. An obstacle that covers the goal is dropped.
    """
    num_rows, num_cols = blocked.shape
    goal[0], goal[1] = 1 + next_below(stream, num_rows - 1), 1 + next_below(stream, num_cols - 1)
    if goal[0] == num_rows - 1 or goal[1] == num_cols - 1:
        return False
    blocked[:] = 0
    accepted = 0
    for _ in range(1 + next_below(stream, rules.max_obstacles)):
        is_disc = next_unit(stream) < 0.5
        row, col = next_below(stream, num_rows), next_below(stream, num_cols)
        size = rules.max_obstacle_size
        if is_disc:
            accepted += _disc(blocked, goal, row, col, int(np.ceil(next_unit(stream) * size)))
        else:
            height = max(1, int(np.ceil(next_unit(stream) * size)))
            width = max(1, int(np.ceil(next_unit(stream) * size)))
            accepted += _rectangle(blocked, goal, row, col, height, width)
    wall_in(blocked)
    return accepted > 0


@kernel
def _rectangle(blocked, goal, row, col, height, width):
    """Block height x width cells down and right of (row, col), unless that covers the goal."""
    bottom, right = min(row + height, blocked.shape[0]), min(col + width, blocked.shape[1])
    if row <= goal[0] < bottom and col <= goal[1] < right:
        return 0
    blocked[row:bottom, col:right] = 1
    return 1


@kernel
def _disc(blocked, goal, row, col, radius):
    """Block the digital disc round (row, col): nothing, a plus, or a square without corners for radius 0, 1, 2."""
    limit = radius * radius + (radius if radius > 1 else 0)
    if (goal[0] - row) ** 2 + (goal[1] - col) ** 2 <= limit:
        return 0
    if radius == 0:
        return 1
    for r in range(max(0, row - radius), min(blocked.shape[0], row + radius + 1)):
        for c in range(max(0, col - radius), min(blocked.shape[1], col + radius + 1)):
            if (r - row) ** 2 + (c - col) ** 2 <= limit:
                blocked[r, c] = 1
    return 1


@kernel
def uniform(stream, rules, blocked):
    """Every cell blocked with probability `density`."""
    for row in range(blocked.shape[0]):
        for col in range(blocked.shape[1]):
            blocked[row, col] = next_unit(stream) < rules.density
    return True


@kernel
def maze(stream, rules, blocked, stack):
    """Depth-first maze with strides of two cells, then inner walls opened with probability `openings`.

    The mazes of Lee et al., *Gated Path Planning Networks* (ICML 2018).
    """
    num_rows, num_cols = blocked.shape
    blocked[:] = 1
    row, col = (
        1 + 2 * next_below(stream, (num_rows - 1) // 2),
        1 + 2 * next_below(stream, (num_cols - 1) // 2),
    )
    blocked[row, col] = 0
    stack[0] = row * num_cols + col
    size = 1
    while size > 0:
        row, col = stack[size - 1] // num_cols, stack[size - 1] % num_cols
        # Reservoir sampling: of the unvisited neighbours, each with equal chance.
        ways, onward = 0, -1
        for side in range(4):
            down, right = 2 * MOVE_ROW[side], 2 * MOVE_COL[side]
            inside = 0 < row + down < num_rows - 1 and 0 < col + right < num_cols - 1
            if inside and blocked[row + down, col + right] == 1:
                ways += 1
                onward = side if next_below(stream, ways) == 0 else onward
        if ways == 0:
            size -= 1
            continue
        for _ in range(2):
            row, col = row + MOVE_ROW[onward], col + MOVE_COL[onward]
            blocked[row, col] = 0
        stack[size] = row * num_cols + col
        size += 1
    for row in range(1, num_rows - 1):
        for col in range(1, num_cols - 1):
            if blocked[row, col] == 1 and (row + col) % 2 == 1 and next_unit(stream) < rules.openings:
                blocked[row, col] = 0
    return True


@kernel
def rooms(stream, rules, blocked, stack):
    """Recursive division: walls on even lines, doors on odd ones, so that no later wall closes a door.

    Every division leaves one door, and a second one with probability `openings`; rooms are at least
    `ROOM_SIDE` cells wide, and halls below three rooms' width stay whole one time in four.
    """
    num_rows, num_cols = blocked.shape
    blocked[:] = 0
    wall_in(blocked)
    stack[0], stack[1], stack[2], stack[3] = 1, 1, num_rows - 2, num_cols - 2
    size = 4
    while size > 0:
        size -= 4
        top, left, bottom, right = stack[size], stack[size + 1], stack[size + 2], stack[size + 3]
        height, width = bottom - top + 1, right - left + 1
        if max(height, width) <= 2 * ROOM_SIDE or (max(height, width) < 3 * ROOM_SIDE and next_unit(stream) < 0.25):
            continue
        across = height > width or (height == width and next_unit(stream) < 0.5)
        near, far = (top, bottom) if across else (left, right)
        wall = near + ROOM_SIDE + next_below(stream, far - near + 1 - 2 * ROOM_SIDE)
        wall += wall % 2
        if wall > far - ROOM_SIDE:
            wall -= 2
        start, end = (left, right) if across else (top, bottom)
        if across:
            blocked[wall, left : right + 1] = 1
        else:
            blocked[top : bottom + 1, wall] = 1
        for _ in range(2 if next_unit(stream) < rules.openings else 1):
            door = (start | 1) + 2 * next_below(stream, (end - (start | 1)) // 2 + 1)
            if across:
                blocked[wall, door] = 0
            else:
                blocked[door, wall] = 0
        for part in range(2):
            low, high = (near, wall - 1) if part == 0 else (wall + 1, far)
            stack[size], stack[size + 1] = (low, left) if across else (top, low)
            stack[size + 2], stack[size + 3] = (high, right) if across else (bottom, high)
            size += 4
    return True


@kernel
def terrain_patches(stream, rules, blocked, terrain, seeds):
    """Patches of `num_classes` kinds of ground (a Voronoi diagram of jittered seeds), and scattered obstacles.

    One seed falls into each square of `PATCH_SIDE` cells, so a cell's nearest is looked for in 5 x 5 squares.
    `seeds` is scratch for the index of the seed cell of each square.
    """
    num_rows, num_cols = blocked.shape
    down, right = (num_rows + PATCH_SIDE - 1) // PATCH_SIDE, (num_cols + PATCH_SIDE - 1) // PATCH_SIDE
    for square in range(down * right):
        kind = next_below(stream, rules.num_classes)
        row, col = next_below(stream, PATCH_SIDE), next_below(stream, PATCH_SIDE)
        seeds[square] = (kind * PATCH_SIDE + row) * PATCH_SIDE + col
    for row in range(num_rows):
        for col in range(num_cols):
            nearest = 2**30
            for r in range(max(0, row // PATCH_SIDE - 2), min(down, row // PATCH_SIDE + 3)):
                for c in range(max(0, col // PATCH_SIDE - 2), min(right, col // PATCH_SIDE + 3)):
                    seed = seeds[r * right + c]
                    d_row = r * PATCH_SIDE + seed // PATCH_SIDE % PATCH_SIDE - row
                    d_col = c * PATCH_SIDE + seed % PATCH_SIDE - col
                    if d_row * d_row + d_col * d_col < nearest:
                        nearest = d_row * d_row + d_col * d_col
                        terrain[row, col] = seed // (PATCH_SIDE * PATCH_SIDE)
            blocked[row, col] = next_unit(stream) < rules.density
    return True


@kernel
def map_crop(stream, maps, blocked):
    """A window of the world's size out of one of `maps` [map row col], both uniform."""
    index = next_below(stream, maps.shape[0])
    row = next_below(stream, maps.shape[1] - blocked.shape[0] + 1)
    col = next_below(stream, maps.shape[2] - blocked.shape[1] + 1)
    copy_window(maps[index], row, col, blocked)
    return True


@kernel
def copy_window(source, row, col, blocked):
    """Copy the window of `blocked`'s size at (row, col) of `source`; a loop, since slices may allocate."""
    for r in range(blocked.shape[0]):
        for c in range(blocked.shape[1]):
            blocked[r, c] = source[row + r, col + c]
