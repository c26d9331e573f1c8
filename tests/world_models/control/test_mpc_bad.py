"""What cannot be solved is told item by item; what does not fit is refused by name."""

import pytest
import torch
from mpc_for_tests import bicycle, ride, room, tracking

from world_models.control import Constraint, MPCOptions, Softness, mpc
from world_models.control.status import INDEFINITE, INFEASIBLE, INFEASIBLE_BOUNDS, NON_FINITE, SOLVED, UNCONVERGED

PARAMS = ("wheelbase", "state_weights", "weights", "wall")


def ridden(parts, **given):
    params = {name: parts[name] for name in PARAMS}
    kept = {"horizon": 8, "stages": {"reference": parts["reference"]}, "u_min": parts["u_min"], "u_max": parts["u_max"]}
    kept |= {"options": MPCOptions(broadcasts=True), **given}
    return mpc(kept.pop("cost", tracking), kept.pop("dynamics", bicycle), parts["x0"], params, **kept)


def check_lost(parts, status, **given):
    """Item 1 has this status and NaN gradients if it is asked; the others are as without it."""
    parts = {name: part.requires_grad_() for name, part in parts.items()}
    found = ridden(parts, **given)
    assert found.status.tolist() == [SOLVED, status, SOLVED]
    assert found.solved.tolist() == [True, False, True]
    asked = torch.autograd.grad(found.x.sum() + found.u.sum(), list(parts.values()), retain_graph=True)
    for name, gradient in zip(parts, asked, strict=True):
        assert gradient[1].isnan().all(), name
        assert gradient[[0, 2]].isfinite().all(), name
    heeded = torch.autograd.grad(found.u[found.solved].sum() + found.cost[found.solved].sum(), list(parts.values()))
    for name, gradient in zip(parts, heeded, strict=True):
        assert (gradient[1] == 0.0).all(), name
        assert gradient[[0, 2]].isfinite().all(), name
    assert heeded[0][0].ne(0.0).any()
    return found


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
@pytest.mark.parametrize("name", ["x0", "wheelbase", "state_weights", "reference"])
def test_items_that_are_not_finite_are_flagged(name, value):
    parts = ride(horizon=8)
    parts[name][1].view(-1)[0] = value
    found = check_lost(parts, NON_FINITE)
    assert found.u[1].isnan().all()
    assert found.cost[1].isnan()


def test_bounds_that_cross_are_flagged():
    parts = ride(horizon=8)
    parts["u_min"][1, 2, 0] = 3.5
    assert check_lost(parts, INFEASIBLE_BOUNDS).u[1].isnan().all()


def test_bounds_that_are_not_numbers_are_flagged():
    parts = ride(horizon=8)
    parts["u_max"][1, 2, 0] = torch.nan
    check_lost(parts, NON_FINITE)


def test_constraints_that_nothing_can_keep_are_flagged():
    parts = ride(horizon=8)
    parts["x0"][1, 1], parts["wall"][[0, 2]] = 1.2, 4.0
    found = check_lost(parts, INFEASIBLE, constraints=[Constraint(room)])
    assert found.u[1].isnan().all()


def test_costs_without_a_minimum_are_flagged():
    def falling(x, u, p):
        return tracking(x, u, p) - (0.2 * p["wall"] * u[..., 0]).square()

    parts = ride(horizon=8)
    parts["wall"][1] = 1e3
    parts["x0"] = 0.0 * parts["x0"] + torch.tensor([0.0, 0.0, 0.0, 6.0], dtype=torch.float64)
    free = {"u_min": None, "u_max": None, "start": torch.zeros(3, 8, 2, dtype=torch.float64)}
    found = ridden(parts, cost=falling, options=MPCOptions(broadcasts=True, max_iterations=25), **free)
    assert found.status[1] >= UNCONVERGED
    assert found.status[[0, 2]].tolist() == [SOLVED, SOLVED]


def test_a_maximum_is_no_solution():
    """Where slopes vanish though every way leads down."""
    x0 = torch.zeros(1, 1, dtype=torch.float64)
    found = mpc(
        lambda x, u, p: -u.square().sum(-1), lambda x, u, p: x, x0, {}, horizon=2, start=torch.zeros(1, 2, 1).double()
    )
    assert found.status.tolist() == [INDEFINITE]


def test_too_few_iterations_are_told():
    parts = {name: part.requires_grad_() for name, part in ride(horizon=8).items()}
    found = ridden(parts, options=MPCOptions(broadcasts=True, max_iterations=3))
    assert (found.status == UNCONVERGED).all()
    assert found.u.isfinite().all()
    assert torch.autograd.grad(found.u.sum(), parts["x0"])[0].isnan().all()


def test_a_start_from_another_problem_is_refused():
    parts = ride(horizon=8)
    with pytest.raises(ValueError, match=r"start from a problem with \['u_min', 'u_max', 'room'\], got one with"):
        ridden(parts, constraints=[Constraint(room, Softness(1.0), "room")], start=ridden(parts))


def wrong(**changed):
    parts = ride(horizon=8)
    return {**parts, **{name: make(parts[name]) for name, make in changed.items()}}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x0": lambda x: x[:2]}, r"x0 \[batch x\] with a batch of 3 or 1, got \[2, 4\]"),
        ({"wheelbase": lambda x: x[:2]}, r"wheelbase \[batch, ...\] = \[3 or 1, ...\], got \[2\]"),
        ({"reference": lambda x: x[:, :5]}, r"reference \[batch, time, ...\] = \[3 or 1, 8, ...\], got \[3, 5, 4\]"),
        ({"u_min": lambda x: x[:, :5]}, r"u_min to broadcast to \[batch time u\] = \[3, 8, 2\], got \[3, 5, 2\]"),
        ({"weights": lambda x: x.float()}, r"weights of dtype torch.float64 on cpu, like x0, got torch.float32"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(changed, message):
    with pytest.raises(ValueError, match=message):
        ridden(wrong(**changed))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"horizon": 0}, "horizon of at least 1, got 0"),
        ({"slew": 0.1}, "u_before, the control before the first, with slew"),
        ({"u_min": None, "u_max": 1.0}, "how many controls there are"),
        ({"start": torch.zeros(3, 7, 2).double()}, r"start \[batch time u\] = \[3, 8, 2\], got \[3, 7, 2\]"),
        ({"cost": lambda x, u, p: x}, r"cost to return \[3, 8\] for these stages, got \[3, 8, 4\]"),
        ({"dynamics": lambda x, u, p: u}, "dynamics to return"),
        ({"constraints": [Constraint(lambda x, u, p: x[..., 0], name="side")]}, r"side to return \[batch time k\]"),
        (
            {"stages": {"before": torch.zeros(3, 8).double()}},
            r"to differ from each other and 'before', got \['before'\]",
        ),
    ],
)
def test_what_makes_no_problem_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        ridden(ride(horizon=8), **given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Softness(0.0), "finite linear > 0, got 0.0"),
        (lambda: Softness(1.0, -1.0), "finite quadratic >= 0, got -1.0"),
        (lambda: MPCOptions(tol=0.0), "finite tol > 0, got 0.0"),
        (lambda: MPCOptions(max_iterations=0), "max_iterations of at least 1, got 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
