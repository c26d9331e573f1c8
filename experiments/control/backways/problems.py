"""Two problems that gradients are wanted through: one for `argmin` by descent, one for `mpc` by Newton's method."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control import (
    ArgminSolution,
    Constraint,
    Descent,
    Direct,
    MPCOptions,
    MPCSolution,
    Softness,
    Way,
    argmin,
    mpc,
)

ROWS, UNKNOWNS, CONDITION = 8, 12, 20.0
DESCENTS = 400
PLANS, HORIZON, STEP_SECONDS = 8, 15, 0.25
SMOOTHING = 1e-4
"""Of bounds and the wall: the nearer to zero, the further apart are the Hessian's eigenvalues."""
Leaves = dict[str, Tensor]


class Subject(NamedTuple):
    """A loss of a solution, for any way back and any values of the inputs."""

    name: str
    inputs: Leaves
    solve: Callable[[Leaves, Way], ArgminSolution | MPCSolution]
    outcome: Callable[[ArgminSolution | MPCSolution], Tensor]

    def loss(self, solution: ArgminSolution | MPCSolution) -> Tensor:
        """A fixed random projection of what was found, and of its square."""
        found = self.outcome(solution)
        draws = torch.Generator().manual_seed(7)
        weights = torch.randn(found.shape, generator=draws, dtype=found.dtype)
        return (weights * (found + 0.5 * found.square())).sum()


def quartics(seed: int, iterations: int = DESCENTS) -> Subject:
    """1/2 z' H z + c' z + k/4 sum z^4, the eigenvalues of H between 1 and its condition."""
    draws = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draws, dtype=torch.float64)

    turn = torch.linalg.qr(normal(ROWS, UNKNOWNS, UNKNOWNS)).Q
    H = turn @ torch.diag(torch.logspace(0.0, 1.0, UNKNOWNS, base=CONDITION, dtype=torch.float64)) @ turn.mT
    inputs = {"H": H, "c": 2.0 * normal(ROWS, UNKNOWNS), "k": torch.tensor(0.5, dtype=torch.float64)}

    def objective(z: Tensor, p: Leaves) -> Tensor:
        curved = (z[:, None] @ p["H"] @ z[..., None])[:, 0, 0]
        return 0.5 * curved + (p["c"] * z).sum(1) + 0.25 * p["k"] * z.pow(4).sum(1)

    def solve(inputs: Leaves, way: Way) -> ArgminSolution:
        start = torch.zeros(ROWS, UNKNOWNS, dtype=torch.float64)
        return argmin(objective, start, inputs, solver=Descent(step_of(), iterations, tol=None), way=way)

    return Subject("argmin", _open(inputs), solve, lambda found: found.z)  # pyright: ignore[reportAttributeAccessIssue] - of its own solve


def step_of() -> float:
    """Of descent, and of the series: below 2 / (the largest eigenvalue with what the fourth powers add)."""
    return 1.0 / (CONDITION + 3.0)


def slowest(seed: int) -> float:
    """Rho: the largest share of an error that a step of descent leaves at the optimum."""
    subject = quartics(seed)
    with torch.no_grad():
        z = subject.solve(subject.inputs, Direct()).z  # pyright: ignore[reportAttributeAccessIssue] - of argmin
        H = subject.inputs["H"] + torch.diag_embed(3.0 * subject.inputs["k"] * z.square())
        return float((1.0 - step_of() * torch.linalg.eigvalsh(H)).abs().max())


def bicycles(seed: int, plans: int = PLANS, horizon: int = HORIZON) -> Subject:
    """Plans of a bicycle to a place, with bounded controls and a soft wall."""
    draws = torch.Generator().manual_seed(seed)
    spread = torch.tensor([0.2, 0.2, 0.1, 0.3], dtype=torch.float64)
    x0 = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64) + spread * torch.randn(
        plans, 4, generator=draws, dtype=torch.float64
    )
    inputs = {
        "x0": x0,
        "weights": torch.tensor([[1.0, 1.0, 0.2, 0.1]], dtype=torch.float64),
        "wheelbase": torch.tensor([2.7], dtype=torch.float64),
        "bound": torch.tensor([1.5, 0.5], dtype=torch.float64),
    }

    def solve(inputs: Leaves, way: Way) -> MPCSolution:
        return mpc(
            _cost,
            _bicycle,
            inputs["x0"],
            {name: inputs[name] for name in ("weights", "wheelbase")},
            horizon=horizon,
            u_min=-inputs["bound"],
            u_max=inputs["bound"],
            constraints=[Constraint(_below_the_wall, Softness(1.0, 1.0))],
            options=MPCOptions(broadcasts=True, way=way, tol=1e-10, smoothing=SMOOTHING),
        )

    return Subject("mpc", _open(inputs), solve, lambda found: found.u)  # pyright: ignore[reportAttributeAccessIssue] - of its own solve


def _cost(x: Tensor, u: Tensor, p: Leaves) -> Tensor:
    off = torch.stack([x[..., 0] - 6.0, x[..., 1] - 1.5, x[..., 2]], -1)
    weights = p["weights"]
    return (weights[..., :3] * off.square()).sum(-1) + weights[..., 3] * u.square().sum(-1)


def _bicycle(x: Tensor, u: Tensor, p: Leaves) -> Tensor:
    heading, speed = x[..., 2], x[..., 3]
    turned = speed * torch.tan(u[..., 1]) / p["wheelbase"]
    moved = torch.stack([speed * torch.cos(heading), speed * torch.sin(heading), turned, u[..., 0]], -1)
    return x + STEP_SECONDS * moved


def _below_the_wall(x: Tensor, u: Tensor, p: Leaves) -> Tensor:
    return 1.2 - x[..., 1:2]


def _open(inputs: Leaves) -> Leaves:
    return {name: part.requires_grad_() for name, part in inputs.items()}
