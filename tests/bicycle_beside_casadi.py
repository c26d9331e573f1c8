"""A kinematic bicycle that changes lanes with everything `mpc` can limit, for torch and for CasADi alike."""

from typing import Any

import casadi as ca
import numpy as np
import torch
from casadi_for_tests import Program, matrices, vector
from torch import Tensor

from world_models.control import Constraint, MPCOptions, MPCSolution, Softness, mpc

HORIZON, NX, NU = 12, 4, 2
WIDTH = NX + NU
STEP = 0.25  # [s]
PAID = Softness(linear=0.3, quadratic=2.0)
SHAPES = {
    "weights": (5,),
    "wheelbase": (1,),
    "limit": (1,),
    "steepest": (1,),
    "lane": (HORIZON,),
    "start": (NX,),
    "before": (NU,),
}
BOUND, SLEW = (0.6, 0.35), (1.0, 0.12)  # [m/s^2], [rad]; and their changes


def ahead(x: Any, u: Any, wheelbase: Any, numbers: Any) -> list[Any]:
    """Position, heading and speed after a step, of lists of numbers."""
    along, across, heading, speed = x
    middle = speed + 0.5 * STEP * u[0]
    return [
        along + STEP * middle * numbers.cos(heading),
        across + STEP * middle * numbers.sin(heading),
        heading + STEP * middle * numbers.tan(u[1]) / wheelbase,
        speed + STEP * u[0],
    ]


def price(x: Any, u: Any, weights: Any, lane: Any) -> Any:
    """Of one step, of lists of numbers."""
    errors = (x[1] - lane, x[2], x[3] - 9.0, u[0], u[1])
    return sum(0.5 * weight * error * error for weight, error in zip(weights, errors, strict=True))


def drawn(batch: int, seed: int) -> dict[str, Tensor]:
    """Parameters, with gradients."""
    draws = torch.Generator().manual_seed(seed)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(batch, *shape, generator=draws, dtype=torch.float64)

    lane = torch.where(torch.arange(HORIZON) < 4, 0.0, 3.0).to(torch.float64).expand(batch, HORIZON)
    parts = {
        "weights": torch.tensor([1.0, 0.5, 0.4, 0.2, 2.0]) * (0.5 + uniform(5)),
        "wheelbase": 2.2 + uniform(1),
        "limit": 8.0 + 0.4 * uniform(1),
        "steepest": 0.2 + 0.1 * uniform(1),
        "lane": lane + 0.2 * uniform(HORIZON),
        "start": torch.tensor([0.0, 0.0, -0.1, 7.0]) + uniform(4) * torch.tensor([1.0, 1.0, 0.2, 0.5]),
        "before": 0.1 * uniform(2),
    }
    return {name: part.detach().requires_grad_() for name, part in parts.items()}


def by_mpc(parts: dict[str, Tensor], options: MPCOptions) -> MPCSolution:
    """Speed above `limit` is paid for; no heading may be above `steepest`."""
    high, slew = (torch.tensor(side, dtype=torch.float64) for side in (BOUND, SLEW))
    return mpc(
        lambda x, u, p: price(x.unbind(-1), u.unbind(-1), p["weights"].unbind(-1), p["lane"]),
        lambda x, u, p: torch.stack(ahead(x.unbind(-1), u.unbind(-1), p["wheelbase"][..., 0], torch), -1),
        parts["start"],
        {name: parts[name] for name in ("weights", "wheelbase", "limit", "steepest")},
        horizon=HORIZON,
        stages={"lane": parts["lane"]},
        u_min=-high,
        u_max=high,
        constraints=[
            Constraint(lambda x, u, p: p["limit"] - x[..., 3:], soft=PAID, name="speed"),
            Constraint(lambda x, u, p: p["steepest"] - x[..., 2:3], name="heading"),
        ],
        slew=slew,
        u_before=parts["before"],
        options=options,
    )


def by_casadi() -> Program:
    """In tau, then violations; parameters in the order of SHAPES."""
    w, over = vector(HORIZON, WIDTH), vector(HORIZON)
    entries = {name: vector(*shape) for name, shape in SHAPES.items()}
    tau = matrices(w, HORIZON, WIDTH, 1)
    states, controls = [part[:NX] for part in tau], [part[NX:] for part in tau]
    cost, same, above = PAID.linear * ca.sum1(over) + 0.5 * PAID.quadratic * ca.sumsqr(over), [], []
    same.append(states[0] - entries["start"])
    for t in range(HORIZON):
        x, u = ca.vertsplit(states[t]), ca.vertsplit(controls[t])
        cost += price(x, u, ca.vertsplit(entries["weights"]), entries["lane"][t])
        change = controls[t] - (controls[t - 1] if t else entries["before"])
        above += [
            ca.DM(SLEW) - change,
            ca.DM(SLEW) + change,
            entries["limit"] - x[3] + over[t],
            entries["steepest"] - x[2],
        ]
        if t < HORIZON - 1:
            same.append(ca.vertcat(*ahead(x, u, entries["wheelbase"], ca)) - states[t + 1])
    return Program(
        ca.vertcat(w, over), ca.vertcat(*entries.values()), cost=cost, same=ca.vertcat(*same), above=ca.vertcat(*above)
    )


def sides() -> tuple[np.ndarray, np.ndarray]:
    """Of what CasADi looks for: least and most."""
    steps = np.tile(np.append(np.full(NX, np.inf), BOUND), HORIZON)
    return np.append(-steps, np.zeros(HORIZON)), np.append(steps, np.full(HORIZON, np.inf))


def rolling() -> np.ndarray:
    """A start for CasADi: straight on at 7 m/s, without a thought of dynamics."""
    return np.append(np.tile([0.0, 0.0, 0.0, 7.0, 0.0, 0.0], HORIZON), np.zeros(HORIZON))
