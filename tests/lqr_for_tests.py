"""Random problems, and the slow, obvious way to solve one."""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor


def random_problem(
    batch: int = 3, horizon: int = 4, nx: int = 3, nu: int = 2, *, radius: float = 1.5, seed: int = 0
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """C, c, F, f and x0 with strictly convex costs; systems of spectral radius up to `radius`."""
    draws = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draws, dtype=torch.float64)

    root = normal(batch, horizon, nx + nu, nx + nu)
    C = root @ root.mT / (nx + nu) + 0.1 * torch.eye(nx + nu, dtype=torch.float64)
    Fx, Fu = normal(batch, horizon - 1, nx, nx), normal(batch, horizon - 1, nx, nu) / nx**0.5
    wanted = 0.5 + (radius - 0.5) * torch.rand(batch, 1, generator=draws, dtype=torch.float64)
    Fx = Fx * (wanted / torch.linalg.eigvals(Fx).abs().amax(-1))[..., None, None] if horizon > 1 else Fx
    return (
        C,
        normal(batch, horizon, nx + nu),
        torch.cat([Fx, Fu], -1),
        normal(batch, horizon - 1, nx),
        normal(batch, nx),
    )


def dense_system(C: Tensor, F: Tensor, nx: int) -> Tensor:
    """Matrix of the conditions of optimality of one item, in the order (tau_0 .. tau_T-1, lam_0 .. lam_T-1)."""
    horizon, width = C.shape[0], C.shape[-1]
    rows = C.new_zeros(horizon * nx, horizon * width)
    for t in range(horizon):
        rows[t * nx : (t + 1) * nx, t * width : t * width + nx] = -torch.eye(nx, dtype=C.dtype)
        if t:
            rows[t * nx : (t + 1) * nx, (t - 1) * width : t * width] = F[t - 1]
    corner = C.new_zeros(horizon * nx, horizon * nx)
    return torch.cat([torch.cat([torch.block_diag(*(0.5 * (C + C.mT))), rows.T], 1), torch.cat([rows, corner], 1)])


def dense_solution(item: tuple[Tensor, ...], held: dict[int, float] | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """x, u and lam of one item by elimination; `held`: values of controls by their place in u.flatten()."""
    C, c, F, f, x0 = item
    horizon, width, nx = *c.shape, len(x0)
    nu = width - nx
    matrix = dense_system(C, F, nx)
    right = -torch.cat([c.flatten(), x0, f.flatten()])
    for place, value in (held or {}).items():
        row = place // nu * width + nx + place % nu
        matrix[row] = 0.0
        matrix[row, row], right[row] = 1.0, value
    found = torch.linalg.solve(matrix, right)
    tau, lam = found[: horizon * width].reshape(horizon, width), found[horizon * width :].reshape(horizon, nx)
    return tau[:, :nx], tau[:, nx:], lam


def brute_force(item: tuple[Tensor, ...], bound: float) -> tuple[Tensor, Tensor]:
    """x and u with |u| <= bound: the best of all choices of active bounds that keeps within them."""
    C, c, *_ = item
    nu = c.shape[1] - len(item[4])
    best, chosen = torch.inf, None
    for sides in product((-1, 0, 1), repeat=len(c) * nu):
        x, u, _ = dense_solution(item, {k: side * bound for k, side in enumerate(sides) if side})
        tau = torch.cat([x, u], -1)
        cost = float(((0.5 * tau[:, None] @ C @ tau[..., None]).squeeze() + (c * tau).sum(-1)).sum())
        if bool((u.abs() <= bound + 1e-12).all()) and cost < best:
            best, chosen = cost, (x, u)
    assert chosen is not None
    return chosen


def assert_gradients_are_differences(
    outcome: Callable[..., tuple[Tensor, ...]], inputs: list[Tensor], step: float = 1e-6, atol: float = 2e-7
) -> None:
    """Of a random projection of each item's outcome, by every entry of every input; all differences in one batch."""
    results = outcome(*inputs)
    draws = torch.Generator().manual_seed(1)
    weights = [torch.randn(part.shape, generator=draws, dtype=part.dtype) for part in results]
    found = torch.autograd.grad(results, inputs, weights)
    for which, (part, gradient) in enumerate(zip(inputs, found, strict=True)):
        batch, size = len(part), part[0].numel()
        if not size:
            continue
        shift = step * torch.eye(size, dtype=part.dtype)
        copies = [other.detach().repeat_interleave(2 * size, 0) for other in inputs]
        copies[which] = copies[which] + torch.cat([shift, -shift]).reshape(2 * size, *part.shape[1:]).repeat(
            batch, *([1] * (part.ndim - 1))
        )
        total = sum(
            (value * weight.repeat_interleave(2 * size, 0)).flatten(1).sum(1)
            for value, weight in zip(outcome(*copies), weights, strict=True)
        )
        assert isinstance(total, Tensor)
        up, down = total.reshape(batch, 2, size).unbind(1)
        rounding = 10.0 * torch.finfo(total.dtype).eps * float(total.abs().max()) / step
        torch.testing.assert_close(
            gradient.reshape(batch, size),
            (up - down) / (2.0 * step),
            atol=rounding + atol * max(1.0, float(gradient.abs().max())),
            rtol=1e-6,
        )
