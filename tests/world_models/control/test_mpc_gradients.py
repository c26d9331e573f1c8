"""Gradients through the nonlinear solver against differences, in everything that is given."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

import pytest
import torch
from lqr_for_tests import random_problem
from mpc_for_tests import bicycle, errors_of_gradients, linear, of_stages, quadratic, ride, room, tracking

from world_models.control import Constraint, MPCOptions, Softness, lqr, mpc

EXACT = {"broadcasts": True, "tol": 1e-12, "smoothing": 1e-6}
PARAMS = ("wheelbase", "state_weights", "weights", "wall")
LIMITS = ("u_min", "u_max", "slew", "u_before")


def ridden(parts, options=MPCOptions(**EXACT), **given):  # noqa: B008 - it is frozen
    """The solution for tensors by name."""
    params = {name: parts[name] for name in PARAMS if name in parts}
    limits = {name: parts[name] for name in LIMITS if name in parts}
    stages = {"reference": parts["reference"]}
    cost, horizon = given.pop("cost", tracking), parts["reference"].shape[1]
    return mpc(cost, bicycle, parts["x0"], params, horizon=horizon, stages=stages, options=options, **limits, **given)


def outcome_of(**given):
    def outcome(parts):
        solution = ridden(parts, **given)
        assert solution.solved.all()
        return solution.x, solution.u

    return outcome


def slewed(parts):
    """With limits that do not meet the bounds in whole steps, where derivatives are one-sided."""
    limits = torch.tensor([1.1, 0.13], dtype=torch.float64).expand_as(parts["u_min"])
    return {**parts, "slew": limits, "u_before": torch.full_like(parts["x0"][:, :2], 0.05)}


def pays_for_changes(x, u, p):
    return tracking(x, u, p) + 0.3 * (u - p["before"]).square().sum(-1)


def circle(x, u, p):
    """Of forces: a hard constraint that is curved."""
    return 5.0 * p["wall"][..., None] - u[..., :1].square() - (5.0 * u[..., 1:]).square()


SOFT = Constraint(room, Softness(5.0, 1.0))
CASES = {
    "free": {},
    "bounds": {},
    "hard": {"constraints": [Constraint(circle)]},
    "memory": {"constraints": [SOFT], "cost": pays_for_changes, "options": MPCOptions(**EXACT, remembers=True)},
}


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_differences(case):
    parts = ride(batch=2)
    if case == "free":
        parts["u_min"], parts["u_max"] = (torch.full_like(parts["u_min"], side) for side in (-torch.inf, torch.inf))
        wide = {name: parts.pop(name)[:1] for name in ("u_min", "u_max")}
        check(parts, wide, {})
    else:
        check(slewed(parts) if case == "memory" else parts, {}, CASES[case])


def check(parts, shared, given):
    errors = errors_of_gradients(lambda some: outcome_of(**given)({**some, **shared}), parts)
    assert max(errors.values()) < 1e-6, errors


def test_gradients_of_controls_that_are_fixed():
    """Where the bounds meet, the sum of both gradients is the derivative by the control itself."""
    parts = ride(batch=2)
    held = torch.zeros_like(parts["u_min"], dtype=torch.bool)
    held[:, 3:6, 0] = True
    value = parts.pop("u_max").masked_fill(held, 0.0)
    low = parts.pop("u_min")

    def outcome(some):
        count = len(some["x0"]) // 2
        fixed, lower, upper = (part.repeat(count, 1, 1) for part in (held, low, value))
        both = some.pop("values")
        return outcome_of()({**some, "u_min": both.where(fixed, lower), "u_max": both.where(fixed, upper)})

    inputs = {**parts, "values": torch.full_like(low, 0.3)}
    errors = errors_of_gradients(lambda some: outcome(dict(some)), inputs)
    assert max(errors.values()) < 1e-6, errors


def test_gradients_of_linear_quadratic_problems_are_those_of_lqr():
    parts = [part.requires_grad_() for part in random_problem(3, 5, 3, 2)]
    C, c, F, f, x0 = parts
    draws = torch.Generator().manual_seed(0)
    by = torch.randn(3, 5, 2, generator=draws, dtype=C.dtype)
    low = torch.full((2,), -0.5, dtype=C.dtype)
    true = torch.autograd.grad(lqr(*parts, u_min=low, u_max=0.5).u, parts, by)
    options = MPCOptions(smoothing=1e-12, broadcasts=True)
    found = mpc(
        quadratic, linear, x0, {}, horizon=5, stages=of_stages(C, c, F, f), u_min=low, u_max=0.5, options=options
    )
    for gradient, wanted in zip(torch.autograd.grad(found.u, parts, by), true, strict=True):
        torch.testing.assert_close(gradient, wanted, atol=1e-6, rtol=1e-6)


def test_functions_that_are_mapped_have_the_same_gradients():
    parts = {name: part.requires_grad_() for name, part in ride(horizon=6).items()}
    both = [ridden(parts, constraints=[SOFT], options=o) for o in (MPCOptions(**EXACT), MPCOptions(smoothing=1e-6))]
    fast, slow = (torch.autograd.grad(found.u.square().sum(), list(parts.values())) for found in both)
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-6)


def test_what_is_shared_sums_over_items():
    parts = ride()
    alone = {name: part.requires_grad_() for name, part in parts.items()}
    shared = {name: part[:1].detach().requires_grad_() for name, part in parts.items() if name in PARAMS}
    every, one = (ridden({**alone, **some}).u.square().sum() for some in ({}, shared))
    for name, part in shared.items():
        (whole,), (summed,) = (
            torch.autograd.grad(every, alone[name], retain_graph=True),
            torch.autograd.grad(one, part, retain_graph=True),
        )
        torch.testing.assert_close(summed, whole.sum(0, keepdim=True))


def test_the_optimal_cost_needs_no_adjoint():
    """Envelope theorem: its gradient is the partial derivative of the cost, here by the weights."""
    parts = ride()
    weights = parts["state_weights"].requires_grad_()
    found = ridden(parts)
    (gradient,) = torch.autograd.grad(found.cost.sum(), weights)
    torch.testing.assert_close(gradient, (found.x - parts["reference"]).square().sum(1).detach())


def test_the_gradient_of_the_optimal_cost_is_its_difference():
    def outcome(parts):
        return (ridden(parts, options=MPCOptions(**{**EXACT, "smoothing": 1e-9}), constraints=[SOFT]).cost,)

    errors = errors_of_gradients(outcome, ride(batch=2), 1e-4)
    assert max(errors.values()) < 1e-6, errors


def test_gradients_are_those_of_the_problem_as_it_was_smoothed():
    options = MPCOptions(**{**EXACT, "smoothing": 1e-2})

    def outcome(parts):
        return (ridden(parts, options=options, constraints=[SOFT]).u,)

    errors = errors_of_gradients(outcome, ride(batch=2))
    assert max(errors.values()) < 1e-6, errors


def test_approximate_ways_back_are_biased_and_the_exact_one_is_not():
    """The two part where slopes of the dynamics depend on a parameter; "linearised" errs by more than the gradient."""
    parts = ride(batch=4, seed=0)
    parts["u_min"], parts["u_max"] = 10.0 * parts["u_min"], 10.0 * parts["u_max"]
    names = ("wheelbase", "state_weights", "x0")
    gradients = {}
    for rule in ("exact", "gauss_newton", "linearised"):
        leaves = {name: part.clone().requires_grad_() for name, part in parts.items()}
        found = ridden(leaves, options=MPCOptions(**EXACT, hessian_backward=rule))
        loss = (found.x[..., :2] - parts["reference"][..., :2]).square().sum()
        gradients[rule] = torch.autograd.grad(loss, [leaves[name] for name in names])
    exact = gradients["exact"]
    newton, linearised = (
        [float((one - true).norm() / true.norm()) for one, true in zip(gradients[rule], exact, strict=True)]
        for rule in ("gauss_newton", "linearised")
    )
    assert min(newton) > 1e-2
    assert linearised[1:] == pytest.approx(newton[1:])
    assert linearised[0] > 1.0


def test_differentiating_twice_is_refused():
    parts = ride()
    weights = parts["weights"].requires_grad_()
    (gradient,) = torch.autograd.grad(ridden(parts).u.square().sum(), weights, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
