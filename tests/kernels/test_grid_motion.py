"""Motion in a world: maps are obeyed, slips fall as often as they should, and a crowd keeps moving."""

from itertools import combinations

import naive
import numpy as np
import pytest
from kernels.play import begun, grid_of, places, random_actions
from kernels.small_worlds import generator_of, scaled
from scipy.stats import chisquare

from envs.core.worlds import NEXT_STEP
from envs.gridworld.crowd import GridCrowd
from envs.gridworld.nav import GridNav

NUM_WORLDS = scaled(6, 2)
OPEN = {"generator": "uniform", "density": 0.0}


def moves_of_a_crowd(num_steps, **arguments):
    """(grid, cells before, cells after, who is active, actions) of every step of every world without an end."""
    worlds, rng = begun(GridCrowd, NUM_WORLDS, num_actors=9, max_steps=10**6, **arguments), generator_of(2)
    for _ in range(num_steps):
        before, active = worlds.state.cell.copy(), worlds.state.active.copy()
        actions = random_actions(worlds, rng)
        worlds.step(actions)
        for w in range(NUM_WORLDS):
            yield grid_of(worlds, w), places(before[w]), places(worlds.state.cell[w]), active[w], actions[w]


CROWDS = [
    {"size": 8, "generator": "uniform", "density": 0.1, "connectivity": 8, "corner_cutting": "allow", "num_agents": 9},
    {"size": 8, "generator": "uniform", "density": 0.1, "connectivity": 8, "corner_cutting": "forbid", "num_agents": 4},
    {"size": scaled(9, 7), "slip": scaled(0.4, 0.1), "num_agents": 2},
    {"size": 9},
]


@pytest.mark.parametrize("arguments", CROWDS)
def test_a_crowd_obeys_the_map_and_nobody_is_run_over(arguments):
    for grid, before, after, active, _ in moves_of_a_crowd(scaled(80, 5), **arguments):
        for actor in range(len(before)):
            moved = before[actor] != after[actor]
            assert not moved or (active[actor] and after[actor] in naive.ways(grid, before[actor]).values())
        for a, b in combinations(np.flatnonzero(active), 2):
            assert after[a] != after[b]
            if before[a] != after[a] and before[b] != after[b]:
                assert naive.midpoint(before[a], after[a]) != naive.midpoint(before[b], after[b])


@pytest.mark.parametrize("arguments", CROWDS[:2])
def test_an_agent_that_does_not_slip_goes_where_it_wants_or_nowhere(arguments):
    for grid, before, after, active, actions in moves_of_a_crowd(scaled(80, 5), **arguments):
        for agent, action in enumerate(actions):
            if active[agent] and before[agent] != after[agent]:
                assert after[agent] == naive.arrive(before[agent], action)
        assert grid.rules.slip == 0.0


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("move", [0, 2, 3])
def test_moves_slip_to_either_side_as_often_as_they_should(connectivity, move):
    num_worlds, slip = scaled(6000, 300), 0.3
    levels = np.full(num_worlds, 3)
    worlds = begun(GridNav, num_worlds, levels=levels, size=7, slip=slip, connectivity=connectivity, **OPEN)
    worlds.state.cell[:, 0] = centre = (3, 3)
    worlds.state.goal[:, 0] = (0, 0)
    worlds.step(np.full((num_worlds, 1), move))
    expected = {naive.arrive(centre, move): 1 - slip}
    for side in (0, 1):
        expected[naive.arrive(centre, naive.slipped(move, side, worlds._rules))] = slip / 2
    found = places(worlds.state.cell[:, 0])
    assert set(found) == set(expected)
    counts = [found.count(cell) for cell in expected]
    assert chisquare(counts, num_worlds * np.array(list(expected.values()))).pvalue > 1e-3


def test_slips_differ_from_step_to_step_and_from_actor_to_actor():
    worlds = begun(GridNav, 1, size=60, slip=0.5, max_steps=10**6, **OPEN)
    worlds.state.cell[0, 0] = (55, 30)
    worlds.state.goal[0, 0] = (0, 0)
    columns = []
    for _ in range(40):
        worlds.step(np.array([[0]]))
        columns.append(int(worlds.state.cell[0, 0, 1]))
    assert set(np.diff([30, *columns]).tolist()) == {-1, 0, 1}
    crowd = begun(GridCrowd, scaled(400, 200), size=9, slip=0.5, num_agents=2, num_actors=2, **OPEN)
    crowd.state.cell[:] = [(4, 1), (4, 6)]
    crowd.state.goal[:] = (0, 0)
    crowd.step(np.zeros((crowd.num_worlds, 2), np.int64))
    away = crowd.state.cell - [(4, 1), (4, 6)]
    straight = (away[:, :, 1] == 0).mean(axis=0)
    both = (away[:, :, 1] == 0).all(axis=1).mean()
    assert both == pytest.approx(straight.prod(), abs=2.5 / np.sqrt(crowd.num_worlds))


def test_waiting_stays_and_costs_a_step_but_is_no_collision():
    worlds = begun(GridNav, 3, size=8, wait=True, slip=0.9)
    before = worlds.state.cell.copy()
    worlds.step(np.full((3, 1), 8))
    np.testing.assert_array_equal(worlds.state.cell, before)
    assert worlds.state.path_cost.tolist() == [[1.0]] * 3
    assert worlds.state.collisions.tolist() == [[0]] * 3
    assert worlds.state.patience.tolist() == [[1]] * 3


def test_patience_counts_the_steps_stood_still_in_a_row():
    worlds = begun(GridNav, 1, wait=True, max_steps=99, size=6, **OPEN)
    worlds.state.cell[0, 0], worlds.state.goal[0, 0] = (2, 2), (5, 5)
    seen = []
    for action in [8, 8, 0, 8, 2, 1, 8]:
        worlds.step(np.array([[action]]))
        seen.append(int(worlds.state.patience[0, 0]))
    assert seen == [1, 2, 0, 1, 0, 0, 1]


def test_a_crowd_keeps_moving():
    worlds = begun(GridCrowd, scaled(60, 4), max_steps=10**6)
    arrivals = np.zeros((worlds.num_worlds, 6), int)
    wait = np.full((worlds.num_worlds, 1), worlds.config.connectivity)
    for _ in range(scaled(400, 150)):
        before = worlds.state.goal.copy()
        worlds.step(wait, NEXT_STEP)
        arrivals += (worlds.state.goal != before).any(axis=2)
    assert (arrivals[:, 0] == 0).all()
    assert (arrivals[:, 1:].sum(axis=1) > 0).all()
