"""Bounds on controls: the conditions of optimality, other solvers, and gradients with bounds active."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

import numpy as np
import pytest
import scipy.optimize
import torch
from lqr_for_tests import assert_gradients_are_differences, brute_force, dense_solution, random_problem
from torch.autograd import gradcheck

from world_models.control import lqr


def outcome(*inputs):
    *problem, u_min, u_max = inputs
    solution = lqr(*problem, u_min=u_min, u_max=u_max)
    return solution.x, solution.u, solution.lam


def with_active_bounds(seed=0, *, batch=3, horizon=4, nx=3, nu=2):
    problem = random_problem(batch, horizon, nx, nu, seed=seed)
    draws = torch.Generator().manual_seed(seed)
    width = 0.2 + torch.rand(batch, horizon, nu, generator=draws, dtype=torch.float64)
    return [part.requires_grad_() for part in (*problem, -width, 0.7 * width.flip(0))]


def test_every_item_of_the_public_benchmark_is_solved():
    problem = random_problem(128, 20, 8, 4)
    solution = lqr(*problem, u_min=-1.0, u_max=1.0)
    assert solution.solved.all()
    assert (solution.kkt_residual < 1e-8).all()
    assert (solution.u.abs() <= 1.0).all()
    assert 0.1 < (solution.active != 0).double().mean() < 0.9
    _conditions(problem, solution, 1e-8)


def _conditions(problem, solution, atol):
    """Written out once more: dynamics, costates, and forces on the controls that point out of the box."""
    C, c, F, f, _ = problem
    nx = solution.x.shape[-1]
    tau = torch.cat([solution.x, solution.u], -1)
    by_tau = torch.einsum("btij,btj->bti", C, tau) + c
    by_tau[:, :-1] += torch.einsum("btji,btj->bti", F, solution.lam[:, 1:])
    ahead = torch.einsum("btij,btj->bti", F, tau[:, :-1]) + f
    torch.testing.assert_close(ahead, solution.x[:, 1:], atol=atol, rtol=0)
    torch.testing.assert_close(by_tau[..., :nx], solution.lam, atol=atol, rtol=0)
    force = by_tau[..., nx:]
    assert (force[solution.active == 0].abs() < atol).all()
    assert (force[solution.active == -1] > 0.0).all()
    assert (force[solution.active == 1] < 0.0).all()
    assert (solution.u[solution.active == -1] == -1.0).all()
    assert (solution.u[solution.active == 1] == 1.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_equals_the_best_of_all_active_sets(seed):
    problem = random_problem(2, 3, 2, 2, seed=seed)
    solution = lqr(*problem, u_min=-0.3, u_max=0.3)
    for k in range(2):
        x, u = brute_force(tuple(part[k] for part in problem), 0.3)
        torch.testing.assert_close(solution.u[k], u, atol=1e-9, rtol=0)
        torch.testing.assert_close(solution.x[k], x, atol=1e-9, rtol=0)


def test_equals_scipys_bounded_minimum():
    C, c, F, f, x0 = random_problem(1, 8, 3, 2, seed=5)
    solution = lqr(C, c, F, f, x0, u_min=-0.4, u_max=0.6)

    def cost(flat):
        u = torch.as_tensor(flat).reshape(8, 2).requires_grad_()
        x, total = x0[0], torch.zeros((), dtype=torch.float64)
        for t in range(8):
            tau = torch.cat([x, u[t]])
            total = total + 0.5 * tau @ C[0, t] @ tau + c[0, t] @ tau
            x = F[0, t] @ tau + f[0, t] if t < 7 else x
        return total.item(), torch.autograd.grad(total, u)[0].flatten().numpy()

    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500}
    found = scipy.optimize.minimize(cost, np.zeros(16), jac=True, bounds=[(-0.4, 0.6)] * 16, options=options)
    np.testing.assert_allclose(solution.u[0].flatten().numpy(), found.x, atol=1e-6)


def test_wide_bounds_change_nothing():
    problem = random_problem(8, 10)
    free, bounded = lqr(*problem), lqr(*problem, u_min=-1e6, u_max=1e6)
    torch.testing.assert_close(bounded.u, free.u, atol=1e-9, rtol=1e-9)
    assert not bounded.active.any()


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_the_unit_of_the_cost_does_not_matter(unit):
    C, c, *rest = random_problem(32, 12, 4, 2)
    solution, other = (lqr(C * k, c * k, *rest, u_min=-0.5, u_max=0.5) for k in (1.0, unit))
    assert other.solved.all()
    torch.testing.assert_close(other.u, solution.u, atol=1e-7, rtol=0)
    torch.testing.assert_close(other.active, solution.active)


def test_infinite_bounds_are_none():
    problem = random_problem(4, 6)
    free, endless = lqr(*problem), lqr(*problem, u_min=-torch.inf, u_max=torch.inf)
    torch.testing.assert_close(endless.u, free.u)
    one, other = lqr(*problem, u_min=-0.3), lqr(*problem, u_min=-0.3, u_max=torch.inf)
    torch.testing.assert_close(one.u, other.u)
    assert one.solved.all()
    assert (one.u >= -0.3).all()
    assert (one.u > 0.3).any()
    assert set(one.active.unique().tolist()) == {-1, 0}


def test_bounds_that_meet_hold_the_control():
    problem = random_problem(2, 3, 2, 2)
    low = torch.full((3, 2), -0.3, dtype=torch.float64)
    high = low.abs()
    low[1, 0] = high[1, 0] = 0.1
    solution = lqr(*problem, u_min=low, u_max=high)
    assert solution.solved.all()
    assert (solution.u[:, 1, 0] == 0.1).all()
    assert (solution.active[:, 1, 0] != 0).all()


def test_value_and_policy_are_those_of_the_held_problem():
    problem = random_problem(16, 10)
    solution = lqr(*problem, u_min=-0.5, u_max=0.5)
    x = solution.x[..., None]
    torch.testing.assert_close(solution.lam, (solution.V @ x)[..., 0] + solution.v)
    torch.testing.assert_close(solution.u, (solution.K @ x)[..., 0] + solution.k)
    assert (solution.K[solution.active != 0] == 0.0).all()
    for k in range(4):
        held = {i: float(v) for i, v in enumerate(solution.u[k].flatten()) if solution.active[k].flatten()[i]}
        assert held
        _, u, lam = dense_solution(tuple(part[k] for part in problem), held)
        torch.testing.assert_close(solution.u[k], u, atol=1e-9, rtol=0)
        torch.testing.assert_close(solution.lam[k], lam, atol=1e-9, rtol=0)


@pytest.mark.parametrize("sizes", [(3, 4, 3, 2), (3, 1, 2, 2), (3, 5, 2, 1), (3, 8, 3, 2)])
def test_gradients_of_every_input_with_bounds_active(sizes):
    """Differences go through the whole solver, C's and both bounds' too."""
    batch, horizon, nx, nu = sizes
    inputs = with_active_bounds(batch=batch, horizon=horizon, nx=nx, nu=nu)
    solution = lqr(*inputs[:5], u_min=inputs[5], u_max=inputs[6])
    assert {-1, 0, 1} >= set(solution.active.unique().tolist()) > {0}
    assert (solution.status == 0).all()
    assert_gradients_are_differences(outcome, inputs)


def test_gradients_with_bounds_active_pass_gradcheck():
    inputs = with_active_bounds(batch=2, horizon=2, nx=1, nu=1)
    assert lqr(*inputs[:5], u_min=inputs[5], u_max=inputs[6]).active.any()
    assert gradcheck(outcome, inputs)


def test_gradients_of_bounds_are_zero_where_they_are_not_active():
    inputs = with_active_bounds()
    solution = lqr(*inputs[:5], u_min=inputs[5], u_max=inputs[6])
    low, high = torch.autograd.grad(solution.x.square().sum(), inputs[5:])
    assert (low[solution.active != -1] == 0.0).all()
    assert (high[solution.active != 1] == 0.0).all()
    assert (low[solution.active == -1] != 0.0).all()


def test_the_gradient_of_one_bound_for_all_controls_is_the_sum():
    problem = random_problem()
    one = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda width: outcome(*problem, -width, width), (one,))


def test_a_bound_that_is_only_just_touched_is_reported():
    problem = random_problem(1, 3, 2, 1)
    free = lqr(*problem)
    low = torch.full_like(free.u, -torch.inf)
    low[0, 1] = free.u[0, 1]
    touched = lqr(*problem, u_min=low)
    assert touched.status.tolist() == [1]
    assert touched.solved.all()
    torch.testing.assert_close(touched.u, free.u, atol=1e-8, rtol=0)
