"""A fork has two ways of one cost, a coin chooses between them, and the mode says which it was."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.play import begun, grid_of, places, random_actions
from kernels.small_worlds import generator_of, scaled
from twins import grid_fork as twin

from envs.gridworld.fork import GridFork
from envs.kernels import grid_fork
from envs.kernels.counter_random import open_stream

CONVENTIONS = {
    "four moves": {"size": 9},
    "eight moves": {"size": 9, "connectivity": 8},
    "cut corners": {"size": 8, "connectivity": 8, "corner_cutting": "allow"},
    "small": {"size": 5},
    "oblong": {"size": (7, 12)},
}
every_convention = pytest.mark.parametrize("convention", CONVENTIONS)
MIRRORED = np.array([0, 1, 3, 2, 4])
"""Moves N, S, E, W and waiting, with east and west swapped."""


def forks(convention, num_levels, **arguments):
    return begun(GridFork, num_levels, levels=range(num_levels), **CONVENTIONS[convention] | arguments)


def fork_of(worlds, w=0):
    """(wall, start, goal) of a world; the wall is what is blocked inside the room."""
    inside = worlds.state.blocked[w].copy()
    inside[[0, -1]] = inside[:, [0, -1]] = 0
    start, goal = places(worlds.state.start[w])[0], places(worlds.state.goal[w])[0]
    return {tuple(cell) for cell in np.argwhere(inside).tolist()}, start, goal


def mirror(start, goal, cell):
    """The cell as far on the other side of the way."""
    return (2 * start[0] - cell[0], cell[1]) if start[0] == goal[0] else (cell[0], 2 * start[1] - cell[1])


@given(st.integers(0, 2**64 - 1), st.integers(5, 14), st.integers(5, 14))
def test_the_recipe_draws_what_its_twin_draws(key, rows, cols):
    stream, blocked, ends = np.zeros(2, np.uint64), np.full((rows, cols), 9, np.uint8), np.zeros((2, 2), np.int32)
    open_stream(stream, np.uint64(key))
    accepted = grid_fork.fork(stream, blocked, *ends)
    expected = twin.fork(naive.Stream(key), (rows, cols), max_thickness=grid_fork.MAX_THICKNESS)
    assert accepted == (expected is not None)
    if expected is not None:
        np.testing.assert_array_equal(blocked, expected[0])
        assert places(ends) == [*expected[1:]]


@every_convention
def test_both_ways_round_cost_exactly_the_same_and_there_is_no_third(convention):
    worlds = forks(convention, scaled(15, 2))
    for w in range(worlds.num_worlds):
        grid, (wall, start, goal) = grid_of(worlds, w), fork_of(worlds, w)
        assert wall == {mirror(start, goal, cell) for cell in wall}
        best, ways = naive.shortest_paths(grid, goal), {}
        for closed in ("left", "right"):
            blocked = worlds.state.blocked[w].copy()
            for cell in grid.cells():
                blocked[cell] = twin.region(wall, start, goal, cell) == closed
            ways[closed] = naive.relaxed_paths(naive.Grid(blocked, grid.rules), goal)[start]
        assert ways == {"left": best[start], "right": best[start]}
        words = {("front", side, "behind") for side in ("left", "right")}
        assert words_of_optimal_paths(grid, wall, start, goal, best) == words


@pytest.mark.parametrize("size", [6, 15, (8, 24)])
def test_either_way_is_as_long_as_the_straight_one_and_round_the_wall(size):
    num_levels = scaled(60, 3)
    costs = {}
    for closed in (None, "left", "right"):
        worlds = forks("four moves", num_levels, size=size)
        found = [fork_of(worlds, w) for w in range(num_levels)]
        for w, (wall, start, goal) in enumerate(found if closed else ()):
            for cell in np.argwhere(worlds.state.blocked[w] == 0).tolist():
                worlds.state.blocked[w][tuple(cell)] = twin.region(wall, start, goal, cell) == closed
        costs[closed] = [worlds.optimal_cost(w) for w in range(num_levels)]
    assert costs[None] == costs["left"] == costs["right"]
    straight = [int(np.abs(np.subtract(goal, start)).sum()) for _, start, goal in found]
    assert costs[None] == [length + width_of(*at) + 1 for length, at in zip(straight, found, strict=True)]


def width_of(wall, start, goal):
    """Cells of the wall across the way."""
    across = 0 if start[0] == goal[0] else 1
    return int(np.ptp([cell[across] for cell in wall])) + 1


def words_of_optimal_paths(grid, wall, start, goal, field):
    """The regions in turn, of every optimal path."""
    ends, fringe = set(), {(start, ("front",))}
    while fringe:
        cell, word = fringe.pop()
        if cell == goal:
            ends.add(word)
        for move in naive.optimal_moves(grid, cell, field) if cell != goal else ():
            after = naive.arrive(cell, move)
            name = twin.region(wall, start, goal, after)
            fringe.add((after, word if name == word[-1] else (*word, name)))
    return ends


@every_convention
def test_the_coin_decides_only_where_both_sides_are_good(convention):
    worlds = forks(convention, scaled(15, 3))
    again = forks(convention, worlds.num_worlds, seed=5000)
    for w in range(worlds.num_worlds):
        grid, (wall, start, goal) = grid_of(worlds, w), fork_of(worlds, w)
        field = naive.shortest_paths(grid, goal)
        best = {cell: naive.optimal_moves(grid, cell, field) for cell in field if cell != goal}
        tied = {cell for cell in best if two_sided(best[cell], start, goal)}
        in_front = {cell for cell in best if twin.region(wall, start, goal, cell) == "front"}
        assert tied == {cell for cell in in_front if twin.side_of(start, goal, cell) == 0}
        both = []
        for one in (worlds, again):
            is_right = twin.side_of(start, goal, one.shortest_path(w)[1]) == 1
            towards = one._routes.towards[w, 0].reshape(grid.blocked.shape)
            advised = {cell: int(towards[cell]) for cell in best}
            assert advised == {cell: twin.coin_move(best[cell], start, goal, is_right) for cell in best}
            both.append({cell: move for cell, move in advised.items() if cell not in tied})
        assert both[0] == both[1]


def two_sided(moves, start, goal):
    return {-1, 1} <= {twin.side_of((0, 0), np.subtract(goal, start), naive.MOVES[move]) for move in moves}


def test_the_oracle_keeps_to_one_side_wherever_on_the_way_it_is_put():
    worlds = forks("four moves", scaled(60, 10))
    first = worlds.oracle_action()
    for step in range(1, 12):
        for w in range(worlds.num_worlds):
            wall, start, goal = fork_of(worlds, w)
            cell = np.add(start, np.sign(np.subtract(goal, start)) * step)
            if tuple(cell) not in wall and twin.region(wall, start, goal, cell) == "front":
                worlds.state.cell[w, 0] = cell
        worlds.state.steps[:] = step
        np.testing.assert_array_equal(worlds.oracle_action(), first)


def modes(worlds):
    """Modes of episodes that the oracle plays."""
    while not worlds.output.is_over.all():
        worlds.step(worlds.oracle_action())
    metrics = dict(zip(worlds.metric_names, worlds.output.metrics[:, 0].T, strict=True))
    assert (metrics["success"] == 1).all()
    assert (metrics["collisions"] == 0).all()
    assert (metrics["path_cost"] == [worlds.optimal_cost(w) for w in range(worlds.num_worlds)]).all()
    return metrics["mode"].copy()


def assert_fair(is_right):
    count = len(is_right)
    assert abs(np.sum(is_right) - count / 2) < 4.5 * np.sqrt(count / 4)


def test_the_coin_is_fair_over_levels_over_seeds_on_one_level_and_from_episode_to_episode():
    count = scaled(2000, 60)
    assert_fair(modes(begun(GridFork, count)))
    fixed = begun(GridFork, count, levels=np.full(count, 3))
    first = modes(fixed)
    assert_fair(first)
    fixed.begin(np.ones(count, np.bool_), np.full(count, 3))
    second = modes(fixed)
    assert_fair(second)
    assert_fair(first == second)


def test_levels_head_four_ways_and_walls_have_every_width():
    worlds = forks("four moves", scaled(2000, 100), size=13)
    found = [fork_of(worlds, w) for w in range(worlds.num_worlds)]
    headings = [tuple(np.sign(np.subtract(goal, start)).tolist()) for _, start, goal in found]
    shares = np.unique(headings, axis=0, return_counts=True)[1] / len(found)
    assert shares == pytest.approx([0.25] * 4, abs=scaled(0.05, 0.2))
    assert {width_of(*at) for at in found} == {3, 5, 7, 9}


@pytest.mark.parametrize("share_of_chance", [0.0, 0.4, 0.8])
def test_the_mode_is_the_side_where_the_path_came_from_the_front_last(share_of_chance):
    worlds, rng = forks("four moves", scaled(200, 20), size=7, max_steps=60), generator_of(1)
    paths = [[tuple(cell)] for cell in worlds.state.cell[:, 0].tolist()]
    while not worlds.output.is_over.all():
        actions, going = worlds.oracle_action(), worlds.output.is_over == 0
        by_chance = rng.random(actions.shape) < share_of_chance
        actions[by_chance] = random_actions(worlds, rng)[by_chance]
        worlds.step(actions)
        for w in np.flatnonzero(going):
            paths[w].append(tuple(worlds.state.cell[w, 0].tolist()))
    found = worlds.output.metrics[:, 0, worlds.metric_names.index("mode")].tolist()
    assert found == pytest.approx([twin.mode(*fork_of(worlds, w), path) for w, path in enumerate(paths)], nan_ok=True)
    assert {0.0, 1.0} <= set(found)


def test_the_same_moves_in_a_mirror_give_the_other_mode():
    worlds = forks("four moves", scaled(150, 20), size=8, max_steps=40)
    mirrored = forks("four moves", worlds.num_worlds, size=8, max_steps=40)
    state = mirrored.get_state()
    state.blocked[:] = state.blocked[:, :, ::-1]
    for cells in (state.start, state.goal, state.cell):
        cells[..., 1] = state.blocked.shape[2] - 1 - cells[..., 1]
    mirrored.set_state(state)
    rng = generator_of(7)
    while not worlds.output.is_over.all():
        actions = np.where(
            rng.random((worlds.num_worlds, 1)) < 0.6, worlds.oracle_action(), random_actions(worlds, rng)
        )
        worlds.step(actions)
        mirrored.step(MIRRORED[actions])
    one, other = (batch.output.metrics[:, 0] for batch in (worlds, mirrored))
    np.testing.assert_array_equal(one[:, :-1], other[:, :-1])
    np.testing.assert_array_equal(one[:, -1], 1.0 - other[:, -1])
    assert {0.0, 1.0} <= set(one[:, -1])


def test_who_never_passes_the_wall_has_no_mode():
    worlds = forks("four moves", 5, max_steps=6)
    waiting = np.full((5, 1), worlds.config.num_actions - 1)
    for _ in range(6):
        worlds.step(waiting)
    assert worlds.output.truncated.all()
    assert np.isnan(worlds.output.metrics[:, 0, -1]).all()


def test_among_others_the_coin_still_chooses_and_only_the_first_agent_has_a_mode():
    worlds = begun(GridFork, scaled(300, 20), num_agents=2, num_actors=2)
    while not worlds.output.is_over.all():
        worlds.step(worlds.oracle_action())
    first, second = worlds.output.metrics[:, :, -1].T
    passed = first[~np.isnan(first)]
    assert len(passed) > 0.9 * len(first)
    assert_fair(passed)
    assert np.isnan(second).all()
