"""Solutions of nonlinear problems against `lqr` and against what an optimum must fulfil."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

import pytest
import torch
from lqr_for_tests import random_problem
from mpc_for_tests import U_MAX, U_MIN, bicycle, linear, of_stages, quadratic, ride, room, tracking

from world_models.control import Constraint, MPCOptions, Softness, lqr, mpc

NAMES = ("wheelbase", "state_weights", "weights", "wall")
FAST = MPCOptions(broadcasts=True)


def planned(parts, **given):
    """With the bounds of the ride unless told otherwise."""
    kept = {"u_min": parts["u_min"], "u_max": parts["u_max"], "options": FAST, **given}
    params = {name: parts[name] for name in NAMES}
    horizon = parts["reference"].shape[1]
    stages = {"reference": parts["reference"]}
    return mpc(kept.pop("cost", tracking), bicycle, parts["x0"], params, horizon=horizon, stages=stages, **kept)


@pytest.mark.parametrize("broadcasts", [True, False])
@pytest.mark.parametrize("bounds", [{}, {"u_min": -0.5, "u_max": 0.5}, {"u_max": 0.2}])
def test_linear_quadratic_problems_are_solved_as_by_lqr(bounds, broadcasts):
    C, c, F, f, x0 = random_problem(3, 6, 3, 2)
    true = lqr(C, c, F, f, x0, **bounds)
    found = mpc(
        quadratic,
        linear,
        x0,
        {},
        horizon=6,
        stages=of_stages(C, c, F, f),
        start=torch.zeros_like(true.u),
        options=MPCOptions(broadcasts=broadcasts, smoothing=1e-13),
        **bounds,
    )
    assert found.solved.all()
    for name in ("x", "u", "lam", "K", "k"):
        torch.testing.assert_close(getattr(found, name), getattr(true, name), atol=1e-7, rtol=0)
    assert bounds or (found.iterations == 1).all()


def test_one_stage_alone_is_solved():
    C, c, F, f, x0 = random_problem(2, 1, 3, 2)
    stages = {**of_stages(C, c, F, f), "F": torch.zeros(2, 1, 3, 5, dtype=C.dtype)}
    found = mpc(quadratic, linear, x0, {}, horizon=1, stages=stages, u_min=-0.1, u_max=torch.full((2,), 0.1).double())
    torch.testing.assert_close(found.u, lqr(C, c, F, f, x0, u_min=-0.1, u_max=0.1).u, atol=1e-6, rtol=0)


def everything(parts):
    """Bounds, slew limits and soft constraints on states."""
    before = torch.zeros(len(parts["x0"]), 2, dtype=torch.float64)
    limits = torch.tensor([1.1, 0.15], dtype=torch.float64)
    return {"slew": limits, "u_before": before, "constraints": [Constraint(room, Softness(5.0, 1.0), "room")]}


def test_every_ride_of_a_batch_fulfils_the_conditions_of_optimality():
    parts = ride(batch=32)
    found = planned(parts, **everything(parts))
    assert found.solved.all()
    assert (found.kkt_residual < 1e-8).all()
    ahead = bicycle(found.x, found.u, {"wheelbase": parts["wheelbase"][:, None]})
    torch.testing.assert_close(ahead[:, :-1], found.x[:, 1:], atol=1e-8, rtol=0)
    torch.testing.assert_close(found.x[:, 0], parts["x0"], atol=1e-8, rtol=0)
    assert (found.u >= U_MIN - 1e-8).all()
    assert (found.u <= U_MAX + 1e-8).all()
    changes = found.u.diff(dim=1, prepend=torch.zeros_like(found.u[:, :1])).abs()
    assert (changes <= torch.tensor([1.1, 0.15], dtype=torch.float64) + 1e-8).all()
    assert all((held >= 0.0).all() for held in found.multipliers.values())
    assert (found.multipliers["room"] > 4.9).any()
    assert (found.multipliers["slew_up"] > 1.0).any()


def test_controls_are_stationary_for_the_cost_of_rolling_out():
    """With the multipliers of bounds for what the cost's slope leaves."""
    parts = ride()
    found = planned(parts)
    u = found.u.clone().requires_grad_()
    x = [parts["x0"]]
    for t in range(14):
        x.append(bicycle(x[-1], u[:, t], parts))
    p = {name: parts[name][:, None] for name in NAMES} | {"reference": parts["reference"]}
    cost = tracking(torch.stack(x, 1), u, p).sum(1)
    (slope,) = torch.autograd.grad(cost.sum(), u)
    torch.testing.assert_close(slope, found.multipliers["u_min"] - found.multipliers["u_max"], atol=1e-7, rtol=0)
    torch.testing.assert_close(cost, found.cost, atol=1e-7, rtol=0)
    assert found.multipliers["u_max"].max() > 1.0


def test_functions_that_broadcast_are_mapped_to_the_same():
    parts = ride(horizon=6)
    given = everything(parts)
    mapped = planned(parts, **given, options=MPCOptions())
    torch.testing.assert_close(planned(parts, **given).u, mapped.u, atol=1e-9, rtol=0)


def test_items_do_not_see_each_other():
    parts = ride(batch=4, horizon=6)
    given = everything(parts)
    order = torch.tensor([2, 0, 3, 1])
    turned = {name: part[order] for name, part in parts.items()}
    torch.testing.assert_close(planned(turned, **given).u, planned(parts, **given).u[order], atol=1e-9, rtol=0)


def test_the_policy_is_the_derivative_of_controls_by_states():
    parts = ride(batch=1)
    options = MPCOptions(broadcasts=True, smoothing=1e-3, tol=1e-11)
    found = planned(parts, options=options)
    shift = 1e-5 * torch.eye(4, dtype=torch.float64)
    many = {name: part.expand(8, *part.shape[1:]) for name, part in parts.items()}
    many["x0"] = parts["x0"] + torch.cat([shift, -shift])
    ahead, back = planned(many, options=options).u[:, 0].chunk(2)
    torch.testing.assert_close(found.K[0, 0], ((ahead - back) / 2e-5).mT, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close((found.K @ found.x[..., None])[..., 0] + found.k, found.u)


def test_the_first_costate_is_the_derivative_of_the_optimal_cost():
    parts = ride()
    parts["x0"].requires_grad_()
    found = planned(parts)
    (slope,) = torch.autograd.grad(found.cost.sum(), parts["x0"])
    torch.testing.assert_close(slope, found.lam[:, 0])


def test_soft_constraints_are_kept_where_the_price_is_high_and_paid_for_where_it_is_low():
    parts = ride()
    parts["x0"][:, 1] = -0.5  # on this side of the wall
    hard, dear, cheap = (
        planned(parts, constraints=[Constraint(room, soft)]) for soft in (None, Softness(1e3), Softness(0.1))
    )
    price = hard.multipliers["constraint_0"].max()
    assert 0.1 < price < 1e3
    torch.testing.assert_close(dear.u, hard.u, atol=1e-5, rtol=0)
    assert (hard.x[..., 1] <= 0.8 + 1e-8).all()
    assert (cheap.x[..., 1] > 0.8 + 1e-2).any()
    assert (cheap.cost < hard.cost + 1e-8).all()


def test_a_violation_costs_what_was_agreed():
    parts = ride()
    found = planned(parts, constraints=[Constraint(room, Softness(0.5, 1.0))])
    p = {name: parts[name][:, None] for name in NAMES} | {"reference": parts["reference"]}
    violation = (-room(found.x, found.u, p)).clamp(min=0.0)
    paid = (0.5 * violation + 0.5 * violation.square()).sum((1, 2))
    torch.testing.assert_close(found.cost, tracking(found.x, found.u, p).sum(1) + paid, atol=1e-6, rtol=0)
    assert paid.max() > 0.1


def test_changes_of_controls_may_be_paid_for():
    """As a cost on p["before"], and as the same on a state that was made for it by hand."""

    def smooth(x, u, p):
        return tracking(x, u, p) + 3.0 * (u - p["before"]).square().sum(-1)

    def by_hand(x, u, p):
        return tracking(x[..., :4], u, p) + 3.0 * (u - x[..., 4:]).square().sum(-1)

    def remembering(x, u, p):
        return torch.cat([bicycle(x[..., :4], u, p), u], -1)

    parts, before = ride(), torch.full((3, 2), 0.1, dtype=torch.float64)
    options = MPCOptions(broadcasts=True, remembers=True)
    found = planned(parts, cost=smooth, slew=0.3, u_before=before, options=options)
    free = planned(parts, cost=smooth, u_before=before, options=options)
    params = {name: parts[name] for name in NAMES}
    whole = torch.cat([parts["x0"], before], -1)
    given = {"horizon": 15, "stages": {"reference": parts["reference"]}, "u_min": U_MIN, "u_max": U_MAX}
    true = mpc(by_hand, remembering, whole, params, options=FAST, **given)
    torch.testing.assert_close(free.u, true.u, atol=1e-7, rtol=0)
    assert (found.u - free.u).abs().max() > 0.1


def test_what_is_left_of_a_plan_is_a_start_for_the_next():
    parts = ride(batch=4)
    given = everything(parts)
    first = planned(parts, **given)
    times = 0.2 * (1.0 + torch.arange(15, dtype=torch.float64))
    reference = torch.stack([6.0 * times, 2.0 * torch.sin(0.5 * times), 0.0 * times, 0.0 * times + 6.0], -1)
    following = {**parts, "x0": first.x[:, 1], "reference": reference.expand(4, -1, -1)}
    given["u_before"] = first.u[:, 0]
    warm = planned(following, **given, start=first.shifted())
    cold = planned(following, **given)
    torch.testing.assert_close(warm.u, cold.u, atol=1e-6, rtol=0)
    assert warm.iterations.sum() < 0.7 * cold.iterations.sum()


def test_items_without_a_former_solution_begin_afresh():
    parts = ride()
    crossed = {**parts, "u_min": parts["u_min"].clone()}
    crossed["u_min"][1] = 4.0
    former = planned(crossed)
    assert former.solved.tolist() == [True, False, True]
    torch.testing.assert_close(planned(parts, start=former).u, planned(parts).u, atol=1e-6, rtol=0)


def test_a_pendulum_swings_up_from_everywhere():
    """Saddles, where the Hessian has to be made convex."""

    def pendulum(x, u, p):
        pull = 5.0 * torch.sin(x[..., 0]) + u[..., 0]
        return torch.stack([x[..., 0] + 0.1 * x[..., 1] + 0.005 * pull, x[..., 1] + 0.1 * pull], -1)

    def upright(x, u, p):
        return 1.0 - torch.cos(x[..., 0]) + 0.05 * x[..., 1] ** 2 + 0.01 * u[..., 0] ** 2

    draws = torch.Generator().manual_seed(0)
    x0 = torch.randn(8, 2, generator=draws, dtype=torch.float64)
    limit = torch.full((1,), 3.0, dtype=torch.float64)
    found = mpc(upright, pendulum, x0, {}, horizon=30, u_min=-limit, u_max=limit, options=FAST)
    assert found.solved.all()


def test_single_precision_is_enough():
    parts = {name: part.float() for name, part in ride().items()}
    found = planned(parts, **{name: part for name, part in everything(parts).items() if name == "constraints"})
    assert found.solved.all()
    torch.testing.assert_close(
        found.u.double(), planned(ride(), constraints=everything(ride())["constraints"]).u, atol=1e-3, rtol=0
    )
