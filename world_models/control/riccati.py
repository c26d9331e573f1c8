"""The Riccati recursion: factorised once, then solved for any number of linear terms.

min sum_t 1/2 tau_t' C_t tau_t + c_t' tau_t  with tau = [x; u], x_{t+1} = F_t tau_t + f_t, x_0 given. With the value
function 1/2 x' V_t x + v_t' x, Q_t = C_t + F_t' V_{t+1} F_t and the gains K_t = -Quu^-1 Qux,

    V_t = Qxx - Qux' Quu^-1 Qux
    q_t = c_t + F_t' (v_{t+1} + V_{t+1} f_t),   v_t = q_x + K_t' q_u,   k_t = -Quu^-1 q_u
    u_t = K_t x_t + k_t,   x_{t+1} = F_t tau_t + f_t,   costates lam_t = V_t x_t + v_t.

Only the first line is cubic; the others are products of matrices and vectors (Rao, Wright and Rawlings,
"Application of interior-point methods to model predictive control", 1998).
"""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.control import compiled


class Factors(NamedTuple):
    """All that does not depend on the linear terms; the batch axis may be 1 for any number of those."""

    V: Tensor  # [batch time x x]
    K: Tensor  # [batch time u x]
    root: Tensor  # [batch time u u]: inverse of the Cholesky factor of Quu, with zeros where not free
    broken: Tensor  # [batch]: positive where some Quu was not positive definite


class Way(NamedTuple):
    """States, controls and costates, and the linear terms of the value function and the policy."""

    x: Tensor  # [batch time x]
    u: Tensor  # [batch time u]
    lam: Tensor  # [batch time x]
    v: Tensor  # [batch time x]
    k: Tensor  # [batch time u]


def factorise(
    C: Float[Tensor, "batch time tau tau"],
    F: Float[Tensor, "batch step x tau"],
    *,
    weight: Float[Tensor, "batch time u"] | None = None,
    free: Float[Tensor, "batch time u"] | None = None,
) -> Factors:
    """Of the symmetric part of C; `weight` is added to the diagonal of Quu; controls with free = 0, not 1, stay 0."""
    if compiled.applies(C, F, weight, free):
        return Factors(*compiled.factorised(C, F, weight, free))
    nx = F.shape[-2]
    stages, steps = C.unbind(1), F.unbind(1)
    weights = None if weight is None else weight.unbind(1)
    masks = None if free is None else free.unbind(1)
    V, values, lowers, halves, broken = None, [], [], [], []
    for t in reversed(range(len(stages))):
        Q = stages[t] if V is None else torch.baddbmm(stages[t], steps[t].mT, V @ steps[t])
        Q = (Q + Q.mT).mul_(0.5)  # C need not be symmetric; rounding that is not would grow with an unstable F
        rows = Q[:, nx:]
        if weights is not None:
            rows[..., nx:].diagonal(dim1=1, dim2=2).add_(weights[t])
        if masks is not None:
            _pin(rows, masks[t], nx)
        lower, info = torch.linalg.cholesky_ex(rows[..., nx:])
        half = torch.linalg.solve_triangular(lower, rows, upper=False)
        V = torch.baddbmm(Q, half.mT, half, alpha=-1.0)[:, :nx, :nx]  # all of Q: larger products are faster ones
        for found, value in zip((values, lowers, halves, broken), (V, lower, half, info), strict=True):
            found.append(value)
    V, lower, half = (torch.stack(found[::-1], 1) for found in (values, lowers, halves))
    eye = torch.eye(lower.shape[-1], dtype=V.dtype, device=V.device)
    root = torch.linalg.solve_triangular(lower, eye.expand_as(lower), upper=False)
    K = -(root.mT @ half[..., :nx])
    return Factors(V, K, root if free is None else root * free[..., None, :], torch.stack(broken).amax(0))


def _pin(rows: Tensor, free: Tensor, nx: int) -> None:
    """Rows of Qux and rows and columns of Quu without what is not free, but for ones on the diagonal."""
    rows.mul_(free[..., None])
    rows[..., nx:].mul_(free[:, None, :]).diagonal(dim1=1, dim2=2).add_(1.0 - free)


def solve(
    factors: Factors,
    F: Float[Tensor, "shared step x tau"],
    c: Float[Tensor, "batch time tau"],
    f: Float[Tensor, "batch step x"],
    x0: Float[Tensor, "batch x"],
) -> Way:
    """The optimum for these linear terms: passes over vectors alone."""
    if compiled.applies(*factors[:3], F, c, f, x0):
        return Way(*compiled.solved(factors[:3], F, c, f, x0))
    v, qu = _back(factors, F, c, times(factors.V[:, 1:], f))
    k = times(factors.root.mT, times(factors.root, qu)).neg_()
    x, u = _forth(factors.K, F, k, f, x0)
    return Way(x, u, times(factors.V, x).add_(v), v, k)


def _back(factors: Factors, F: Tensor, c: Tensor, Vf: Tensor) -> tuple[Tensor, Tensor]:
    """The linear terms v and q_u."""
    nx, ahead = F.shape[-2], Vf[..., None].unbind(1)
    linear, gains, steps = c[..., None].unbind(1), factors.K.mT.unbind(1), F.mT.unbind(1)
    q, values, forces = linear[-1], [], []
    for t in reversed(range(len(linear))):
        if t < len(ahead):
            q = _plus(linear[t], steps[t], values[-1] + ahead[t])
        forces.append(q[:, nx:])
        values.append(_plus(q[:, :nx], gains[t], q[:, nx:]))
    return torch.stack(values[::-1], 1)[..., 0], torch.stack(forces[::-1], 1)[..., 0]


def _forth(K: Tensor, F: Tensor, k: Tensor, f: Tensor, x0: Tensor) -> tuple[Tensor, Tensor]:
    """States and controls."""
    drive, gains, steps, own = f[..., None].unbind(1), K.unbind(1), F.unbind(1), k[..., None].unbind(1)
    states, controls = [x0[..., None]], []
    for t, gain in enumerate(gains):
        controls.append(_plus(own[t], gain, states[-1]))
        if t < len(drive):
            states.append(_plus(drive[t], steps[t], torch.cat([states[-1], controls[-1]], 1)))
    return torch.stack(states, 1)[..., 0], torch.stack(controls, 1)[..., 0]


def rolled(
    C: Float[Tensor, "batch time tau tau"],
    c: Float[Tensor, "batch time tau"],
    F: Float[Tensor, "batch step x tau"],
    f: Float[Tensor, "batch step x"],
    x0: Float[Tensor, "batch x"],
    u: Float[Tensor, "batch time u"],
) -> tuple[Float[Tensor, "batch time x"], Float[Tensor, "batch time x"]]:
    """States under given controls, and the costates they bring."""
    nx = F.shape[-2]
    x, _ = _forth(F.new_zeros(1, 1, 1, 1).expand(*u.shape, nx), F, u, f, x0)
    tau = torch.cat([x, u], -1)
    linear, lam = (0.5 * (times(C, tau) + times(C.mT, tau)) + c)[..., :nx], []
    for t in reversed(range(u.shape[1])):
        lam.append(linear[:, t] + times(F[:, t, :, :nx].mT, lam[-1]) if lam else linear[:, t])
    return x, torch.stack(lam[::-1], 1)


def times(matrices: Float[Tensor, "... row column"], vectors: Float[Tensor, "... column"]) -> Float[Tensor, "... row"]:
    """Matrices times vectors."""
    return (matrices @ vectors[..., None])[..., 0]


def _plus(term: Tensor, matrix: Tensor, vector: Tensor) -> Tensor:
    """The sum term + matrix vector, with one matrix for each or for all."""
    if len(matrix) != len(term):
        matrix = matrix.expand(len(term), -1, -1)
    return torch.baddbmm(term, matrix, vector)
