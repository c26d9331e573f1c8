"""The arrays of a batch of grid worlds, structure of arrays: the world axis leads."""

from typing import NamedTuple

import numpy as np

from envs.kernels.grid_world import REWARD_TERMS


class GridState(NamedTuple):
    """All that is needed to go on. Cells are (row, col), row down; actor 0 is the first agent."""

    seed: np.ndarray  # uint64 [world]
    episode: np.ndarray  # int64 [world], episodes begun since the seed was set, less one
    level: np.ndarray  # int64 [world]
    steps: np.ndarray  # int64 [world]
    side: np.ndarray  # int8 [world], where the fork's wall was passed: -1 left, 1 right, 0 not yet
    blocked: np.ndarray  # uint8 [world row col]
    terrain: np.ndarray  # uint8 [world row col], class of each cell
    start: np.ndarray  # int32 [world actor 2]
    goal: np.ndarray  # int32 [world actor 2]
    cell: np.ndarray  # int32 [world actor 2]
    active: np.ndarray  # uint8 [world actor], still on the grid
    patience: np.ndarray  # int32 [world actor], steps stood still in a row
    path_cost: np.ndarray  # float64 [world actor]
    collisions: np.ndarray  # int64 [world actor]


class GridOutput(NamedTuple):
    """What the last step showed; the faces copy from here."""

    occupancy: np.ndarray  # int8 [world agent channel row col]
    drawn: np.ndarray  # int32 [world agent actor 2], where each actor was drawn
    is_stale: np.ndarray  # uint8 [world agent], the view must be drawn anew
    reward: np.ndarray  # float64 [world agent]
    reward_terms: np.ndarray  # float64 [world agent term]
    terminated: np.ndarray  # uint8 [world agent]
    truncated: np.ndarray  # uint8 [world agent]
    is_over: np.ndarray  # uint8 [world], every agent's episode has ended
    metrics: np.ndarray  # float64 [world agent metric]


class GridRoutes(NamedTuple):
    """Distance fields, derived from the state when first asked for."""

    field: np.ndarray  # float64 [world actor cells]
    towards: np.ndarray  # int8 [world actor cells], first move of one shortest path
    is_known: np.ndarray  # uint8 [world actor]


class GridSource(NamedTuple):
    """What all worlds share: costs of terrain classes, maps, tasks, and the levels of a finite split."""

    terrain_cost: np.ndarray  # float64 [class]
    maps: np.ndarray  # uint8 [map row col]
    tasks: np.ndarray  # int64 [task 5]: map, start row, start col, goal row, goal col
    level_ids: np.ndarray  # int64 [levels], empty for procedural splits


class GridScratch(NamedTuple):
    """Working memory of one thread."""

    heap: np.ndarray  # int64 [cells + 16]
    place: np.ndarray  # int64 [cells]
    order: np.ndarray  # int64 [cells]
    reached: np.ndarray  # uint8 [cells]
    distance: np.ndarray  # float64 [cells]
    towards: np.ndarray  # int8 [cells]
    stream: np.ndarray  # uint64 [2]
    target: np.ndarray  # int32 [actor 2]
    move: np.ndarray  # int64 [actor]
    stays: np.ndarray  # uint8 [actor]


def new_state(num_worlds: int, size: tuple[int, int], num_actors: int) -> GridState:
    """Worlds before their first episode."""
    per_world, per_actor = (num_worlds,), (num_worlds, num_actors)
    return GridState(
        seed=np.zeros(per_world, np.uint64),
        episode=np.full(per_world, -1, np.int64),
        level=np.full(per_world, -1, np.int64),
        steps=np.zeros(per_world, np.int64),
        side=np.zeros(per_world, np.int8),
        blocked=np.zeros((num_worlds, *size), np.uint8),
        terrain=np.zeros((num_worlds, *size), np.uint8),
        start=np.zeros((*per_actor, 2), np.int32),
        goal=np.zeros((*per_actor, 2), np.int32),
        cell=np.zeros((*per_actor, 2), np.int32),
        active=np.zeros(per_actor, np.uint8),
        patience=np.zeros(per_actor, np.int32),
        path_cost=np.zeros(per_actor, np.float64),
        collisions=np.zeros(per_actor, np.int64),
    )


def new_output(
    num_worlds: int, num_agents: int, num_actors: int, view: tuple[int, int, int], *, num_metrics: int
) -> GridOutput:
    """Outputs of worlds that are all over; `view` is (channels, rows, cols)."""
    per_agent = (num_worlds, num_agents)
    return GridOutput(
        occupancy=np.zeros((*per_agent, *view), np.int8),
        drawn=np.zeros((*per_agent, num_actors, 2), np.int32),
        is_stale=np.ones(per_agent, np.uint8),
        reward=np.zeros(per_agent, np.float64),
        reward_terms=np.zeros((*per_agent, len(REWARD_TERMS)), np.float64),
        terminated=np.zeros(per_agent, np.uint8),
        truncated=np.zeros(per_agent, np.uint8),
        is_over=np.ones(num_worlds, np.uint8),
        metrics=np.zeros((*per_agent, num_metrics), np.float64),
    )


def new_routes(num_worlds: int, num_actors: int, num_cells: int) -> GridRoutes:
    """Fields not computed yet; with `num_worlds` 0, room for none."""
    return GridRoutes(
        field=np.full((num_worlds, num_actors, num_cells), np.inf),
        towards=np.full((num_worlds, num_actors, num_cells), -1, np.int8),
        is_known=np.zeros((num_worlds, num_actors), np.uint8),
    )


def new_scratch(num_cells: int, num_actors: int) -> GridScratch:
    """Working memory for worlds of `num_cells` cells."""
    return GridScratch(
        heap=np.zeros(num_cells + 16, np.int64),
        place=np.zeros(num_cells, np.int64),
        order=np.zeros(num_cells, np.int64),
        reached=np.zeros(num_cells, np.uint8),
        distance=np.zeros(num_cells, np.float64),
        towards=np.zeros(num_cells, np.int8),
        stream=np.zeros(2, np.uint64),
        target=np.zeros((num_actors, 2), np.int32),
        move=np.zeros(num_actors, np.int64),
        stays=np.zeros(num_actors, np.uint8),
    )


def check_cells(state: GridState, size: tuple[int, int], num_classes: int) -> None:
    """Raise ``ValueError`` for actors off a grid of `size`, or terrain classes that a world has not.

    Kernels do not look where they read and write.
    """
    for name in ("start", "goal", "cell"):
        cells = np.asarray(getattr(state, name))
        if (is_off := cells.view(np.uint32) >= size).any():  # below 0 wraps round
            stray = cells[is_off.any(axis=-1)][0].tolist()
            raise ValueError(f"State field {name!r}: expected cells of a grid of {size}, got {stray}.")
    if num_classes and (highest := np.max(state.terrain, initial=0)) >= num_classes:
        raise ValueError(f"State field 'terrain': expected classes below {num_classes}, got {highest}.")
