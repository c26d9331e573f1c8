"""Both losses: gradients against differences, minima against brute force, and costs that are found again."""

from itertools import pairwise

import naive
import numpy as np
import pytest
import torch
from maps_for_tests import CLASSES, CONVENTIONS, connected, grid_of, random_ground, shown, tensors

from agents.inverse_rl.demonstrations import Demonstrations, path_lengths
from agents.inverse_rl.max_margin_planning import MaximumMargin
from agents.inverse_rl.maxent import MaximumEntropy
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.soft_values import soft_policy, soft_values

COST = np.array([2.2, 3.0, 4.5])
every_convention = pytest.mark.parametrize("moves", CONVENTIONS, ids=str)


def demonstrations(seed, moves, cost=(1.0, 3.0, 2.0), **sizes):
    return shown(connected(random_ground(seed, **sizes), moves), cost, moves)


def differences(objective, cost, step=1e-5):
    bumps = step * np.eye(len(cost))
    return np.array([(objective(cost + bump)[0] - objective(cost - bump)[0]) / (2 * step) for bump in bumps])


@every_convention
def test_the_likelihoods_gradient_is_that_of_finite_differences(moves):
    objective = MaximumEntropy(demonstrations(0, moves), moves, num_classes=CLASSES, tolerance=1e-12)
    np.testing.assert_allclose(objective(COST)[1], differences(objective, COST), atol=1e-6)


def test_the_loss_is_minus_the_log_likelihood_of_every_move():
    moves = Moves()
    shown_paths = demonstrations(1, moves)
    objective = MaximumEntropy(shown_paths, moves, num_classes=CLASSES, tolerance=1e-12)
    costs, goal = tensors(shown_paths.ground, COST, moves)
    policy = soft_policy(costs, soft_values(costs, goal, moves), moves).numpy()
    total, cols = 0.0, shown_paths.ground.blocked.shape[2]
    for k, path in enumerate(shown_paths.paths):
        for before, after in pairwise(path.tolist()):
            if before != after:
                way = (after // cols - before // cols, after % cols - before % cols)
                total -= np.log(policy[k, naive.MOVES.index(way), before // cols, before % cols])
    assert objective(COST)[0] == pytest.approx(total / len(shown_paths), abs=1e-8)


@every_convention
def test_the_margins_rivals_are_those_of_brute_force(moves):
    """Costs of every cell, less the margin off the path shown: the cheapest path by Bellman's relaxation."""
    demonstrated = demonstrations(2, moves, batch=6)
    objective = MaximumMargin(demonstrated, moves, num_classes=CLASSES)
    on, off = objective.rivals(COST)
    ground, cols = demonstrated.ground, demonstrated.ground.blocked.shape[2]
    for k in range(len(demonstrated)):
        is_on = np.zeros(ground.blocked[k].size, bool)
        is_on[demonstrated.paths[k]] = True
        cell = COST[ground.classes[k]] - np.where(is_on.reshape(ground.blocked[k].shape), 0.0, objective.margin)
        expected = relaxed(ground.blocked[k], cell, divmod(int(ground.goal[k]), cols), moves)
        found = (on[k] + off[k]) @ COST - objective.margin * off[k].sum()
        assert found == pytest.approx(expected[divmod(int(ground.agent[k]), cols)], rel=1e-12)


def relaxed(blocked, cell_cost, goal, moves):
    grid = naive.Grid(blocked.astype(np.uint8), moves.rules(1))
    value = {cell: 0.0 if cell == goal else np.inf for cell in grid.cells()}
    for _ in range(len(value)):
        for cell in value:
            for move, after in naive.ways(grid, cell).items():
                through = float(moves.lengths[move]) * cell_cost[after] + value[after]
                value[cell] = value[cell] if cell == goal else min(value[cell], through)
    return value


@every_convention
def test_the_margins_subgradient_supports_the_loss_everywhere(moves):
    objective, rng = MaximumMargin(demonstrations(3, moves), moves, num_classes=CLASSES), np.random.default_rng(0)
    loss, subgradient = objective(COST)
    assert loss >= 0
    np.testing.assert_allclose(subgradient, differences(objective, COST), atol=1e-6)  # where the rivals are unique
    for other in rng.uniform(1.1, 9.0, (20, CLASSES)):
        assert objective(other)[0] >= loss + subgradient @ (other - COST) - 1e-9


def test_the_loss_bounds_what_the_planned_path_loses():
    """cost . f(shown) - min [cost . f - l] >= l(the cheapest path): its length off the path shown, times the margin."""
    moves = Moves()
    demonstrated = demonstrations(4, moves, batch=8)
    objective = MaximumMargin(demonstrated, moves, num_classes=CLASSES)
    planned = shown(demonstrated.ground, COST, moves).paths
    found = []
    for path, way in zip(demonstrated.paths, planned, strict=True):
        steps = pairwise(way.tolist())
        cols = demonstrated.ground.blocked.shape[2]
        off = [(abs(a // cols - b // cols) + abs(a % cols - b % cols)) ** 0.5 for a, b in steps if b not in path]
        found.append(objective.margin * sum(off))
    assert objective(COST)[0] >= np.mean(found) - 1e-9


def test_features_are_the_costs_that_naive_moves_add_up_to():
    moves = Moves()
    demonstrated = demonstrations(5, moves)
    features = demonstrated.lengths(moves.lengths.numpy(), CLASSES)
    cost, cols = (2, 3, 5), demonstrated.ground.blocked.shape[2]
    for k, path in enumerate(demonstrated.paths):
        field = naive.shortest_paths(
            grid_of(demonstrated.ground, k, (1.0, 3.0, 2.0), moves), divmod(int(demonstrated.ground.goal[k]), cols)
        )
        start = divmod(int(path[0]), cols)
        assert features[k] @ (1.0, 3.0, 2.0) == pytest.approx(float(field[start]))
        assert (features[k] @ cost) > 0


def test_a_path_that_jumps_is_refused():
    ground = random_ground(0, batch=1)
    with pytest.raises(ValueError, match="Path 0 jumps"):
        path_lengths(ground, np.array([[0, 20]]), np.ones(8), CLASSES)


@pytest.mark.parametrize("kind", [MaximumMargin, MaximumEntropy])
def test_at_the_true_costs_far_enough_apart_nothing_is_left_to_learn(kind):
    """Scaled up, the true costs win by any margin, and are the likeliest: where the way shown is the only best one."""
    moves = Moves(4)
    ground = random_ground(8, batch=16, rows=4, cols=4, density=0.1)
    demonstrated = unique(connected(ground, moves), (1.0, 2.1, 4.3), moves)
    loss, gradient = kind(demonstrated, moves, num_classes=CLASSES)(60.0 * np.array([1.0, 2.1, 4.3]))
    assert loss == pytest.approx(0.0, abs=1e-3)
    assert np.abs(gradient).max() < 1e-2


def unique(ground, cost, moves):
    """Demonstrations on those of the maps that have one shortest path alone."""
    costs, goal = tensors(ground, 60.0 * np.array(cost), moves)
    values = soft_values(costs, goal, moves).flatten(1)[torch.arange(len(goal)), torch.from_numpy(ground.agent)]
    paths = shown(ground, cost, moves)
    least = 60.0 * (paths.lengths(moves.lengths.numpy(), CLASSES) @ np.array(cost))
    return Demonstrations(ground.of(only := np.flatnonzero(np.abs(values.numpy() + least) < 1e-3)), paths.paths[only])


def test_costs_below_the_margin_are_refused():
    objective = MaximumMargin(demonstrations(0, Moves()), Moves(), num_classes=CLASSES)
    with pytest.raises(ValueError, match=r"Expected costs above the margin 1, got \[1\.0, 2\.0, 2\.0\]"):
        objective(np.array([1.0, 2.0, 2.0]))
