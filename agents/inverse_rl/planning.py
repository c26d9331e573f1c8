"""Decisions on learned costs: shortest paths, and the maximum-entropy policy round them."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64

from agents.inverse_rl.ground import NOWHERE, Ground
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.shortest import routes
from agents.inverse_rl.soft_values import least_cost, move_costs, soft_policy, soft_values

WARMTH = 2.0
"""The temperature is 1, or so low that all costs are so many times those at which soft values cease to exist."""


@dataclass(frozen=True)
class Plan:
    """What to do in each row of a batch, and why."""

    move: Int64[np.ndarray, " batch"]
    """First of a shortest path; 0 where there is none."""
    probabilities: Float64[np.ndarray, "batch move"]
    """Of the soft policy, where it was asked for; even where there is nothing to plan for."""
    value_map: Float64[np.ndarray, "batch row col"]
    """Minus the cost of the rest of the way; nan on obstacles and out of reach."""
    path: Int64[np.ndarray, "batch time 2"]
    """Cells of the shortest path, filled up with the last."""


def plan(ground: Ground, cost: Float64[np.ndarray, " class"], moves: Moves, *, wants_policy: bool) -> Plan:
    """Plan in every row, from the agent's cell to the goal."""
    batch, num_cols = len(ground), ground.blocked.shape[2]
    is_lost = (ground.goal == NOWHERE) | (ground.agent == NOWHERE)
    agent = np.where(ground.agent == NOWHERE, 0, ground.agent)
    aimed = Ground(ground.blocked, ground.classes, np.where(is_lost, agent, ground.goal), agent)
    found, rows = routes(aimed, cost, moves), np.arange(batch)
    towards = found.towards.reshape(batch, -1)[rows, agent]
    values = np.where(np.isfinite(found.distance), -found.distance, np.nan)
    values[ground.blocked | is_lost[:, None, None]] = np.nan
    cells = found.paths(agent)
    probabilities = np.full((batch, moves.number), 1.0 / moves.number)
    if wants_policy and (has_way := towards >= 0).any():
        probabilities[has_way] = _soft(aimed.of(has_way), cost, moves)
    path = np.stack((cells // num_cols, cells % num_cols), axis=-1)
    return Plan(np.where(towards >= 0, towards, 0).astype(np.int64), probabilities, values, path)


def _soft(ground: Ground, cost: Float64[np.ndarray, " class"], moves: Moves) -> Float64[np.ndarray, "batch move"]:
    """The soft policy at the agent's cell."""
    cell_cost = torch.from_numpy(cost[ground.classes])
    temperature = min(1.0, float(cell_cost.min()) / (WARMTH * least_cost(moves)))
    costs = move_costs(cell_cost, moves.open(torch.from_numpy(ground.blocked)), moves)
    values = soft_values(costs, torch.from_numpy(ground.goal), moves, temperature=temperature, tolerance=1e-6)
    policy = soft_policy(costs, values, moves, temperature=temperature).flatten(2).numpy()
    found = policy[np.arange(len(ground)), :, ground.agent]
    return found / found.sum(axis=1, keepdims=True)
