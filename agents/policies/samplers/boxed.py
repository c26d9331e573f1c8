"""What the samplers of an energy share: the box that candidates live in, and the choice among them."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.info_nce import Candidates, Energies
from agents.policies.noise import Noise

BUFFER = 0.05
"""How far candidates may lie beyond the data's [-1, 1]: an energy is learned on both sides of what is best."""


def scatter(noise: Noise, count: int, numbers: int) -> Candidates:
    """`count` candidates a row, evenly in the box."""
    return noise.uniform(count, numbers).mul_(2.0 + 2.0 * BUFFER).sub_(1.0 + BUFFER)


def choose(
    candidates: Candidates, energies: Energies, noise: Noise, *, deterministic: bool
) -> Float[Tensor, "batch number"]:
    """One a row: of the lowest energy, or drawn by exp(-energy)."""
    if not deterministic:
        return resample(candidates, energies, noise.uniform(1))[:, 0]
    lowest = energies.argmin(dim=1)
    return candidates[torch.arange(len(candidates)), lowest]


def resample(
    candidates: Candidates, energies: Energies, unit: Float[Tensor, "batch draw"]
) -> Float[Tensor, "batch draw number"]:
    """Draws with replacement by exp(-energy), for numbers in [0, 1)."""
    share = torch.softmax(-energies, dim=1).cumsum(dim=1)
    # the sum of shares is 1 up to rounding: what is drawn must not lie beyond it
    index = torch.searchsorted(share, unit * share[:, -1:], right=True).clamp_(max=candidates.shape[1] - 1)
    return candidates.gather(1, index[..., None].expand(-1, -1, candidates.shape[2]))


def check_positive(sampler: Any, *names: str) -> None:
    """Raise ``ValueError`` for the first of these fields that is not above 0."""
    for name in names:
        if not getattr(sampler, name) > 0:
            raise ValueError(f"{type(sampler).__name__}.{name}: expected > 0, got {getattr(sampler, name)}.")
