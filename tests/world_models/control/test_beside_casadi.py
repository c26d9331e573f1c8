"""LQR and MPC beside CasADi with IPOPT: solutions, and gradients in every input."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

import numpy as np
import pytest
import torch
from lqr_for_tests import random_problem

from world_models.control import MPCOptions, lqr

ca = pytest.importorskip("casadi")
import bicycle_beside_casadi as bicycle  # noqa: E402 - where CasADi is
from casadi_for_tests import Program, matrices, vector  # noqa: E402

HORIZON, NX, NU = 5, 3, 2
WIDTH = NX + NU
SHAPES = [(HORIZON, WIDTH, WIDTH), (HORIZON, WIDTH), (HORIZON - 1, NX, WIDTH), (HORIZON - 1, NX), (NX,)]


@pytest.fixture(scope="module")
def linear_quadratic():
    """In tau, with C, c, F, f and x0 as one vector of parameters."""
    w = vector(HORIZON, WIDTH)
    parts = [vector(*shape) for shape in SHAPES]
    tau, c = (matrices(part, HORIZON, WIDTH, 1) for part in (w, parts[1]))
    C, F = matrices(parts[0], *SHAPES[0]), matrices(parts[2], *SHAPES[2])
    f = matrices(parts[3], HORIZON - 1, NX, 1)
    cost = sum(0.5 * tau[t].T @ C[t] @ tau[t] + c[t].T @ tau[t] for t in range(HORIZON))
    ahead = [F[t] @ tau[t] + f[t] - tau[t + 1][:NX] for t in range(HORIZON - 1)]
    return Program(w, ca.vertcat(*parts), cost=cost, same=ca.vertcat(tau[0][:NX] - parts[4], *ahead))


@pytest.mark.parametrize("bound", [torch.inf, 0.5], ids=["free", "bounded"])
@pytest.mark.parametrize("seed", range(3))
def test_solutions_and_gradients_are_those_of_casadi(linear_quadratic, seed, bound):
    problem = random_problem(1, HORIZON, NX, NU, seed=seed)
    low = torch.full((1, HORIZON, NU), -bound, dtype=torch.float64)
    inputs = [part.requires_grad_() for part in (*problem, low, -low)]
    solution = lqr(*inputs[:5], u_min=inputs[5], u_max=inputs[6])
    tau = torch.cat([solution.x, solution.u], -1)
    no_bound = torch.full((HORIZON, NX), torch.inf, dtype=torch.float64)
    sides = (torch.cat([sign * no_bound, side[0].detach()], -1) for sign, side in ((-1, low), (1, inputs[6])))
    flat = np.concatenate([part.detach().flatten() for part in problem])
    theirs = linear_quadratic.minimum(flat, *(side.flatten().numpy() for side in sides))
    np.testing.assert_allclose(tau.detach().flatten(), theirs.w, atol=1e-8)

    weights = torch.randn(tau.shape, generator=torch.Generator().manual_seed(seed), dtype=tau.dtype)
    ours = torch.autograd.grad(tau, inputs, weights)
    by_p, by_low, by_high = linear_quadratic.gradients(theirs, weights.flatten().numpy())
    by_C, *others = np.split(by_p, np.cumsum([part.numel() for part in problem])[:-1])
    by_C = by_C.reshape(SHAPES[0])
    expected = [0.5 * (by_C + by_C.swapaxes(1, 2)), *others]
    expected += [side.reshape(HORIZON, WIDTH)[:, NX:] for side in (by_low, by_high)]
    for mine, other in zip(ours, expected, strict=True):
        np.testing.assert_allclose(mine.flatten(), other.flatten(), atol=1e-7, rtol=1e-7)
    assert any(bool(gradient.ne(0.0).any()) for gradient in ours[5:]) == (bound < torch.inf)


@pytest.mark.parametrize("seed", range(2))
def test_a_bicycle_with_all_kinds_of_limits_drives_as_casadi_says(seed):
    """Bounds, slew limits, a hard constraint, and a soft one that is not kept."""
    parts = bicycle.drawn(2, seed)
    solution = bicycle.by_mpc(parts, MPCOptions(smoothing=1e-12))  # in whose proportion gradients differ
    assert solution.solved.all()
    held = {name for name, forces in solution.multipliers.items() if (forces > 1e-3).any()}
    assert held == {"u_max", "slew_up", "slew_down", "speed", "heading"}
    assert (solution.x[..., 3] > parts["limit"] + 0.01).any()
    program, (low, high), start = bicycle.by_casadi(), bicycle.sides(), bicycle.rolling()
    tau = torch.cat([solution.x, solution.u], -1)
    weights = torch.randn(tau.shape, generator=torch.Generator().manual_seed(seed), dtype=tau.dtype)
    ours = torch.autograd.grad(tau, list(parts.values()), weights)
    for item in range(2):
        p = np.concatenate([part[item].detach().flatten() for part in parts.values()])
        theirs = program.minimum(p, low, high, start=start)
        np.testing.assert_allclose(tau[item].detach().flatten(), theirs.w[: -bicycle.HORIZON], atol=1e-7)
        by_p, _, _ = program.gradients(theirs, np.append(weights[item].flatten(), np.zeros(bicycle.HORIZON)))
        mine = np.concatenate([gradient[item].flatten() for gradient in ours])
        np.testing.assert_allclose(mine, by_p, atol=1e-6 * np.abs(by_p).max(), rtol=1e-6)
