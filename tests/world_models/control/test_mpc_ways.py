"""Ways back through `mpc`: one optimum, the same gradients."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

from functools import cache

import pytest
import torch
from torch import Tensor

from world_models.control import (
    ConjugateGradient,
    Constraint,
    Direct,
    MPCOptions,
    MPCSolution,
    Neumann,
    NormalEquations,
    Softness,
    Truncated,
    Unrolled,
    Way,
    mpc,
)
from world_models.control.implicit.reduced import solve_reduced
from world_models.control.riccati import factorise, solve
from world_models.control.status import UNCONVERGED

HORIZON, STEP = 8, 0.25


def cost(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    return p["place"] * (x[..., 0] - 2.0).square() + (x[..., 1] - 1.0).square() + p["effort"] * u.square().sum(-1)


def bicycle(x: Tensor, u: Tensor, p: dict[str, Tensor]) -> Tensor:
    turned = x[..., 3] * torch.tan(u[..., 1]) / p["wheelbase"]
    speeds = torch.stack([x[..., 3] * torch.cos(x[..., 2]), x[..., 3] * torch.sin(x[..., 2]), turned, u[..., 0]], -1)
    return x + STEP * speeds


def inputs() -> list[Tensor]:
    """x0, place, effort and wheelbase, of which two are shared, and a bound."""
    x0 = torch.tensor([[0.0, 0.0, 0.1, 1.0], [0.2, -0.1, 0.0, 0.5]])
    parts = [x0, torch.tensor([1.0]), torch.tensor([0.1]), torch.tensor([2.5, 2.8]), torch.tensor([0.8, 0.3])]
    return [part.double().requires_grad_() for part in parts]


def solution(parts: list[Tensor], way: Way, **options: object) -> MPCSolution:
    x0, place, effort, wheelbase, bound = parts
    return mpc(
        cost,
        bicycle,
        x0,
        {"place": place, "effort": effort, "wheelbase": wheelbase},
        horizon=HORIZON,
        u_min=-bound,
        u_max=bound,
        constraints=[Constraint(lambda x, u, p: 0.35 - x[..., 1:2], Softness(0.3, 1.0))],
        options=MPCOptions(broadcasts=True, way=way, **options),  # pyright: ignore[reportArgumentType]
    )


def gradients(way: Way, **options: object) -> tuple[Tensor, ...]:
    parts = inputs()
    found = solution(parts, way, **options)
    assert bool(found.solved.all())
    return torch.autograd.grad(found.u.pow(2).sum() + found.x[..., 0].pow(3).sum() + 0.3 * found.cost.sum(), parts)


@cache
def direct() -> tuple[Tensor, ...]:
    return gradients(Direct())


def error(way: Way, **options: object) -> float:
    """Largest of all gradients, as shares of the largest entry of each."""
    found = zip(gradients(way, **options), direct(), strict=True)
    return max(float((one - other).abs().max() / other.abs().max()) for one, other in found)


@pytest.mark.parametrize(
    ("way", "most"),
    [(ConjugateGradient(1e-12), 1e-8), (NormalEquations(1e-11), 1e-6), (Neumann(500), 1e-8), (Truncated(3), 1e-6)],
)
def test_every_way_back_has_the_gradients_of_the_direct_one(way, most):
    assert error(way) < most


def test_unrolled_iterations_have_them_too_and_the_last_few_are_enough():
    errors = [error(way) for way in (Truncated(1), Truncated(2), Unrolled())]
    assert errors[0] > 10.0 * errors[1]
    assert errors[1] < 1e-4
    assert errors[2] < 1e-6


def test_truncated_series_come_nearer_with_every_term():
    errors = [error(Neumann(terms)) for terms in (2, 8, 32)]
    assert errors[0] > 2.0 * errors[1] > 4.0 * errors[2]


def test_the_way_forward_is_the_same_under_every_way_back():
    found = [solution(inputs(), way) for way in (Direct(), Neumann(3), Truncated(2))]
    assert all(torch.equal(each.u, found[0].u) and torch.equal(each.cost, found[0].cost) for each in found)


def test_conjugate_gradient_that_is_cut_short_is_told():
    with pytest.warns(RuntimeWarning, match=r"did not solve items \[0, 1\]"):
        found = gradients(ConjugateGradient(1e-10, 2))
    assert all(bool(part.isnan().any()) for part in found)


@pytest.mark.parametrize("way", [ConjugateGradient(), Unrolled(), Truncated(2)])
def test_items_that_are_not_solved_have_nan_gradients_where_the_loss_depends_on_them(way):
    parts = inputs()
    found = solution(parts, way, max_iterations=3)
    assert found.status.tolist() == [UNCONVERGED] * 2
    by_x0, by_place = torch.autograd.grad(found.u[0].sum(), parts[:2])
    assert by_x0.isnan().any(1).tolist() == [True, False]
    assert bool(by_place.isnan().all())


def test_iterations_take_no_other_hessian():
    with pytest.raises(ValueError, match=r"Expected hessian_backward 'exact' with Truncated\(last=2\)"):
        MPCOptions(way=Truncated(2), hessian_backward="gauss_newton")


def test_an_lqr_by_products_alone_is_that_by_riccati():
    draws = torch.Generator().manual_seed(0)
    root, F, c = (
        torch.randn(*shape, generator=draws, dtype=torch.float64) for shape in ((2, 5, 4, 4), (2, 4, 3, 4), (2, 5, 4))
    )
    C = root @ root.mT + 0.1 * torch.eye(4, dtype=torch.float64)
    free = torch.ones(2, 5, 1, dtype=torch.float64)
    free[0, 2] = 0.0
    wanted = solve(factorise(C, F, free=free), F, c, torch.zeros_like(F[..., 0]), c.new_zeros(2, 3))
    found = solve_reduced(C, F, c, ConjugateGradient(1e-13), free=free, barrier=torch.zeros_like(free))
    for one, other in zip(found, wanted[:3], strict=True):
        torch.testing.assert_close(one, other, atol=1e-8, rtol=1e-8)
