"""Solving with a matrix known by its products: against the explicit inverse, and where that is not to be had."""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

import pytest
import torch
from torch import Tensor

from world_models.control import ConjugateGradient, Direct, Neumann, NormalEquations, Unrolled
from world_models.control.implicit import solve_symmetric
from world_models.control.implicit.neumann import largest_eigenvalue
from world_models.control.implicit.normal_equations import normal_equations

EXACT = [Direct(), ConjugateGradient(1e-13), NormalEquations(1e-13), Neumann(4000)]


def matrices(size: int = 5, *, batch: int = 3) -> tuple[Tensor, Tensor]:
    """Symmetric positive definite H, other ones for each item, and b."""
    draws = torch.Generator().manual_seed(size)
    root = torch.randn(batch, size, size, generator=draws, dtype=torch.float64)
    b = torch.randn(batch, size, generator=draws, dtype=torch.float64)
    return root @ root.mT / size + 0.2 * torch.eye(size, dtype=torch.float64), b


def by(H: Tensor):
    return lambda v: (H @ v[..., None])[..., 0]


@pytest.mark.parametrize("way", EXACT)
@pytest.mark.parametrize("size", [1, 5])
def test_every_way_is_the_explicit_inverse(way, size):
    H, b = matrices(size)
    w, residual = solve_symmetric(by(H), b, way)
    torch.testing.assert_close(w, torch.linalg.inv(H) @ b[..., None] @ torch.ones(1, dtype=b.dtype), atol=1e-10, rtol=0)
    assert residual.max() < 1e-9


def test_conjugate_gradient_needs_as_many_products_as_there_are_eigenvalues():
    H = torch.diag_embed(torch.tensor([[1.0, 1.0, 5.0, 5.0, 1.0], [2.0, 2.0, 2.0, 2.0, 2.0]], dtype=torch.float64))
    b = torch.arange(1.0, 11.0, dtype=torch.float64).reshape(2, 5)
    w, residual = solve_symmetric(by(H), b, ConjugateGradient(1e-12, 2))
    torch.testing.assert_close(w, torch.linalg.solve(H, b))
    _, short = solve_symmetric(by(H), b, ConjugateGradient(None, 1))
    assert residual.max() < 1e-12
    assert short[0] > 1e-3
    assert short[1] < 1e-12


@pytest.mark.parametrize("way", EXACT)
def test_an_item_is_solved_as_if_it_were_alone(way):
    H, b = matrices()
    b = torch.cat([b[:2], torch.zeros_like(b[:1])])
    together, _ = solve_symmetric(by(H), b, way)
    alone = [solve_symmetric(by(H[i : i + 1]), b[i : i + 1], way)[0] for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-12, rtol=1e-12)
    assert bool((together[2] == 0.0).all())


def test_what_neumann_leaves_falls_as_rho_to_the_number_of_terms():
    H, b = matrices()
    values = torch.linalg.eigvalsh(H)
    step = float(1.0 / values.max())
    rho = 1.0 - step * values[:, 0]
    exact = torch.linalg.solve(H, b)
    errors = torch.stack([(solve_symmetric(by(H), b, Neumann(k, step))[0] - exact).norm(dim=1) for k in (60, 80, 100)])
    torch.testing.assert_close((errors[1:] / errors[:-1]) ** (1 / 20), rho.expand(2, 3), atol=2e-3, rtol=0.0)


def test_neumann_has_its_factor_and_its_residual_is_the_true_one():
    H, b = matrices()
    step = 0.3
    w, residual = solve_symmetric(by(H), b, Neumann(2, step))
    torch.testing.assert_close(w, step * (2.0 * b - step * by(H)(b)))
    torch.testing.assert_close(residual, (b - by(H)(w)).norm(dim=1) / b.norm(dim=1))


def test_power_iteration_finds_the_largest_eigenvalue_wherever_b_points():
    H, _ = matrices()
    values, vectors = torch.linalg.eigh(H)
    found = largest_eigenvalue(by(H), vectors[..., 0])
    assert bool((found <= values[:, -1] * (1.0 + 1e-12)).all())
    assert bool((found >= 0.8 * values[:, -1]).all())


def test_normal_equations_take_any_regular_matrix():
    draws = torch.Generator().manual_seed(1)
    H = torch.randn(4, 6, 6, generator=draws, dtype=torch.float64)
    b = torch.randn(4, 6, generator=draws, dtype=torch.float64)
    found = normal_equations(by(H), by(H.mT), b, tol=1e-12, max_iterations=200)
    assert bool(found.good.all())
    torch.testing.assert_close(found.w, torch.linalg.solve(H, b), atol=1e-8, rtol=1e-8)
    w, _ = solve_symmetric(by(H + H.mT), b, NormalEquations(1e-12))
    torch.testing.assert_close(w, torch.linalg.solve(H + H.mT, b), atol=1e-8, rtol=1e-8)


@pytest.mark.parametrize(
    ("way", "fault"),
    [
        *((way, "indefinite") for way in (Direct(), ConjugateGradient(), Neumann(50))),
        *((way, "not symmetric") for way in (Direct(), ConjugateGradient(), ConjugateGradient(None, 50))),
    ],
)
def test_what_is_not_symmetric_and_positive_definite_is_told_and_the_rest_solved(way, fault):
    H, b = matrices()
    good = torch.linalg.solve(H, b)
    values, vectors = torch.linalg.eigh(H[1])
    twist = torch.randn(5, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    wrong = vectors @ torch.diag(values * torch.tensor([-1.0, 1, 1, 1, 1])) @ vectors.T
    H = torch.stack([H[0], wrong if fault == "indefinite" else H[1] + 3.0 * (twist - twist.T), H[2]])
    with pytest.warns(RuntimeWarning, match=r"does not apply to items \[1\]"):
        w, residual = solve_symmetric(by(H), b, way)
    assert bool(w[1].isnan().all())
    assert torch.isinf(residual[1])
    atol = 0.5 if isinstance(way, Neumann) else 1e-8
    torch.testing.assert_close(w[[0, 2]], good[[0, 2]], atol=atol, rtol=0.0)


def test_a_step_that_is_too_large_and_a_tolerance_that_was_missed_are_told():
    H, b = matrices()
    with pytest.warns(RuntimeWarning, match="the step is too large"):
        w, _ = solve_symmetric(by(H), b, Neumann(200, 2.5 / float(torch.linalg.eigvalsh(H).max())))
    assert bool(w.isnan().any())
    with pytest.warns(RuntimeWarning, match=r"did not solve items \[0, 1, 2\]: relative residual up to"):
        w, residual = solve_symmetric(by(H), b, ConjugateGradient(1e-10, 2))
    assert bool(w.isnan().all())
    assert bool(torch.isfinite(residual).all())


def test_a_right_hand_side_that_is_not_finite_is_told():
    H, b = matrices()
    b[0, 0] = torch.nan
    for way in EXACT:
        with pytest.warns(RuntimeWarning, match=r"items \[0\]"):
            w, _ = solve_symmetric(by(H), b, way)
        assert w.isnan().any(1).tolist() == [True, False, False]


def test_scaling_evens_out_unknowns_of_different_size():
    H, b = matrices()
    size = torch.tensor([1.0, 1e5, 1e-4, 1e3, 1.0], dtype=torch.float64)
    H, b = size[:, None] * H * size, size * b
    exact = torch.linalg.solve(H, b)
    diagonal = H.diagonal(dim1=1, dim2=2)
    w, _ = solve_symmetric(by(H), b, ConjugateGradient(1e-13, 20), scale=diagonal.rsqrt())
    torch.testing.assert_close(w, exact, atol=0.0, rtol=1e-9)


def test_settings_without_sense_and_ways_without_products_are_refused():
    for wrong in (
        lambda: Neumann(0),
        lambda: Neumann(3, -1.0),
        lambda: ConjugateGradient(None),
        lambda: NormalEquations(2.0),
        lambda: ConjugateGradient(1e-3, 0),
    ):
        with pytest.raises(ValueError, match=r"Expected .*, got "):
            wrong()
    H, b = matrices()
    with pytest.raises(TypeError):
        solve_symmetric(by(H), b, Unrolled())  # pyright: ignore[reportArgumentType]
