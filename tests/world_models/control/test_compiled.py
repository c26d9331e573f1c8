"""Compiled loops beside the same in tensors, which is what runs where derivatives are recorded."""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

import pytest
import torch
from lqr_for_tests import random_problem

from world_models.control import compiled
from world_models.control.problem import Problem, residual
from world_models.control.riccati import factorise, solve

SIZES = [(3, 6, 5, 3), (2, 4, 3, 2), (1, 1, 2, 1), (2, 3, 1, 1), (2, 3, 9, 6)]


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def both(function, *parts, **options):
    """By loops, and where derivatives are recorded."""
    with torch.no_grad():
        fast = function(*parts, **options)
    assert not any(part.requires_grad for part in fast)
    recorded = [part.clone().requires_grad_() for part in parts]
    assert not compiled.applies(*recorded)
    return fast, function(*recorded, **options)


def check(fast, slow, *, atol=1e-11, rtol=1e-9):
    for mine, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(mine, other.detach(), atol=atol, rtol=rtol, check_dtype=False)


@pytest.mark.parametrize("sizes", SIZES)
def test_factors_are_the_same(sizes):
    batch, horizon, _, nu = sizes
    C, _, F, _, _ = random_problem(*sizes)
    weight = drawn(batch, horizon, nu).abs()
    free = (drawn(batch, horizon, nu, seed=1) > 0.0).double()
    for options in ({}, {"weight": weight}, {"free": free}, {"weight": weight, "free": free}):
        check(*both(lambda C, F, options=options: factorise(C + 0.1 * C.tril(-1), F, **options), C, F))


@pytest.mark.parametrize("sizes", SIZES)
def test_solutions_and_residuals_are_the_same(sizes):
    C, c, F, f, x0 = random_problem(*sizes)
    with torch.no_grad():
        factors = factorise(C, F)
    check(*both(lambda F, c, f, x0: solve(factors, F, c, f, x0), F, c, f, x0))
    x, u, lam = (drawn(*sizes[:2], size) for size in (sizes[2], sizes[3], sizes[2]))
    check(*both(lambda C, *rest: residual(Problem(C + 0.1 * C.tril(-1), *rest), x, u, lam), C, c, F, f, x0))


def test_what_is_shared_is_there_once():
    C, c, F, f, x0 = random_problem(4, 5)
    one = factorise(C[:1], F[:1])
    many = factorise(C[:1].expand(4, -1, -1, -1), F[:1].expand(4, -1, -1, -1))
    assert len(one.V) == 1
    check([part.expand_as(other) for part, other in zip(one, many, strict=True)], many, atol=0.0, rtol=0.0)
    check(*both(lambda *parts: solve(one, *parts), F[:1], c, f[:1].expand(4, -1, -1), x0))


def test_what_is_not_positive_definite_is_told_of_each_item():
    C, _, F, _, _ = random_problem(3, 4)
    C[1, 2, 3:, 3:] -= 50.0 * torch.eye(2)
    fast, slow = both(factorise, C, F)
    assert fast.broken.gt(0).tolist() == slow.broken.gt(0).tolist() == [False, True, False]
    check([part[::2] for part in fast], [part[::2] for part in slow])


def test_single_precision_comes_back_as_such():
    C, c, F, f, x0 = (part.float() for part in random_problem())
    factors = factorise(C, F)
    assert factors.V.dtype == solve(factors, F, c, f, x0).x.dtype == torch.float32
    check(factors, factorise(C.double(), F.double()), atol=1e-5, rtol=1e-4)


def test_transforms_of_functions_are_left_to_tensors():
    C, _, F, _, _ = random_problem()
    alone = torch.func.vmap(lambda C, F: factorise(C[None], F[None]).V[0])(C, F)
    torch.testing.assert_close(alone, factorise(C, F).V)
