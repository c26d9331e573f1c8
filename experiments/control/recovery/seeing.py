"""What of an expert's plans is seen, and what of its system that tells."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from experiments.control.recovery.system import STATES, System
from world_models.control import LQRSolution

SEEN: dict[str, Callable[[LQRSolution], list[Tensor]]] = {
    "controls": lambda plan: [plan.u],
    "states and controls": lambda plan: [plan.u, plan.x],
    "first controls": lambda plan: [plan.u[:, :1]],
}
"""From given starts; the last is all that one sees of who plans anew at every step."""
UNKNOWN = {"cost": ("log_C", "c"), "dynamics": ("F",), "both": ("F", "log_C", "c")}
"""Parts of a system."""
LEAST = 1e-9
"""Of a singular value over the largest: below, a direction cannot be told."""


class Telling(NamedTuple):
    """How much of a system can be told."""

    parameters: int
    hidden: int
    """Directions among them that change nothing that is seen."""
    condition: float
    """Of the others: the largest singular value of the derivative over the smallest."""


def telling(system: System, unknown: str, seen: str) -> Telling:
    """By the derivative of all plans that there are, as exact as `lqr` makes it, at the true system."""
    parts = {name: getattr(system, name).clone().requires_grad_() for name in UNKNOWN[unknown]}
    corners = torch.cat([torch.zeros(1, STATES, dtype=torch.float64), torch.eye(STATES, dtype=torch.float64)])
    plan = system._replace(**parts).plan(corners)  # plans are affine in the start: these tell all
    outcomes = torch.cat([part.flatten() for part in SEEN[seen](plan)])
    rows = []
    for one in outcomes:
        by = torch.autograd.grad(one, list(parts.values()), retain_graph=True, materialize_grads=True)
        rows.append(torch.cat([part.flatten() for part in by]))
    sizes = torch.linalg.svdvals(torch.stack(rows))
    parameters = sum(part.numel() for part in parts.values())
    told = sizes[sizes > LEAST * sizes[0]]
    return Telling(parameters, parameters - len(told), float(told[0] / told[-1]))
