"""Soft values and visits: the Bellman equations, the sum over all paths, and what temperatures near zero leave."""

import naive
import numpy as np
import pytest
import torch
from maps_for_tests import CLASSES, CONVENTIONS, connected, grid_of, matrix, random_ground, tensors

from agents.inverse_rl.moves import Moves
from agents.inverse_rl.shortest import routes
from agents.inverse_rl.soft_values import expected_moves, least_cost, soft_policy, soft_values

COST = np.array([2.1, 3.0, 4.5])
every_convention = pytest.mark.parametrize("moves", CONVENTIONS, ids=str)


@every_convention
def test_open_moves_are_those_of_the_kernels_rules(moves):
    ground = random_ground(0)
    is_open = moves.open(torch.from_numpy(ground.blocked)).numpy()
    for k in range(len(ground)):
        grid = grid_of(ground, k, COST, moves)
        for cell in np.ndindex(ground.blocked[k].shape):
            ways = naive.ways(grid, cell) if not ground.blocked[k][cell] else {}
            assert set(np.flatnonzero(is_open[k, :, cell[0], cell[1]])) == set(ways), (k, cell)


def test_what_arrives_is_the_adjoint_of_what_is_reached():
    rng, moves = np.random.default_rng(0), Moves()
    values, flow = torch.from_numpy(rng.random((2, 5, 6))), torch.from_numpy(rng.random((2, 8, 5, 6)))
    there = (moves.reached(values, 0.0) * flow).sum()
    assert float(there) == pytest.approx(float((values * moves.arriving(flow)).sum()), rel=1e-12)


@every_convention
def test_the_soft_bellman_equations_hold_in_every_cell(moves):
    ground = random_ground(1)
    costs, goal = tensors(ground, COST, moves)
    values = soft_values(costs, goal, moves)
    right = torch.logsumexp(moves.reached(values, -torch.inf) - costs, dim=1)
    right.flatten(1)[torch.arange(len(goal)), goal] = 0.0
    same = (values == right) | ((values - right).abs() < 1e-9)
    assert same.all()


@every_convention
def test_values_are_the_logarithm_of_the_sum_over_all_paths(moves):
    """Z = (1 - A)^-1 b, with A the weights of moves that do not yet arrive and b of those that do."""
    ground = random_ground(2)
    costs, goal = tensors(ground, COST, moves)
    values = soft_values(costs, goal, moves).flatten(1)
    for k in range(len(ground)):
        weights = matrix(costs[k], moves, int(goal[k]))
        arriving = np.eye(len(weights))[int(goal[k])]
        found = np.linalg.solve(np.eye(len(weights)) - weights, arriving)
        np.testing.assert_allclose(np.exp(values[k].numpy()), found, rtol=1e-8, atol=1e-30)


@every_convention
def test_visits_are_those_of_the_markov_chain_and_their_sum_is_the_expected_length(moves):
    ground = connected(random_ground(3, batch=8), moves)
    costs, goal = tensors(ground, COST, moves)
    policy = soft_policy(costs, soft_values(costs, goal, moves), moves)
    start = torch.from_numpy(ground.agent)
    made = expected_moves(policy, start, goal, moves)
    visits = made.sum(dim=1).flatten(1).numpy()
    for k in range(len(ground)):
        chain = matrix(-torch.log(policy[k]), moves, int(goal[k]))
        begin = np.eye(len(chain))[int(start[k])]
        expected = np.linalg.solve(np.eye(len(chain)) - chain.T, begin)
        expected[int(goal[k])] = 0.0
        np.testing.assert_allclose(visits[k], expected, atol=1e-7)
        # the expected number of steps to absorption, by its own recursion
        steps = np.linalg.solve(np.eye(len(chain)) - chain, np.arange(len(chain)) != int(goal[k]))
        assert visits[k].sum() == pytest.approx(steps[int(start[k])], abs=1e-7)


def test_what_leaves_the_start_arrives_at_the_goal():
    moves = Moves()
    ground = connected(random_ground(4, batch=8), moves)
    costs, goal = tensors(ground, COST, moves)
    policy = soft_policy(costs, soft_values(costs, goal, moves), moves)
    made = expected_moves(policy, torch.from_numpy(ground.agent), goal, moves)
    net = (made.sum(dim=1) - moves.arriving(made)).flatten(1).numpy()
    rows = np.arange(len(ground))
    expected = np.zeros_like(net)
    expected[rows, ground.agent] += 1.0
    expected[rows, ground.goal] -= 1.0
    np.testing.assert_allclose(net, expected, atol=1e-8)


@every_convention
def test_near_temperature_zero_they_are_shortest_paths(moves):
    ground = connected(random_ground(5, batch=8), moves)
    costs, goal = tensors(ground, COST, moves)
    values = soft_values(costs, goal, moves, temperature=1e-3).numpy()
    exact = routes(ground, COST, moves).distance
    np.testing.assert_allclose(-values, np.where(ground.blocked, np.inf, exact), atol=0.02)
    policy = soft_policy(costs, torch.from_numpy(values), moves, temperature=1e-3)
    likeliest = policy.argmax(dim=1).numpy()
    for k in range(len(ground)):
        grid = grid_of(ground, k, COST, moves)
        row, col = divmod(int(ground.agent[k]), ground.blocked.shape[2])
        assert int(likeliest[k, row, col]) in naive.optimal_moves(grid, (row, col), naive_field(grid, ground.goal[k]))


def naive_field(grid, goal):
    return naive.shortest_paths(grid, divmod(int(goal), grid.blocked.shape[1]))


def test_cells_out_of_reach_are_worth_nothing_and_are_never_nan():
    blocked = np.zeros((1, 3, 5), bool)
    blocked[0, :, 2] = True
    ground = type(random_ground(0))(blocked, np.zeros((1, 3, 5), np.uint8), np.array([0]), np.array([4]))
    costs, goal = tensors(ground, COST, Moves())
    values = soft_values(costs, goal, Moves())
    assert (values[0, :, 3:] == -torch.inf).all()
    assert (values[0, :, :2] <= 0).all()
    assert (soft_policy(costs, values, Moves())[0, :, :, 2:] == 0).all()


def test_other_values_to_begin_with_lead_to_the_same():
    ground, moves = random_ground(6), Moves()
    costs, goal = tensors(ground, COST, moves)
    begin = soft_values(tensors(ground, 2 * COST, moves)[0], goal, moves)
    np.testing.assert_allclose(
        soft_values(costs, goal, moves, initial=begin), soft_values(costs, goal, moves), atol=1e-8
    )


@every_convention
def test_just_above_the_least_cost_values_exist_on_an_empty_map_and_below_they_are_refused(moves):
    ground = random_ground(7, density=0.0)
    least = least_cost(moves)
    assert float(torch.exp(-moves.lengths * least).sum()) == pytest.approx(1.0)
    costs, goal = tensors(ground, np.full(CLASSES, 1.02 * least), moves)
    assert torch.isfinite(soft_values(costs, goal, moves, tolerance=1e-6)).all()
    costs, goal = tensors(ground, np.full(CLASSES, 0.98 * least), moves)
    with pytest.raises(ValueError, match=r"weigh 1\.\d+ together: .* Expected costs above"):
        soft_values(costs, goal, moves)
