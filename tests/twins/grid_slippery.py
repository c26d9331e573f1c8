"""Slippery worlds by linear algebra: the losses of a policy, and policy iteration."""

import numpy as np
from twins.grid_moves import arrive, can_move, move_cost, slipped
from twins.grid_paths import optimal_moves, shortest_paths

OVER = None
"""Where an episode that ended goes on: nowhere, at no further loss."""


def outcomes(grid, cell, move):
    """[(probability, loss of this step, cell after it)] of choosing `move`."""
    rules = grid.rules
    left, right = slipped(move, 0, rules), slipped(move, 1, rules)
    chances = ((move, 1.0 - rules.slip), (left, rules.slip / 2), (right, rules.slip / 2))
    return [(chance, *_outcome(grid, cell, made)) for made, chance in chances]


def _outcome(grid, cell, made):
    rules = grid.rules
    if can_move(grid, cell, made):
        after = arrive(cell, made)
        return rules.path_weight * float(move_cost(grid, after, made)), after
    hit = rules.path_weight + rules.collision_weight
    return (hit + rules.goal_reward, OVER) if rules.crash else (hit, cell)


def expected_loss(grid, cell, move, loss):
    """Of choosing `move`, `loss` being {cell: loss} of the rest of the way."""
    return sum(chance * (step + loss[after]) for chance, step, after in outcomes(grid, cell, move))


def policy_losses(grid, goal, policy):
    """{cell: loss} of always choosing policy[cell]: the solution of (I - P) J = c."""
    index = {cell: k for k, cell in enumerate(policy)}
    system, constant = np.eye(len(index)), np.zeros(len(index))
    for cell, k in index.items():
        for chance, step, after in outcomes(grid, cell, policy[cell]):
            constant[k] += chance * step
            if after in index:
                system[k, index[after]] -= chance
    solution = np.linalg.solve(system, constant)
    return {goal: 0.0, OVER: 0.0, **dict(zip(index, solution.tolist(), strict=True))}


def least_losses(grid, goal):
    """{cell: loss} of the best policy; Howard's policy iteration, from one that follows shortest paths."""
    field = shortest_paths(grid, goal)
    policy = {cell: min(optimal_moves(grid, cell, field)) for cell in field if cell != goal}
    while True:
        loss = policy_losses(grid, goal, policy)
        better = {cell: _improved(grid, cell, policy[cell], loss) for cell in policy}
        if better == policy:
            return loss
        policy = better


def _improved(grid, cell, move, loss):
    """The best move, or the present one where no other is better."""
    losses = [expected_loss(grid, cell, other, loss) for other in range(grid.rules.num_moves)]
    best = int(np.argmin(losses))
    return best if losses[best] < losses[move] - 1e-12 else move
