"""Clothoids by quadrature are Fresnel's, and begin with the curvature that they are told."""

import numpy as np
import torch
from scipy.special import fresnel

from world_models.trajectories.clothoids import arc, clothoid, clothoid_and_arc


def fresnel_clothoid(curvature, rate, length):
    """The piece of alpha (C(xi / alpha), S(xi / alpha)) that begins where its curvature is `curvature`; rate > 0."""
    alpha = np.sqrt(np.pi / rate)
    begin = curvature * alpha**2 / np.pi
    (sine, cosine), (sine0, cosine0) = (fresnel(xi / alpha) for xi in (begin + length, begin))
    dx, dy = alpha * (cosine - cosine0), alpha * (sine - sine0)
    turned = np.pi * begin**2 / (2 * alpha**2)
    return dx * np.cos(turned) + dy * np.sin(turned), dy * np.cos(turned) - dx * np.sin(turned)


def test_they_are_the_pieces_of_fresnel_s_curve():
    rng = np.random.default_rng(0)
    curvature, rate, length = rng.uniform([-0.2, 1e-3, 0.1], [0.2, 0.02, 25.0], (200, 3)).T
    x, y, heading = clothoid(*(torch.from_numpy(value) for value in (curvature, rate, length)))
    expected_x, expected_y = fresnel_clothoid(curvature, rate, length)
    np.testing.assert_allclose(x, expected_x, atol=1e-9)
    np.testing.assert_allclose(y, expected_y, atol=1e-9)
    np.testing.assert_allclose(heading, curvature * length + 0.5 * rate * length**2)


def test_without_a_rate_they_are_arcs_and_without_curvature_straight():
    curvature, length = torch.tensor([0.0, 0.1, -0.2], dtype=torch.float64), torch.full((3,), 9.0, dtype=torch.float64)
    for one, other in zip(clothoid(curvature, 0.0 * curvature, length), arc(curvature, length), strict=True):
        torch.testing.assert_close(one, other, atol=1e-12, rtol=0)
    torch.testing.assert_close(arc(curvature, length)[0][0], length[0])


def test_pieces_join_with_curvature_and_heading_as_they_are():
    length = torch.linspace(0.0, 20.0, 20001, dtype=torch.float64)
    now, wanted, turn_in = (torch.full_like(length, value) for value in (0.03, -0.1, 8.0))
    x, y, heading, curvature = clothoid_and_arc(now, wanted, turn_in, length)
    assert (curvature[0], heading[0], x[0], y[0]) == (0.03, 0, 0, 0)
    torch.testing.assert_close(curvature[8000:], wanted[8000:])
    ds, inner = float(length[1]), slice(2, -2)
    np.testing.assert_allclose(np.gradient(heading.numpy(), ds)[inner], curvature[inner], atol=1e-4)
    np.testing.assert_allclose(np.gradient(x.numpy(), ds)[inner], torch.cos(heading)[inner], atol=1e-6)
    np.testing.assert_allclose(np.gradient(y.numpy(), ds)[inner], torch.sin(heading)[inner], atol=1e-6)
