"""LQR beside cvxpylayers, which shares nothing with it: solutions, and gradients in every input."""

import pytest
import torch
from lqr_for_tests import random_problem

from experiments.peers.convex_layer import convex_layer
from world_models.control import lqr

pytest.importorskip("cvxpylayers")
pytestmark = pytest.mark.filterwarnings("ignore")  # its own, of how it compiles and copies

SIZES = {"batch": 2, "horizon": 4, "nx": 3, "nu": 2}
NAMES = ("C", "c", "F", "f", "x0", "u_min", "u_max")


def problem_with_bounds(seed):
    parts = random_problem(**SIZES, seed=seed)
    draws = torch.Generator().manual_seed(seed)
    width = 0.2 + torch.rand(2, 4, 2, generator=draws, dtype=torch.float64)
    return [part.requires_grad_() for part in (*parts, -width, 0.7 * width.flip(0))]


def solved(inputs):
    bounds = dict(zip(("u_min", "u_max"), inputs[5:], strict=False))
    solution = lqr(*inputs[:5], **bounds)
    assert (solution.status == 0).all()
    return torch.cat([solution.x, solution.u], -1), solution.active


@pytest.mark.parametrize("is_bounded", [False, True], ids=["free", "bounded"])
@pytest.mark.parametrize("seed", [0, 1])
def test_solutions_and_gradients_are_those_of_cvxpylayers(seed, is_bounded):
    inputs = problem_with_bounds(seed)[: 7 if is_bounded else 5]
    found, active = solved(inputs)
    theirs = convex_layer(4, states=3, controls=2, is_bounded=is_bounded)(*inputs)
    torch.testing.assert_close(found, theirs, atol=1e-7, rtol=0)
    if is_bounded:
        assert {-1, 0, 1} == set(active.unique().tolist())
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(1), dtype=found.dtype)
    ours = torch.autograd.grad(found, inputs, weights)
    for name, mine, other in zip(NAMES, ours, torch.autograd.grad(theirs, inputs, weights), strict=False):
        assert mine.ne(0.0).any(), name
        torch.testing.assert_close(mine, other, atol=1e-6, rtol=1e-6, msg=lambda text, name=name: f"{name}: {text}")
