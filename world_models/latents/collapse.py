"""Terms that keep latents apart: without them the easiest latent to predict is one that never changes."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

LEAST = 1e-4
"""Added to variances."""
COVARIANCE = 0.04
"""Weight of what different numbers share: 1 beside 25, as published."""
DIRECTIONS = 64
KNOTS = 17
REACH = 4.0
"""The characteristic function is compared from 0 to here."""


def vicreg(latents: Float[Tensor, "row number"]) -> Float[Tensor, ""]:
    """Every number should vary by 1, and no two alike: mean_i max(0, 1 - std_i) + w mean_i sum_{j != i} cov_ij^2.

    Bardes, Ponce and LeCun, *VICReg: variance-invariance-covariance regularization* (ICLR 2022); the invariance is the
    prediction itself. 0 for fewer than two rows.
    """
    if len(latents) < 2:
        return latents.sum() * 0.0
    centred = latents - latents.mean(0)
    covariance = centred.T @ centred / (len(latents) - 1)
    spread = torch.sqrt(covariance.diagonal() + LEAST)
    shared = covariance.square().sum() - covariance.diagonal().square().sum()
    return functional.relu(1.0 - spread).mean() + COVARIANCE * shared / latents.shape[1]


def sigreg(
    latents: Float[Tensor, "row number"], directions: Float[Tensor, "number direction"] | None = None
) -> Float[Tensor, ""]:
    """Seen along any direction latents should be standard normal: int |mean_n e^{i t x_n} - e^{-t^2 / 2}|^2 w(t) dt.

    Balestriero and LeCun, *LeJEPA* (2025): the test of Epps and Pulley (1983) along random directions, by the
    trapezoidal rule, w(t) = e^{-t^2 / 2}. Without the factor n of the test, which would weigh large batches more.
    0 for fewer than two rows.

    Args:
        latents: n rows.
        directions: Of length 1; None: drawn.
    """
    if len(latents) < 2:
        return latents.sum() * 0.0
    if directions is None:
        drawn = torch.randn(latents.shape[1], DIRECTIONS, device=latents.device, dtype=latents.dtype)
        directions = functional.normalize(drawn, dim=0)
    knots = torch.linspace(0.0, REACH, KNOTS, device=latents.device, dtype=latents.dtype)
    angles = (latents @ directions).unsqueeze(-1) * knots
    normal = torch.exp(-0.5 * knots.square())
    off = (torch.cos(angles).mean(0) - normal).square() + torch.sin(angles).mean(0).square()
    return 2.0 * torch.trapezoid(off * normal, knots, dim=-1).mean()


def rank_me(latents: Float[Tensor, "row number"]) -> float:
    """How many directions latents really use: exp of the entropy of their singular values (Garrido et al., 2023)."""
    values = torch.linalg.svdvals(latents.detach().double())
    shares = values / values.sum().clamp(min=1e-300)
    return float(torch.exp(-torch.xlogy(shares, shares).sum()))
