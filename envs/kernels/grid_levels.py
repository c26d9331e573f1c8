"""Levels: from an integer to cells, starts and goals; a pure function of (level, rules, source)."""

from typing import NamedTuple

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import fold, mix, next_below, open_stream
from envs.kernels.grid_fork import FORK, fork
from envs.kernels.grid_paths import flood
from envs.kernels.grid_recipes import copy_window, map_crop, maze, rooms, terrain_patches, uniform, vin

LEVEL_SALT = np.uint64(0xC2055)
MAX_DRAWS = 2000


class GridLevel(NamedTuple):
    """What a level determines of one world."""

    blocked: np.ndarray  # uint8 [row col]
    terrain: np.ndarray  # uint8 [row col]
    start: np.ndarray  # int32 [actor 2]
    goal: np.ndarray  # int32 [actor 2]


@kernel
def draw_level(state, w, level, rules, source, scratch):
    """Write the level's cells, starts and goals into world `w`; False if `MAX_DRAWS` draws gave no solvable one."""
    world = GridLevel(state.blocked[w], state.terrain[w], state.start[w], state.goal[w])
    if source.tasks.shape[0] > 0:
        return _place_task(world, level, rules, source, scratch)
    key = fold(mix(np.uint64(level)), LEVEL_SALT)
    for draw in range(MAX_DRAWS):
        open_stream(scratch.stream, fold(key, draw))
        world.start[0, 0], world.goal[0, 0] = -1, -1
        if _draw_cells(world, rules, source, scratch) and _place_actors(world, rules, scratch):
            return True
    return False


@kernel
def _draw_cells(world, rules, source, scratch):
    stream, blocked = scratch.stream, world.blocked
    if rules.recipe == 0:
        return vin(stream, rules, blocked, world.goal[0])
    if rules.recipe == 1:
        return uniform(stream, rules, blocked)
    if rules.recipe == 2:
        return maze(stream, rules, blocked, scratch.heap)
    if rules.recipe == 3:
        return rooms(stream, rules, blocked, scratch.heap)
    if rules.recipe == 4:
        return terrain_patches(stream, rules, blocked, world.terrain, scratch.heap)
    if rules.recipe == FORK:
        return fork(stream, blocked, world.start[0], world.goal[0])
    return map_crop(stream, source.maps, blocked)


@kernel
def _place_actors(world, rules, scratch):
    """Goals and starts, all different, uniform over the cells that reach the first goal."""
    blocked, stream = world.blocked, scratch.stream
    if world.goal[0, 0] < 0 and not _draw_free_cell(stream, blocked, world.goal[0]):
        return False
    count = flood(blocked, rules, world.goal[0, 0], world.goal[0, 1], scratch, scratch.reached)
    if count < max(rules.min_reachable, 2 * world.goal.shape[0]):
        return False
    if world.start[0, 0] < 0:
        _deal(world.start, 0, 1, count, blocked.shape[1], scratch)
    else:
        _take(world.start[0, 0] * blocked.shape[1] + world.start[0, 1], 1, count, scratch)
    _deal_others(world, 2, count, scratch)
    return True


@kernel
def _draw_free_cell(stream, blocked, cell):
    """A free cell, uniform; False where (all but surely) there is none."""
    for _ in range(64 * blocked.size):
        cell[0], cell[1] = next_below(stream, blocked.shape[0]), next_below(stream, blocked.shape[1])
        if blocked[cell[0], cell[1]] == 0:
            return True
    return False


@kernel
def _deal_others(world, dealt, count, scratch):
    """Starts and goals of the actors after the first, from the cells not dealt yet."""
    for actor in range(1, world.goal.shape[0]):
        _deal(world.start, actor, dealt, count, world.blocked.shape[1], scratch)
        _deal(world.goal, actor, dealt + 1, count, world.blocked.shape[1], scratch)
        dealt += 2


@kernel
def _deal(cells, actor, dealt, count, num_cols, scratch):
    """One step of Fisher and Yates' shuffle: a cell that was not dealt before, out of scratch.heap[:count]."""
    deck = scratch.heap
    pick = dealt + next_below(scratch.stream, count - dealt)
    deck[dealt], deck[pick] = deck[pick], deck[dealt]
    cells[actor, 0], cells[actor, 1] = deck[dealt] // num_cols, deck[dealt] % num_cols


@kernel
def _take(cell, dealt, count, scratch):
    """Deal a certain cell of scratch.heap[:count]."""
    for k in range(dealt, count):
        if scratch.heap[k] == cell:
            scratch.heap[dealt], scratch.heap[k] = scratch.heap[k], scratch.heap[dealt]
            return


@kernel
def _place_task(world, level, rules, source, scratch):
    """The `level`-th task: (map, start row, start col, goal row, goal col); other actors are dealt by the level."""
    task = source.tasks[level]
    num_cols = world.blocked.shape[1]
    copy_window(source.maps[task[0]], 0, 0, world.blocked)
    world.start[0, 0], world.start[0, 1] = task[1], task[2]
    world.goal[0, 0], world.goal[0, 1] = task[3], task[4]
    count = flood(world.blocked, rules, task[3], task[4], scratch, scratch.reached)
    first = task[1] * num_cols + task[2]
    if scratch.reached[first] == 0 or count < 2 * world.goal.shape[0]:
        return False
    if world.goal.shape[0] > 1:
        open_stream(scratch.stream, fold(mix(np.uint64(level)), LEVEL_SALT))
        _take(first, 1, count, scratch)
        _deal_others(world, 2, count, scratch)
    return True
