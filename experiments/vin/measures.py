"""What a network's moves are worth: prediction loss in the expert's states, success and length of its own ways."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int64

from experiments.statistics import Interval, bootstrap, wilson
from experiments.vin.deciding import Deciding
from experiments.vin.rollouts import roll_out
from experiments.vin.tasks import Tasks

SAME_COST = 1e-6
RESAMPLES = 2000
Indices = Int64[np.ndarray, " n"]


def judge(policy: Deciding, tasks: Tasks) -> dict[str, Any]:
    """Prediction and rollouts, as plain numbers; single tasks are told by their indices."""
    return {**predictions(policy, tasks), **rollouts(policy, tasks)}


def predictions(policy: Deciding, tasks: Tasks) -> dict[str, Any]:
    """How well moves are foretold in all states of the expert's ways.

    `error` is the share of moves that are not the expert's, `nll` minus the mean log-likelihood of the expert's, and
    `tie_aware_error` the share of moves that begin no shortest path: imitating the tie rule earns nothing there.
    """
    maps, cells = tasks.states
    logits = policy.logits(maps, cells)
    label, chosen = tasks.solved.towards[maps, cells], logits.argmax(axis=1)
    is_optimal = tasks.solved.optimal[maps, chosen, cells]
    return {
        "states": len(maps),
        "error": float((chosen != label).mean()),
        "nll": float(-log_likelihoods(logits)[np.arange(len(label)), label].mean()),
        "tie_aware_error": float((~is_optimal).mean()),
    }


def rollouts(policy: Deciding, tasks: Tasks) -> dict[str, Any]:
    """Success within 2 nodes - 1 moves, nodes counting both ends of the expert's way, and how the lengths differ.

    `difference` is the mean over successes of the nodes gone through less the expert's: below 0 where ways of fewer,
    longer moves are found. `optimal` counts ways that cost what the expert's cost.
    """
    found = roll_out(tasks, policy.moves, most_moves=2 * tasks.nodes - 1)
    extra = found.moves - tasks.expert.moves
    is_best = found.reached & (costs(tasks, found) <= costs(tasks, tasks.expert) + SAME_COST)
    success = share(found.reached, tasks.task_map)
    return {
        "tasks": len(extra),
        "success": success._asdict(),
        "difference": float(extra[found.reached].mean()) if found.reached.any() else None,
        "optimal": share(is_best, tasks.task_map)._asdict(),
        "failed": np.flatnonzero(~found.reached).tolist(),
        "differing": {int(k): int(extra[k]) for k in np.flatnonzero(found.reached & (extra != 0))},
    }


def by_length(policy: Deciding, tasks: Tasks, edges: tuple[int, ...]) -> list[dict[str, Any]]:
    """Success and optimality of the tasks whose expert makes low to high - 1 moves, for every bin that has tasks."""
    found = roll_out(tasks, policy.moves, most_moves=2 * tasks.nodes - 1)
    is_best = found.reached & (costs(tasks, found) <= costs(tasks, tasks.expert) + SAME_COST)
    bins = np.searchsorted(edges, tasks.expert.moves, side="right") - 1
    rows = []
    for low, high, k in zip(edges[:-1], edges[1:], range(len(edges)), strict=False):
        chosen = bins == k
        if chosen.any():
            maps = tasks.task_map[chosen]
            shares = {"success": share(found.reached[chosen], maps), "optimal": share(is_best[chosen], maps)}
            rows.append(
                {"low": low, "high": high, "tasks": int(chosen.sum())}
                | {name: value._asdict() for name, value in shares.items()}
            )
    return rows


def costs(tasks: Tasks, found: Any) -> np.ndarray:
    """Costs of ways under the convention of their maps."""
    return found.moves + (tasks.solved.convention.diagonal_cost - 1.0) * found.diagonals


def share(hits: Bool[np.ndarray, " task"], task_map: Indices) -> Interval:
    """Share of hits with its 95 % interval: Wilson's where every map has one task, else the bootstrap over maps."""
    if len(np.unique(task_map)) == len(task_map) or hits.all() or not hits.any():
        return wilson(int(hits.sum()), len(hits))
    maps, index = np.unique(task_map, return_inverse=True)
    count, total = np.bincount(index, weights=hits), np.bincount(index)
    if len(set(total.tolist())) == 1:
        return bootstrap(count / total, resamples=RESAMPLES)
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(len(maps), np.full(len(maps), 1.0 / len(maps)), size=RESAMPLES)
    low, high = np.quantile((drawn @ count) / (drawn @ total), [0.025, 0.975])
    return Interval(float(hits.mean()), float(low), float(high))


def log_likelihoods(logits: Float32[np.ndarray, "n action"]) -> Float32[np.ndarray, "n action"]:
    """Logarithms of the softmax."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def without_tasks(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what is said of single tasks."""
    return {name: value for name, value in found.items() if name not in ("failed", "differing")}
