"""Slippery worlds: losses solve the linear system of the greedy policy, which no other policy improves on."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.small_worlds import (
    CONVENTIONS,
    convention_name,
    filled,
    grids,
    ground,
    new_rules,
    optimal_moves,
    scaled,
    shortest_paths,
)

from envs.gridworld.state import new_scratch
from envs.kernels import grid_slippery
from envs.kernels.grid_paths import flood

every_convention = pytest.mark.parametrize("convention", CONVENTIONS, ids=convention_name)
on_collision = pytest.mark.parametrize("on_collision", ["stay", "terminate"])
few = settings(max_examples=scaled(15, 2))


def least_losses(grid, goal):
    """The kernel's losses [row col]."""
    scratch, loss = new_scratch(grid.blocked.size, 1), np.full(grid.blocked.size, np.inf)
    count = flood(grid.blocked, grid.rules, *goal, scratch, scratch.reached)
    grid_slippery.least_losses(*ground(grid), scratch.heap, count, loss)
    return loss.reshape(grid.blocked.shape)


def greedy_policy(grid, goal, losses):
    policy = {}
    for cell in losses:
        if cell not in (goal, None):
            choices = [naive.expected_loss(grid, cell, move, losses) for move in range(grid.rules.num_moves)]
            policy[cell] = int(np.argmin(choices))
    return policy


def as_dictionary(losses):
    found = {cell: float(losses[cell]) for cell in np.ndindex(losses.shape) if np.isfinite(losses[cell])}
    return {**found, None: 0.0}


@every_convention
@on_collision
@given(data=st.data())
@few
def test_losses_solve_the_linear_system_of_their_greedy_policy(convention, on_collision, data):
    slip = data.draw(st.sampled_from([0.05, 0.2, 0.5]))
    grid, goal = data.draw(grids(convention, longest=4, slip=slip, on_collision=on_collision))
    losses = least_losses(grid, goal)
    policy = greedy_policy(grid, goal, as_dictionary(losses))
    exact = filled(grid.blocked.shape, naive.policy_losses(grid, goal, policy))
    np.testing.assert_allclose(losses, exact, atol=1e-8)


@every_convention
@on_collision
@given(data=st.data())
@few
def test_no_policy_is_better(convention, on_collision, data):
    slip = data.draw(st.sampled_from([0.05, 0.2, 0.5]))
    grid, goal = data.draw(grids(convention, longest=4, slip=slip, on_collision=on_collision))
    losses = least_losses(grid, goal)
    np.testing.assert_allclose(losses, filled(grid.blocked.shape, naive.least_losses(grid, goal)), atol=1e-8)
    known = as_dictionary(losses)
    for cell in known.keys() - {goal, None}:
        choices = [naive.expected_loss(grid, cell, move, known) for move in range(grid.rules.num_moves)]
        assert min(choices) == pytest.approx(known[cell], abs=1e-9)
        best = optimal_moves(grid, cell, losses)
        assert best == {move for move, loss in enumerate(choices) if loss < known[cell] + 1e-6}


@every_convention
@given(data=st.data())
@few
def test_without_slipping_losses_are_distances_times_the_weight_of_the_path(convention, data):
    slip = data.draw(st.sampled_from([0.0, 1e-12]))
    grid, goal = data.draw(grids(convention, longest=5, slip=slip))
    distance, _ = shortest_paths(grid, goal)
    np.testing.assert_allclose(least_losses(grid, goal), grid.rules.path_weight * distance, atol=1e-9)


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("slip", [0.1, 0.3])
def test_two_cells_have_a_closed_form(connectivity, slip):
    # Going east slips into a wall, so J = (1 - p) w + p (w + c + J): J = (w + p c) / (1 - p).
    step, hit, goal = 0.02, 0.3, 2.0
    weights = {"path_weight": step, "collision_weight": hit, "goal_reward": goal}
    rules = new_rules(connectivity=connectivity, slip=slip, **weights)
    losses = least_losses(naive.Grid(np.zeros((1, 2), np.uint8), rules), (0, 1))
    np.testing.assert_allclose(losses, [[(step + slip * hit) / (1 - slip), 0.0]], atol=1e-9)


@pytest.mark.parametrize("connectivity", [4, 8])
def test_two_cells_where_a_collision_ends_the_episode_have_a_closed_form(connectivity):
    # Slipping now forfeits the goal: J = w + p (c + g).
    weights = {"path_weight": 0.02, "collision_weight": 0.3, "goal_reward": 1.0}
    rules = new_rules(connectivity=connectivity, slip=0.2, on_collision="terminate", **weights)
    losses = least_losses(naive.Grid(np.zeros((1, 2), np.uint8), rules), (0, 1))
    np.testing.assert_allclose(losses, [[0.02 + 0.2 * (0.3 + 1.0), 0.0]], atol=1e-12)


def test_the_best_policy_keeps_away_from_what_it_may_slip_into():
    # The straight way east runs along a wall, where half of all slips are crashes; one row down none is.
    blocked = np.zeros((5, 9), np.uint8)
    blocked[0] = 1
    safe = naive.Grid(blocked, new_rules(connectivity=4, slip=0.2, on_collision="terminate"))
    east, south = naive.NAMES.index("E"), naive.NAMES.index("S")
    assert optimal_moves(safe, (1, 1), least_losses(safe, (1, 8))) == {south}
    bold = naive.Grid(blocked, new_rules(connectivity=4))
    assert optimal_moves(bold, (1, 1), shortest_paths(bold, (1, 8))[0]) == {east}
