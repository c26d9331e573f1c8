"""The solution without bounds against elimination, and its gradients against differences."""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

import numpy as np
import pytest
import scipy.linalg
import torch
from lqr_for_tests import assert_gradients_are_differences, dense_solution, dense_system, random_problem
from torch.autograd import gradcheck

from world_models.control import lqr

SIZES = [(3, 4, 3, 2), (2, 1, 3, 2), (2, 5, 2, 1), (1, 6, 1, 1), (2, 20, 4, 3)]


def outcome(*inputs, **bounds):
    solution = lqr(*inputs, **bounds)
    return solution.x, solution.u, solution.lam


def differentiable(inputs):
    return [part.detach().clone().requires_grad_() for part in inputs]


@pytest.mark.parametrize("sizes", SIZES)
def test_equals_the_dense_solve(sizes):
    problem = random_problem(*sizes)
    solution = lqr(*problem)
    for k in range(sizes[0]):
        item = tuple(part[k] for part in problem)
        for found, true in zip((solution.x, solution.u, solution.lam), dense_solution(item), strict=True):
            torch.testing.assert_close(found[k], true, atol=1e-9, rtol=1e-9)
    assert solution.solved.all()
    assert (solution.kkt_residual < 1e-10).all()


@pytest.mark.parametrize("sizes", SIZES)
def test_costates_and_controls_follow_from_the_value_function_and_the_policy(sizes):
    solution = lqr(*random_problem(*sizes))
    x = solution.x[..., None]
    torch.testing.assert_close(solution.lam, (solution.V @ x)[..., 0] + solution.v, atol=1e-10, rtol=0)
    torch.testing.assert_close(solution.u, (solution.K @ x)[..., 0] + solution.k, atol=1e-10, rtol=0)


def test_the_policy_is_right_from_any_other_state_too():
    C, c, F, f, x0 = random_problem()
    first, second = lqr(C, c, F, f, x0), lqr(C, c, F, f, x0 + 1.0)
    torch.testing.assert_close((first.K @ second.x[..., None])[..., 0] + first.k, second.u)
    torch.testing.assert_close((first.V @ second.x[..., None])[..., 0] + first.v, second.lam)


def test_the_first_costate_is_the_derivative_of_the_optimal_cost():
    C, c, F, f, x0 = random_problem()
    x0.requires_grad_()
    solution = lqr(C, c, F, f, x0)
    tau = torch.cat([solution.x, solution.u], -1)
    cost = 0.5 * torch.einsum("bti,btij,btj->", tau, C, tau) + (c * tau).sum()
    torch.testing.assert_close(torch.autograd.grad(cost, x0)[0], solution.lam[:, 0].detach())


@pytest.mark.parametrize("sizes", [(2, 2, 2, 2), (2, 1, 2, 1), (1, 3, 1, 1)])
def test_gradients_pass_gradcheck(sizes):
    """C is perturbed entry by entry, so not symmetrically."""
    assert gradcheck(outcome, differentiable(random_problem(*sizes)))


@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_of_every_input_are_differences(sizes):
    assert_gradients_are_differences(outcome, differentiable(random_problem(*sizes)))


def test_gradients_without_f():
    C, c, F, _, x0 = random_problem()
    zero = lqr(C, c, F, torch.zeros(3, 3, 3, dtype=C.dtype), x0)
    torch.testing.assert_close(lqr(C, c, F, None, x0).u, zero.u, atol=0, rtol=0)
    assert_gradients_are_differences(lambda C, c, F, x0: outcome(C, c, F, None, x0), differentiable((C, c, F, x0)))


def test_only_the_symmetric_part_of_the_cost_counts():
    C, *rest = random_problem()
    skew = torch.randn_like(C)
    torch.testing.assert_close(lqr(C + skew - skew.mT, *rest).u, lqr(C, *rest).u)


def test_the_derivative_and_its_adjoint_agree():
    """<r, J e> = <J' r, e>, with J e from elimination: the derivative of the dense system along e."""
    problem = random_problem(batch=1, horizon=6)
    inputs, along = differentiable(problem), [torch.randn_like(part) for part in problem]
    solution = lqr(*inputs)
    r, s = torch.randn(1, 6, 5, dtype=torch.float64), torch.randn(1, 6, 3, dtype=torch.float64)
    tau = torch.cat([solution.x, solution.u], -1)
    adjoint = torch.autograd.grad((tau, solution.lam), inputs, (r, s))
    z = torch.cat([tau.detach().flatten(), solution.lam.detach().flatten()])
    C, c, F, f, x0 = (part[0] for part in along)
    change = dense_system(C, F, 3) - dense_system(torch.zeros_like(C), torch.zeros_like(F), 3)
    right = -torch.cat([c.flatten(), x0, f.flatten()]) - change @ z
    Je = torch.linalg.solve(dense_system(problem[0][0], problem[2][0], 3), right)
    left = torch.cat([r.flatten(), s.flatten()]) @ Je
    torch.testing.assert_close(left, sum((a * e).sum() for a, e in zip(adjoint, along, strict=True)), rtol=1e-9, atol=0)


@pytest.mark.parametrize("bounds", [{}, {"u_min": -0.5, "u_max": 0.5}])
def test_items_do_not_know_of_one_another(bounds):
    problem = random_problem(batch=6, horizon=8)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    whole, turned = lqr(*problem, **bounds), lqr(*(part[order] for part in problem), **bounds)
    torch.testing.assert_close(turned.u, whole.u[order], atol=1e-11, rtol=1e-11)
    for k in range(6):
        alone = lqr(*(part[k] for part in problem), **bounds)
        torch.testing.assert_close(alone.u[0], whole.u[k], atol=1e-11, rtol=1e-11)
        torch.testing.assert_close(alone.lam[0], whole.lam[k], atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("bounds", [{}, {"u_min": -0.5, "u_max": 0.5}])
def test_gradients_of_shared_inputs_are_sums(bounds):
    C, c, F, f, x0 = random_problem(batch=4)
    shared = differentiable((C[0], c[0], F[0], f[0], x0))
    copied = differentiable([part[:1].expand(4, *part.shape[1:]) for part in (C, c, F, f)] + [x0])
    found, true = lqr(*shared, **bounds), lqr(*copied, **bounds)
    torch.testing.assert_close(found.u, true.u)
    r = torch.randn_like(found.x)
    by_shared, by_copied = (
        torch.autograd.grad(solution.x, inputs, r) for solution, inputs in ((found, shared), (true, copied))
    )
    for once, each in zip(by_shared[:4], by_copied[:4], strict=True):
        torch.testing.assert_close(once, each.sum(0))
    torch.testing.assert_close(by_shared[4], by_copied[4])


@pytest.mark.parametrize("which", [0, 2])
def test_one_of_the_matrices_may_be_shared_alone(which):
    problem = list(random_problem())
    problem[which] = problem[which][:1]
    full = [part.expand(3, *part.shape[1:]) for part in problem]
    torch.testing.assert_close(lqr(*problem).x, lqr(*full).x)
    assert gradcheck(outcome, differentiable(problem), fast_mode=True)


def test_shared_matrices_are_factorised_once():
    C, c, F, f, x0 = random_problem()
    solution = lqr(C[:1], c, F[:1], f, x0)
    assert solution.V.shape == (1, 4, 3, 3)
    assert solution.K.shape == (1, 4, 2, 3)


def test_the_gain_of_a_long_horizon_is_that_of_the_algebraic_riccati_equation():
    C, _, F, _, x0 = (part[0] for part in random_problem(batch=1, horizon=2, nx=4, nu=2, seed=3))
    C, F, horizon = C[0], F[0], 200
    solution = lqr(C.expand(horizon, 6, 6), C.new_zeros(horizon, 6), F.expand(horizon - 1, 4, 6), None, x0)
    A, B, Q, R, S = (part.numpy() for part in (F[:, :4], F[:, 4:], C[:4, :4], C[4:, 4:], C[:4, 4:]))
    X = scipy.linalg.solve_discrete_are(A, B, Q, R, s=S)
    gain = -np.linalg.solve(R + B.T @ X @ B, B.T @ X @ A + S.T)
    np.testing.assert_allclose(solution.K[0, 0].numpy(), gain, atol=1e-9)
    np.testing.assert_allclose(solution.V[0, 0].numpy(), X, atol=1e-9)


def test_regularisation_is_part_of_the_problem():
    C, *rest = random_problem()
    heavier = C + torch.diag(torch.tensor([0.0, 0.0, 0.0, 0.3, 0.3], dtype=C.dtype))
    torch.testing.assert_close(lqr(C, *rest, reg=0.3).u, lqr(heavier, *rest).u)


def test_single_precision_solves_to_its_own_rounding():
    problem = [part.float() for part in random_problem()]
    for bounds in ({}, {"u_min": -0.5, "u_max": 0.5}):
        solution = lqr(*problem, **bounds)
        assert solution.solved.all()
        assert (solution.kkt_residual < 1e-4).all()
