"""A bicycle that follows a weaving reference, and the slow, obvious derivative of whatever is found for it."""

# ruff: noqa: N803 - matrices have the names that they have in the literature

from collections.abc import Callable

import torch
from torch import Tensor

U_MIN, U_MAX = torch.tensor([-3.0, -0.4], dtype=torch.float64), torch.tensor([3.0, 0.4], dtype=torch.float64)
DT = 0.2


def bicycle(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """Position, heading and speed, DT later, of a bicycle as long as p["wheelbase"]."""
    heading, speed = x[..., 2], x[..., 3]
    slip = torch.atan(0.5 * torch.tan(u[..., 1]))
    way = (speed + 0.5 * u[..., 0] * DT) * DT
    turn = way * torch.sin(slip) / (0.5 * p["wheelbase"])
    moves = way * torch.cos(heading + slip), way * torch.sin(heading + slip), turn, u[..., 0] * DT
    return x + torch.stack(moves, -1)


def tracking(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """Squared distance from p["reference"] and effort, weighted."""
    return (p["state_weights"] * (x - p["reference"]).square()).sum(-1) + (p["weights"] * u.square()).sum(-1)


def room(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """To a wall on the left, and to a speed."""
    return torch.stack([p["wall"] - x[..., 1], 7.0 - x[..., 3]], -1)


def ride(batch: int = 3, horizon: int = 15, seed: int = 1) -> dict[str, Tensor]:
    """x0 and parameters, each for every item."""
    draws = torch.Generator().manual_seed(seed)
    x0 = torch.randn(batch, 4, generator=draws, dtype=torch.float64) * torch.tensor([0.0, 1.0, 0.3, 2.0])
    times = DT * torch.arange(horizon, dtype=torch.float64)
    zero = torch.zeros_like(times)
    reference = torch.stack([6.0 * times, 2.0 * torch.sin(0.5 * times), zero, zero + 6.0], -1)

    def every(*values: float) -> Tensor:
        return torch.tensor(values, dtype=torch.float64).expand(batch, -1).clone()

    return {
        "x0": x0 + torch.tensor([0.0, 0.0, 0.0, 5.0]),
        "wheelbase": every(2.8)[:, 0],
        "state_weights": every(1.0, 2.0, 0.5, 0.3),
        "weights": every(0.1, 1.0),
        "reference": reference.expand(batch, -1, -1).clone(),
        "wall": every(0.8)[:, 0],
        "u_min": U_MIN.expand(batch, horizon, 2).clone(),
        "u_max": U_MAX.expand(batch, horizon, 2).clone(),
    }


def of_stages(C: Tensor, c: Tensor, F: Tensor, f: Tensor) -> dict[str, Tensor]:
    """The parts of a linear-quadratic problem by stage, with a last step that leads nowhere."""
    return {
        "C": C,
        "c": c,
        "F": torch.cat([F, F.new_zeros(len(F), 1, f.shape[-1], c.shape[-1])], 1),
        "f": torch.cat([f, f.new_zeros(len(f), 1, f.shape[-1])], 1),
    }


def quadratic(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """1/2 tau' C tau + c' tau."""
    tau = torch.cat([x, u], -1)
    return 0.5 * (tau * (p["C"] @ tau[..., None])[..., 0]).sum(-1) + (p["c"] * tau).sum(-1)


def linear(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    """F tau + f."""
    return (p["F"] @ torch.cat([x, u], -1)[..., None])[..., 0] + p["f"]


def errors_of_gradients(
    outcome: Callable[[dict[str, Tensor]], tuple[Tensor, ...]], inputs: dict[str, Tensor], step: float = 1e-5
) -> dict[str, float]:
    """Of each input's gradient along a direction, relative to differences of fourth order, in one batch.

    Inputs that make next to no difference are held to a tenth instead.
    """
    draws = torch.Generator().manual_seed(1)

    def normal(like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=draws, dtype=like.dtype)

    leaves = {name: part.clone().requires_grad_() for name, part in inputs.items()}
    results = outcome(leaves)
    weights = [normal(part) for part in results]
    found = torch.autograd.grad(results, list(leaves.values()), weights)
    shifts = step * torch.tensor([1.0, -1.0, 2.0, -2.0], dtype=torch.float64)
    directions = {name: normal(part) for name, part in inputs.items()}
    copies: dict[str, list[Tensor]] = {name: [] for name in inputs}
    for name, direction in directions.items():
        for shift in shifts:
            for other, part in inputs.items():
                copies[other].append(part + shift * direction if other == name else part)
    values = outcome({name: torch.cat(parts) for name, parts in copies.items()})
    batch = len(inputs["x0"])
    totals = sum(
        (value * weight.repeat(len(value) // batch, *[1] * (weight.ndim - 1))).reshape(len(value), -1).sum(1)
        for value, weight in zip(values, weights, strict=True)
    )
    assert isinstance(totals, Tensor)
    lines = totals.detach().reshape(len(inputs), 4, batch).sum(-1)
    differences = (8.0 * (lines[..., 0] - lines[..., 1]) - (lines[..., 2] - lines[..., 3])) / (12.0 * step)
    return {
        name: float(((gradient * direction).sum() - true).abs() / true.abs().clamp(min=1e-1))
        for (name, direction), gradient, true in zip(directions.items(), found, differences, strict=True)
    }
