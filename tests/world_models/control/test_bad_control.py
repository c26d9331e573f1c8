"""What cannot be solved is told item by item; what does not fit is refused by name."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

import pytest
import torch
from lqr_for_tests import random_problem

from world_models.control import lqr
from world_models.control.status import INDEFINITE, INFEASIBLE_BOUNDS, NON_FINITE, SOLVED, UNCONVERGED

BOUNDS = [{}, {"u_min": -0.5, "u_max": 0.5}]
NAMES = ("C", "c", "F", "f", "x0")


def spoilt(name, value=torch.nan, item=1):
    parts = dict(zip(NAMES, random_problem(horizon=5), strict=True))
    parts[name][item].flatten()[0] = value
    return [part.requires_grad_() for part in parts.values()]


def check_lost(inputs, solution, status):
    """Item 1 has this status, NaN for all results and gradients; the others are as without it."""
    assert solution.status.tolist() == [SOLVED, status, SOLVED]
    assert solution.solved.tolist() == [True, False, True]
    good = torch.tensor([0, 2])
    gradients = torch.autograd.grad(solution.x.sum() + solution.u.sum(), inputs, retain_graph=True)
    for gradient in gradients:
        assert gradient[1].isnan().all()
        assert gradient[good].isfinite().all()
        assert gradient[good].ne(0.0).any()
    heeded = torch.autograd.grad(solution.u[solution.solved].sum(), inputs)
    for gradient in heeded:
        assert gradient.isfinite().all()
        assert (gradient[1] == 0.0).all()


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("name", NAMES)
def test_items_that_are_not_finite_are_flagged(name, value, bounds):
    inputs = spoilt(name, value)
    solution = lqr(*inputs, **bounds)
    assert solution.u[1].isnan().all()
    assert solution.lam[1].isnan().all()
    assert solution.V[1].isnan().all()
    assert solution.u[[0, 2]].isfinite().all()
    check_lost(inputs, solution, NON_FINITE)


@pytest.mark.parametrize("bounds", BOUNDS)
def test_items_that_are_not_convex_are_flagged(bounds):
    inputs = spoilt("c", 0.0)
    with torch.no_grad():
        inputs[0][1, 2, 3:, 3:] = -100.0 * torch.eye(2)
    solution = lqr(*inputs, **bounds)
    assert solution.u[1].isnan().all()
    check_lost(inputs, solution, INDEFINITE)


def test_states_may_cost_less_the_further_away_as_long_as_controls_are_determined():
    C, c, F, f, x0 = random_problem(horizon=5)
    C[:, 2, 0, 0] -= 0.3 * C[:, 2, 0, 0]
    C[:, 0, :3, :3] -= 10.0 * torch.eye(3, dtype=C.dtype)  # the first state is given: nothing to decide
    assert lqr(C, c, F, f, x0).solved.all()


def test_shared_matrices_that_are_not_convex_lose_every_item():
    C, c, F, f, x0 = random_problem()
    solution = lqr(-C[:1], c, F[:1], f, x0)
    assert (solution.status == INDEFINITE).all()
    assert solution.V.isnan().all()


def test_bounds_that_cross_are_flagged():
    inputs = spoilt("c", 0.0)
    u_min = torch.full((3, 5, 2), -0.5, dtype=torch.float64)
    u_min[1, 2, 1] = 0.7
    u_max = torch.full_like(u_min, 0.5).requires_grad_()
    solution = lqr(*inputs, u_min=u_min.requires_grad_(), u_max=u_max)
    gradient = torch.autograd.grad(solution.x.sum(), u_max, retain_graph=True)[0]
    assert gradient[1].isnan().all()
    assert gradient[[0, 2]].isfinite().all()
    heeded = torch.autograd.grad(solution.x[solution.solved].sum(), u_max, retain_graph=True)[0]
    assert (heeded[1] == 0.0).all()
    check_lost(inputs, solution, INFEASIBLE_BOUNDS)


@pytest.mark.parametrize("bounds", [{"u_min": torch.inf}, {"u_max": -torch.inf}])
def test_bounds_beyond_all_numbers_are_crossed(bounds):
    assert (lqr(*random_problem(), **bounds).status == INFEASIBLE_BOUNDS).all()


def test_a_bound_that_is_no_number_is_flagged():
    assert (lqr(*random_problem(), u_min=torch.nan).status == NON_FINITE).all()


def test_items_that_did_not_converge_are_flagged_and_keep_their_iterate():
    inputs = [part.requires_grad_() for part in random_problem(8, 12, radius=2.0)]
    solution = lqr(*inputs, u_min=-0.2, u_max=0.2, max_iterations=2)
    lost = solution.status == UNCONVERGED
    assert lost.any()
    assert solution.u.isfinite().all()
    gradient = torch.autograd.grad(solution.u.sum(), inputs[0])[0]
    assert gradient[lost].isnan().all()
    assert gradient[~lost].isfinite().all()


def test_bounds_of_an_item_that_failed_have_no_gradient_unless_it_is_left_out():
    problem = random_problem(8, 12, radius=2.0)
    width = torch.full((8, 12, 2), 0.2, dtype=torch.float64).requires_grad_()
    solution = lqr(*problem, u_min=-width, u_max=width, max_iterations=2)
    lost = ~solution.solved
    assert lost.any()
    assert (~lost).any()
    gradient = torch.autograd.grad(solution.u.sum(), width, retain_graph=True)[0]
    assert gradient[lost].isnan().all()
    assert gradient[~lost].isfinite().all()
    heeded = torch.autograd.grad(solution.u[~lost].sum(), width)[0]
    assert (heeded[lost] == 0.0).all()
    torch.testing.assert_close(heeded[~lost], gradient[~lost])


def test_a_shared_input_of_an_item_that_failed_has_no_gradient():
    C, c, F, f, x0 = random_problem()
    x0[1, 0] = torch.nan
    shared = C[:1].clone().requires_grad_()
    solution = lqr(shared, c, F[:1], f, x0)
    assert torch.autograd.grad(solution.u.sum(), shared, retain_graph=True)[0].isnan().all()
    assert torch.autograd.grad(solution.u[solution.solved].sum(), shared)[0].isfinite().all()


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("C", (3, 4, 5, 4), r"C \[batch time tau tau\] = \[3 or 1, 4, 5, 5\], batch optional, got \[3, 4, 5, 4\]"),
        ("C", (5, 5), r"C as \[batch time tau tau\] or without batch, got \[5, 5\]"),
        ("c", (3, 5, 5), r"c \[batch time tau\] = \[3 or 1, 4, 5\], batch optional, got \[3, 5, 5\]"),
        ("c", (2, 4, 5), r"c \[batch time tau\] = \[3 or 1, 4, 5\], batch optional, got \[2, 4, 5\]"),
        ("F", (3, 4, 3, 5), r"F \[batch time-1 x tau\] = \[3 or 1, 3, 3, 5\], batch optional, got \[3, 4, 3, 5\]"),
        ("f", (3, 3, 2), r"f \[batch time-1 x\] = \[3 or 1, 3, 3\], batch optional, got \[3, 3, 2\]"),
        ("x0", (3, 5), r"x0 to have fewer states than C has rows, 5, and at least one, got 5"),
        ("x0", (), r"x0 as \[batch x\] or without batch, got \[\]"),
        ("u_min", (3, 4, 3), r"u_min to broadcast to \[batch time u\] = \[3, 4, 2\], got \[3, 4, 3\]"),
        ("u_max", (1, 3, 4, 2), r"u_max to broadcast to \[batch time u\] = \[3, 4, 2\], got \[1, 3, 4, 2\]"),
    ],
)
def test_shapes_that_do_not_fit_are_named(name, shape, message):
    parts = dict(zip(NAMES, random_problem(), strict=True))
    parts[name] = torch.zeros(shape, dtype=torch.float64)
    with pytest.raises(ValueError, match=message):
        lqr(**parts)


@pytest.mark.parametrize("name", ["c", "F", "f", "x0", "u_min"])
def test_other_dtypes_are_named(name):
    parts = dict(zip((*NAMES, "u_min"), (*random_problem(), torch.zeros(2, dtype=torch.float64)), strict=True))
    parts[name] = parts[name].float()
    with pytest.raises(ValueError, match=f"{name} of dtype torch.float64, like the rest, got torch.float32"):
        lqr(**parts)


def test_half_precision_is_refused():
    with pytest.raises(ValueError, match=r"C of dtype torch.float32 or torch.float64, .* got torch.float16"):
        lqr(*(part.half() for part in random_problem()))


def test_a_second_derivative_is_refused():
    C, c, F, f, x0 = random_problem()
    x0.requires_grad_()
    gradient = torch.autograd.grad(lqr(C, c, F, f, x0).u.square().sum(), x0, create_graph=True)[0]
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
