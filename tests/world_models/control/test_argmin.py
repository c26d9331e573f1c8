"""The least of an objective as a layer: one way forward, several ways back."""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

from itertools import pairwise
from weakref import WeakSet

import pytest
import torch
from lqr_for_tests import assert_gradients_are_differences
from torch import Tensor

from world_models.control import (
    ArgminSolution,
    ConjugateGradient,
    Descent,
    Direct,
    Neumann,
    Newton,
    NormalEquations,
    Truncated,
    Unrolled,
    Way,
    argmin,
)
from world_models.control.status import INDEFINITE, INFEASIBLE_BOUNDS, SOLVED, UNCONVERGED, WEAKLY_ACTIVE

WAYS = [Direct(), ConjugateGradient(1e-13), NormalEquations(1e-13), Neumann(800), Unrolled(), Truncated(2)]
START = torch.zeros(3, 4, dtype=torch.float64)


def inputs() -> list[Tensor]:
    """H [batch n n], c [batch n], and k and low, which items share."""
    draws = torch.Generator().manual_seed(0)
    root = torch.randn(3, 4, 4, generator=draws, dtype=torch.float64)
    c = torch.randn(3, 4, generator=draws, dtype=torch.float64)
    H = root @ root.mT + 0.5 * torch.eye(4, dtype=torch.float64)
    parts = [H, c, torch.tensor(1.0, dtype=torch.float64), torch.full((4,), -0.3, dtype=torch.float64)]
    return [part.requires_grad_() for part in parts]


def quartic(z: Tensor, params: tuple[Tensor, ...]) -> Tensor:
    H, c, k = params
    return 0.5 * torch.einsum("bi,bij,bj->b", z, H, z) + (c * z).sum(1) + 0.1 * (k * z).pow(4).sum(1)


def quadratic(z: Tensor, params: tuple[Tensor, ...]) -> Tensor:
    H, c = params
    return 0.5 * torch.einsum("bi,bij,bj->b", z, H, z) + (c * z).sum(1)


def gradients(solution: ArgminSolution, parts: list[Tensor]) -> list[Tensor]:
    return list(torch.autograd.grad(solution.z.pow(3).sum(), parts))


@pytest.mark.parametrize("way", WAYS)
def test_every_way_back_is_the_finite_difference_with_bounds_active(way):
    H, c, k, low = inputs()
    own = [H, c, *(part.detach().expand(3, -1).clone().requires_grad_() for part in (k.reshape(1), low))]

    def outcome(H: Tensor, c: Tensor, k: Tensor, low: Tensor) -> tuple[Tensor, ...]:
        count = len(H) // 3
        solution = argmin(quartic, START.repeat(count, 1), (H, c, k), z_min=low, z_max=0.4, way=way)
        assert bool((solution.z == low).any())
        assert bool((solution.z == 0.4).any())
        return solution.z, solution.value[:, None]

    assert_gradients_are_differences(outcome, own)


def test_the_way_forward_is_the_same_under_every_way_back():
    parts = inputs()
    for solver in (Newton(), Descent(0.1, 30, tol=None)):
        found = [argmin(quartic, START, parts[:3], z_min=-0.3, solver=solver, way=way) for way in WAYS]
        assert all(torch.equal(each.z, found[0].z) and torch.equal(each.value, found[0].value) for each in found)
        assert all(bool((each.status == SOLVED).all()) for each in found)


def test_newton_solves_a_quadratic_in_a_step_and_a_hard_valley_in_a_few():
    H, c, *_ = inputs()
    solution = argmin(quadratic, START, (H, c))
    torch.testing.assert_close(solution.z, -torch.linalg.solve(H, c))
    assert solution.iterations.tolist() == [1, 1, 1]

    def valley(z: Tensor, params: Tensor) -> Tensor:
        return (params[0] - z[:, 0]) ** 2 + params[1] * (z[:, 1] - z[:, 0] ** 2) ** 2

    params = torch.tensor([1.5, 100.0], dtype=torch.float64, requires_grad=True)
    start = torch.tensor([[-1.2, 1.0], [3.0, 3.0]], dtype=torch.float64)
    found = argmin(valley, start, params)
    torch.testing.assert_close(found.z, torch.tensor([[1.5, 2.25]] * 2, dtype=torch.float64))
    (by_params,) = torch.autograd.grad(found.z[0, 1], params)
    torch.testing.assert_close(by_params, torch.tensor([3.0, 0.0], dtype=torch.float64))  # of params[0]^2


@pytest.mark.parametrize("terms", [1, 3, 10])
def test_truncated_unrolling_of_descent_at_the_optimum_is_the_truncated_neumann_series(terms):
    parts = inputs()
    best = argmin(quartic, START, parts[:3], z_min=parts[3], z_max=0.4).z.detach()
    unrolled, series = (
        gradients(argmin(quartic, best, parts[:3], z_min=parts[3], z_max=0.4, solver=Descent(0.1, 15), way=way), parts)
        for way in (Truncated(terms), Neumann(terms, 0.1))
    )
    for one, other in zip(unrolled, series, strict=True):
        torch.testing.assert_close(one, other, atol=2e-14, rtol=1e-12)


def test_truncation_errors_fall_as_rho_to_the_number_of_steps():
    H, c, *_ = inputs()
    values = torch.linalg.eigvalsh(H.detach())
    step = float(1.0 / values.max())
    best = argmin(quadratic, START, (H, c)).z.detach()
    exact = -torch.linalg.solve(H, torch.ones_like(c)).detach()
    errors = []
    for last in (60, 80, 100):
        z = argmin(quadratic, best, (H, c), solver=Descent(step, 100), way=Truncated(last)).z
        errors.append((torch.autograd.grad(z.sum(), c)[0] - exact).norm(dim=1))
    ratios = torch.stack([after / before for before, after in pairwise(errors)])
    torch.testing.assert_close(ratios ** (1 / 20), (1.0 - step * values[:, 0]).expand(2, 3), atol=2e-3, rtol=0.0)


def test_one_newton_step_kept_at_the_optimum_is_the_implicit_gradient():
    parts = inputs()
    exact = gradients(argmin(quartic, START, parts[:3], z_min=parts[3]), parts)
    kept = gradients(argmin(quartic, START, parts[:3], z_min=parts[3], way=Truncated(1)), parts)
    for one, other in zip(exact, kept, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_a_scalar_problem_has_its_gradient(way):
    centre = torch.tensor([[2.0], [-1.0]], dtype=torch.float64, requires_grad=True)
    solution = argmin(lambda z, p: 3.0 * (z - p).square().sum(1), torch.zeros_like(centre), centre, way=way)
    torch.testing.assert_close(solution.z, centre)
    torch.testing.assert_close(torch.autograd.grad(solution.z.sum(), centre)[0], torch.ones_like(centre))


def test_gradients_flow_to_what_the_objective_holds_and_shared_ones_sum():
    network = torch.nn.Linear(2, 3).double()
    features = torch.randn(5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    start = torch.zeros(5, 3, dtype=torch.float64)
    found = argmin(lambda z, seen: (z - network(seen)).square().sum(1), start, features)
    wanted = torch.autograd.grad(network(features).pow(3).sum(), list(network.parameters()))
    for one, other in zip(gradients(found, list(network.parameters())), wanted, strict=True):
        torch.testing.assert_close(one, other)


def test_a_control_at_its_bound_follows_it_and_pulls_the_rest_along():
    low = torch.tensor([[1.0, -torch.inf]], dtype=torch.float64, requires_grad=True)
    found = argmin(lambda z, p: z[:, 0] ** 2 + (z[:, 1] - 3.0 * z[:, 0]) ** 2, torch.zeros_like(low), z_min=low)
    torch.testing.assert_close(found.z, torch.tensor([[1.0, 3.0]], dtype=torch.float64))
    for part, slope in ((found.z[0, 1], 3.0), (found.value.sum(), 2.0)):  # of 3 low and of low^2
        (by_low,) = torch.autograd.grad(part, low, retain_graph=True)
        torch.testing.assert_close(by_low, torch.tensor([[slope, 0.0]], dtype=torch.float64))


class Kept:
    """A tensor that a graph holds on to."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


def saved_bytes(way: Way, iterations: int) -> int:
    """Of what the graph of the solution keeps."""
    alive: WeakSet[Kept] = WeakSet()

    def pack(tensor: Tensor) -> Kept:
        kept = Kept(tensor)
        alive.add(kept)
        return kept

    H, c, *_ = inputs()
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept.tensor):
        solution = argmin(quadratic, START, (H, c), solver=Descent(0.1, iterations, tol=None), way=way)
    assert solution.z.grad_fn is not None
    return sum(kept.tensor.nbytes for kept in alive)


def test_memory_of_implicit_ways_does_not_grow_with_iterations_and_that_of_unrolling_does():
    for way in (Direct(), ConjugateGradient(), Neumann(5), Truncated(5)):
        assert saved_bytes(way, 80) == saved_bytes(way, 10)
    assert saved_bytes(Unrolled(), 80) > 6 * saved_bytes(Unrolled(), 10) > 6 * saved_bytes(Direct(), 80)


def test_items_that_are_not_solved_have_nan_gradients_where_the_loss_depends_on_them():
    H, c, *_ = inputs()
    found = argmin(quadratic, START, (H, c), solver=Descent(0.1, 5))
    assert found.status.tolist() == [UNCONVERGED] * 3
    (by_c,) = torch.autograd.grad(found.z[0].sum() + found.value[1], c)
    assert by_c.isnan().any(1).tolist() == [True, True, False]
    free = argmin(quadratic, START, (H, c), solver=Descent(0.1, 5, tol=None))
    assert bool(free.solved.all())
    assert bool(torch.isfinite(torch.autograd.grad(free.z.sum(), c)[0]).all())


def test_saddles_crossed_bounds_and_bounds_only_touched_have_a_status():
    k = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    saddle = argmin(lambda z, p: p[0] * z[:, 0] ** 2 - p[1] * z[:, 1] ** 2, START[:1, :2], k)
    assert saddle.status.tolist() == [INDEFINITE]
    assert bool(torch.autograd.grad(saddle.z.sum(), k)[0].isnan().all())
    low = torch.tensor([[1.0], [0.0], [-1.0]], dtype=torch.float64, requires_grad=True)
    found = argmin(lambda z, p: z[:, 0] ** 2, START[:, :1], z_min=low, z_max=0.5)
    assert found.status.tolist() == [INFEASIBLE_BOUNDS, WEAKLY_ACTIVE, SOLVED]
    assert found.z.isnan()[:, 0].tolist() == [True, False, False]
    assert torch.autograd.grad(found.z.sum(), low)[0].isnan()[:, 0].tolist() == [True, False, False]


def test_a_way_that_does_not_apply_is_told_in_the_way_back():
    H, c, *_ = inputs()
    found = argmin(quadratic, START, (H, c), way=ConjugateGradient(1e-10, 1))
    with pytest.warns(RuntimeWarning, match="did not solve items"):
        (by_c,) = torch.autograd.grad(found.z.sum(), c)
    assert bool(by_c.isnan().all())


def test_implicit_gradients_cannot_be_differentiated_but_unrolled_ones_can():
    centre = torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    shape = lambda z, p: (z - p**3).square().sum(1) * p.sum()  # noqa: E731
    start = torch.zeros_like(centre)
    for part in ("z", "value"):
        (slope,) = torch.autograd.grad(getattr(argmin(shape, start, centre), part).sum(), centre, create_graph=True)
        with pytest.raises(RuntimeError, match="differentiated once"):
            torch.autograd.grad(slope.sum(), centre)
    (slope,) = torch.autograd.grad(argmin(shape, start, centre, way=Unrolled()).z.sum(), centre, create_graph=True)
    torch.testing.assert_close(torch.autograd.grad(slope.sum(), centre)[0], 6.0 * centre)


def test_single_precision_arrives_at_what_it_can():
    H, c, *_ = (part.detach().float() for part in inputs())
    c.requires_grad_()
    found = argmin(quadratic, START.float(), (H, c))
    assert bool(found.solved.all())
    torch.testing.assert_close(torch.autograd.grad(found.z.sum(), c)[0], -torch.linalg.solve(H, torch.ones_like(c)))


def test_without_gradients_asked_for_there_is_no_graph():
    H, c, *_ = inputs()
    for way in WAYS:
        with torch.no_grad():
            assert not argmin(quadratic, START, (H, c), way=way).z.requires_grad
    closed = argmin(quadratic, START, (H.detach(), c.detach()), z_min=-1.0)
    assert not closed.z.requires_grad
    assert not closed.value.requires_grad


@pytest.mark.parametrize(
    ("start", "keywords", "message"),
    [
        (START[0], {}, r"Expected z0 as \[batch n\], .*, got \[4\]"),
        (START.half(), {}, "Expected z0 of dtype torch.float32 or torch.float64, got torch.float16"),
        (
            START,
            {"z_min": torch.zeros(5).double()},
            r"Expected z_min to broadcast to \[batch n\] = \[3, 4\], got \[5\]",
        ),
        (START, {"z_max": torch.zeros(4)}, "Expected z_max of torch.float64 on cpu, like z0, got torch.float32"),
    ],
)
def test_what_does_not_fit_is_refused(start, keywords, message):
    with pytest.raises(ValueError, match=message):
        argmin(lambda z, p: z.square().sum(1), start, **keywords)


def test_objectives_that_do_not_return_a_value_a_row_are_refused():
    with pytest.raises(ValueError, match=r"Expected the objective to return one value a row, \[3\], got \[\]"):
        argmin(lambda z, p: z.square().sum(), START)
    with pytest.raises(ValueError, match=r"Expected step > 0, got 0\.0"):
        Descent(0.0, 3)
    with pytest.raises(ValueError, match="Expected iterations >= 1, got 0"):
        Newton(0)
