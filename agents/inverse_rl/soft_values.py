"""Soft value iteration on grids: the values, policy and visits of the maximum-entropy distribution over paths.

Of all paths to the goal, P(path) is proportional to exp(-cost(path) / temperature). With moves that always
succeed that is the causal-entropy policy as well, and it solves the soft Bellman equations

    Q(s, a) = -cost(s, a) + V(s'),    V(s) = temperature * logsumexp_a Q(s, a) / temperature,    V(goal) = 0

Sources: Ziebart, Maas, Bagnell and Dey, *Maximum entropy inverse reinforcement learning* (AAAI 2008); Ziebart,
*Modeling purposeful adaptive behavior with the principle of maximum causal entropy* (2010), chapters 5 and 9.
"""

from math import log

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from agents.inverse_rl.moves import Moves

Costs = Float64[Tensor, "batch move row col"]
Cells = Float64[Tensor, "batch row col"]
FAR = -float("inf")


def least_cost(moves: Moves, temperature: float = 1.0) -> float:
    """The cost per cell below which the sum over paths may be infinite on open ground.

    The root of sum_moves exp(-length * cost / temperature) = 1: above it walks lose weight with every step, however
    long they wander, and soft values exist on any map.
    """
    low, high = 0.0, log(moves.number)
    for _ in range(60):
        middle = (low + high) / 2
        is_above = float(torch.exp(-moves.lengths * middle).sum()) < 1.0
        low, high = (low, middle) if is_above else (middle, high)
    return temperature * high


def move_costs(cell_cost: Cells, is_open: Tensor, moves: Moves) -> Costs:
    """Cost of every move: its length times the cost of the cell entered; inf where it is closed."""
    entered = moves.reached(cell_cost, 0.0) * moves.lengths[:, None, None]
    return torch.where(is_open, entered, torch.inf)


def soft_values(
    costs: Costs,
    goal: Int64[Tensor, " batch"],
    moves: Moves,
    *,
    temperature: float = 1.0,
    tolerance: float = 1e-10,
    initial: Cells | None = None,
) -> Cells:
    """V of every cell, at most 0 or so and -inf where the goal is out of reach.

    Sweeps until no value changes by more than `tolerance` (relative, in exp(V / temperature)). `initial`, where
    given, is finite wherever the answer is (values under other costs, on the same map): fewer sweeps are needed.

    Raises:
        ValueError: moves so cheap that walks of every length count: the sum over paths may be infinite.
    """
    step = -costs / temperature
    weight = float(torch.exp(step).sum(dim=1).max())
    if weight >= 1.0:
        raise ValueError(
            f"The moves from one cell weigh {weight:.3g} together: soft values exist for certain only below 1. "
            f"Expected costs above {least_cost(moves, temperature):.4g} a cell at temperature {temperature:g}."
        )
    rows = torch.arange(len(goal))
    values = torch.full_like(costs[:, 0], FAR) if initial is None else initial / temperature
    values = values.clone()
    values.flatten(1)[rows, goal] = 0.0
    while True:
        after = torch.logsumexp(step + moves.reached(values, FAR), dim=1)
        after.flatten(1)[rows, goal] = 0.0
        change = torch.where(after == values, 0.0, (after - values).abs())
        values = after
        if float(change.max()) <= tolerance:
            return temperature * values


def soft_policy(costs: Costs, values: Cells, moves: Moves, *, temperature: float = 1.0) -> Costs:
    """pi(move | cell) = exp((Q - V) / temperature); 0 for all moves of cells out of reach."""
    advantage = (moves.reached(values, FAR) - costs - values[:, None]) / temperature
    return torch.where(torch.isfinite(advantage), torch.exp(advantage), 0.0)


def expected_moves(
    policy: Costs, start: Int64[Tensor, " batch"], goal: Int64[Tensor, " batch"], moves: Moves, *, tolerance=1e-10
) -> Costs:
    """How often each move is expected to be made on the way from start to goal; their sum is the expected length.

    D_0 = start, D_{t+1}(s') = sum D_t(s) pi(a | s); what has arrived at the goal stays there and is counted no more.
    Ends when no more than `tolerance` of anybody is still under way.
    """
    rows = torch.arange(len(goal))
    there = torch.zeros_like(policy[:, 0])
    there.flatten(1)[rows, start] = 1.0
    found = torch.zeros_like(policy)
    while True:
        there.flatten(1)[rows, goal] = 0.0
        if float(there.sum(dim=(1, 2)).max()) <= tolerance:
            return found
        flow = there[:, None] * policy
        found += flow
        there = moves.arriving(flow)
