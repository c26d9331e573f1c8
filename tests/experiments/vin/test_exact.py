"""Exact planning on many maps at once: distances, the expert's moves and all best moves are brute force's."""

from math import sqrt

import numpy as np
import pytest
import vin_by_hand as by_hand

from envs.gridworld.nav import GridNav
from experiments.vin.exact import MOORE, VIN, Convention, allowed_moves, solve
from experiments.vin.tasks import FIRST, generated

CONVENTIONS = [VIN, MOORE, Convention(sqrt(2.0), "forbid")]


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_distances_and_best_moves_are_those_of_brute_force(convention):
    blocked, goal = by_hand.random_maps(1)
    solved = solve(blocked, goal, convention)
    for m in range(len(goal)):
        best = by_hand.distances(blocked[m], goal[m], convention)
        for cell in np.ndindex(blocked[m].shape):
            number = cell[0] * blocked.shape[2] + cell[1]
            assert solved.distance[m, number] == pytest.approx(best.get(cell, np.inf))
            is_way = cell in best and cell != tuple(goal[m])
            expected = by_hand.best_moves(blocked[m], cell, best, convention) if is_way else set()
            assert set(np.flatnonzero(solved.optimal[m, :, number])) == expected
            assert (solved.towards[m, number] in expected) if is_way else solved.towards[m, number] == -1


@pytest.mark.parametrize("cutting", ["allow", "forbid"])
def test_allowed_moves_are_those_of_the_corner_rule(cutting):
    blocked, _ = by_hand.random_maps(2, count=4)
    allowed = allowed_moves(blocked, Convention(1.0, cutting))
    for m, action, number in np.ndindex(allowed.shape):
        cell = divmod(number, blocked.shape[2])
        assert allowed[m, action, number] == by_hand.may_move(blocked[m], cell, action, cutting)


def test_generated_tasks_are_the_test_levels_of_grid_nav():
    tasks = generated(16, 12)
    worlds = GridNav(num_worlds=12, split="test", tie_break="vin")
    worlds.begin(np.ones(12, bool), 2 * 10**9 + FIRST + np.arange(12))
    maps, cells = np.arange(12), tasks.start
    assert np.array_equal(tasks.solved.blocked, worlds.state.blocked == 1)
    assert np.array_equal(tasks.solved.towards[maps, cells], worlds.oracle_action()[:, 0])
    assert np.array_equal(tasks.solved.optimal[maps, :, cells], worlds.optimal_actions()[:, 0])
    for m in range(12):
        assert tasks.solved.distance[m, cells[m]] == worlds.optimal_cost(m)
        assert tasks.nodes[m] == len(worlds.shortest_path(m))
