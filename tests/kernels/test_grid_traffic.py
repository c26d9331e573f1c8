"""Actors with goals of their own: the shortest move that is free, else patience, else a step aside."""

import naive
import numpy as np
import pytest
from kernels.play import begun, grid_of, places, random_actions, shared
from kernels.small_worlds import filled, generator_of, scaled
from scipy.stats import chisquare

from envs.gridworld.crowd import GridCrowd
from envs.kernels.counter_random import bits
from envs.kernels.grid_motion import send_on
from envs.kernels.grid_traffic import PATIENCE, choose_move, ensure_route, is_taken

OPEN = {"generator": "uniform", "density": 0.0, "size": 5}


def choose(worlds, w, actor, key=1):
    state, rules, source, routes, scratch = shared(worlds)
    ensure_route(state, rules, source, routes, scratch, w, actor)
    return int(choose_move(state, rules, source, routes, w, actor, np.uint64(key)))


@pytest.mark.parametrize("connectivity", [4, 8])
def test_choices_are_those_of_the_twin(connectivity):
    arguments = {"size": 8, "generator": "uniform", "density": 0.15, "connectivity": connectivity, "num_actors": 9}
    worlds, rng = begun(GridCrowd, 5, max_steps=10**6, **arguments), generator_of(4)
    waits = asides = 0
    for _ in range(scaled(12, 3)):
        worlds.step(random_actions(worlds, rng))
        for w, actor in np.ndindex(5, 9):
            cells = places(worlds.state.cell[w])
            taken = {cell for other, cell in enumerate(cells) if other != actor and worlds.state.active[w, other]}
            goal = places(worlds.state.goal[w])[actor]
            if cells[actor] == goal:
                continue
            best, free = naive.choose_move(grid_of(worlds, w), cells[actor], goal, taken)
            chosen = choose(worlds, w, actor)
            if best is not None:
                assert chosen == best
            elif worlds.state.patience[w, actor] < PATIENCE or not free:
                assert chosen == connectivity
                waits += 1
            else:
                assert chosen in free
                asides += 1
    assert waits > 0
    assert asides > 0 or scaled(0, 1)


@pytest.mark.parametrize("wait", [True, False])
def test_the_oracle_goes_round_others_and_waits_where_it_may(wait):
    arguments = {"size": 7, "generator": "uniform", "density": 0.15, "num_actors": 12, "wait": wait}
    worlds = begun(GridCrowd, scaled(200, 30), num_agents=2, **arguments)
    masks, advice = worlds.optimal_actions(), worlds.oracle_action()
    for w, agent in np.ndindex(advice.shape):
        cells, goal = places(worlds.state.cell[w]), places(worlds.state.goal[w])[agent]
        best, _ = naive.choose_move(grid_of(worlds, w), cells[agent], goal, set(cells) - {cells[agent]})
        instead = worlds.config.connectivity if wait else masks[w, agent].argmax()
        assert advice[w, agent] == (instead if best is None else best)


def test_stepping_aside_goes_to_every_free_cell_equally_often():
    worlds = begun(GridCrowd, 1, num_actors=2, connectivity=4, **OPEN)
    worlds.state.cell[0] = [(2, 3), (2, 2)]
    worlds.state.goal[0] = [(0, 0), (2, 4)]
    worlds.state.patience[0] = PATIENCE
    keys = range(scaled(3000, 300))
    chosen = [choose(worlds, 0, 1, key=int(bits(np.uint64(9), np.uint64(key)))) for key in keys]
    counts = np.bincount(chosen, minlength=4)
    assert counts[naive.NAMES.index("E")] == 0
    assert chisquare(np.delete(counts, naive.NAMES.index("E"))).pvalue > 1e-3


def test_who_left_the_grid_takes_no_cell():
    worlds = begun(GridCrowd, 1, num_actors=3, **OPEN)
    worlds.state.cell[0] = [(0, 0), (1, 1), (2, 2)]
    worlds.state.active[0] = [1, 0, 1]
    taken = {cell for cell in np.ndindex(5, 5) if is_taken(worlds.state, 0, 0, *cell)}
    assert taken == {(2, 2)}


@pytest.mark.parametrize("slip", [0.0, 0.2])
def test_routes_are_distances_or_losses_to_the_actors_own_goal(slip):
    worlds = begun(GridCrowd, 2, size=(5, 7), num_actors=3, slip=slip)
    state, rules, source, routes, scratch = shared(worlds)
    twin = naive.least_losses if slip else naive.shortest_paths
    for w, actor in np.ndindex(2, 3):
        ensure_route(state, rules, source, routes, scratch, w, actor)
        expected = filled((5, 7), twin(grid_of(worlds, w), places(state.goal[w])[actor]))
        np.testing.assert_allclose(routes.field[w, actor].reshape(5, 7), expected, atol=1e-8)


def test_who_arrives_is_sent_to_any_other_cell_in_reach_equally_often():
    num_worlds = scaled(3000, 300)
    arguments = {"size": 5, "generator": "uniform", "density": 0.4, "num_actors": 2}
    worlds = begun(GridCrowd, num_worlds, levels=np.full(num_worlds, 8), **arguments)
    state, rules, source, routes, scratch = shared(worlds)
    here = places(state.goal[0])[1]
    state.cell[:, 1] = here
    for w in range(num_worlds):
        ensure_route(state, rules, source, routes, scratch, w, 1)
        send_on(state, rules, routes, scratch, w)
    goals = places(state.goal[:, 1])
    others = naive.flood(grid_of(worlds), here) - {here}
    assert set(goals) == others
    assert chisquare([goals.count(cell) for cell in others]).pvalue > 1e-3
    assert not routes.is_known[:, 1].any()


def test_who_has_not_arrived_keeps_its_goal():
    worlds = begun(GridCrowd, 5, size=7)
    state, rules, _, routes, scratch = shared(worlds)
    before = state.goal.copy()
    for w in range(5):
        send_on(state, rules, routes, scratch, w)
    np.testing.assert_array_equal(state.goal, before)
