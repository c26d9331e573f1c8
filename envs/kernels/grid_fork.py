"""The recipe of a fork: a wall across the way, with as much of it to the left as to the right."""

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import next_below
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW
from envs.kernels.grid_recipes import wall_in

FORK = 6  # in RECIPES
MAX_THICKNESS = 2


@kernel
def fork(stream, blocked, start, goal):
    """An open room, a straight way through it, and a wall across: both ways round the wall cost the same.

    The way has one of four directions. The wall reaches equally far to both sides, with a free cell beside each
    end, so that the shortest ways round one end are mirror images of those round the other, wherever in the room
    they lie. Draws start [2] and goal [2]; distances that together are too long for the room reject the draw.
    """
    blocked[:] = 0
    wall_in(blocked)
    heading = next_below(stream, 4)
    is_upright = MOVE_ROW[heading] != 0
    length, width = blocked.shape[0] - 2, blocked.shape[1] - 2
    if not is_upright:
        length, width = width, length
    most = (width - 3) // 2
    least = min(1, most)
    half = least + next_below(stream, most - least + 1)
    thickness = 1 + next_below(stream, min(MAX_THICKNESS, length - 2))
    gap, other_gap = next_below(stream, length - 2), next_below(stream, length - 2)
    spare = length - 2 - gap - thickness - other_gap
    if spare < 0:
        return False
    near = 1 + next_below(stream, spare + 1)
    far = near + 1 + gap + thickness + other_gap
    middle = 2 + half + next_below(stream, width - 2 * (half + 1))
    for along in range(near + 1 + gap, near + 1 + gap + thickness):
        for across in range(middle - half, middle + half + 1):
            if is_upright:
                blocked[along, across] = 1
            else:
                blocked[across, along] = 1
    is_back = MOVE_ROW[heading] + MOVE_COL[heading] < 0
    first, last = (far, near) if is_back else (near, far)
    start[0], start[1] = (first, middle) if is_upright else (middle, first)
    goal[0], goal[1] = (last, middle) if is_upright else (middle, last)
    return True
