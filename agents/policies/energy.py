"""Implicit policies: an energy of chunks, low where the expert acts, and searched for its minimum to decide."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.energy_networks import AutoregressiveEnergy, JointEnergy
from agents.policies.head import Chunk, Features, Head, Weight
from agents.policies.info_nce import Candidates, Energies, gradient_penalty, info_nce
from agents.policies.negatives import ALONE, KINDS, draw
from agents.policies.noise import Noise
from agents.policies.samplers.autoregressive import Autoregressive
from agents.policies.samplers.boxed import BUFFER, scatter
from agents.policies.samplers.langevin import Langevin
from envs.core.naming import check_known

EVERYWHERE = 64
"""Numbers that a conditional density is normalised over."""


class EnergyHead(Head):
    """An energy of whole chunks, fitted by InfoNCE.

    Florence et al., *Implicit Behavioral Cloning*, 2021.

    Args:
        features, horizon, size: As every head's.
        width: Of the hidden layers.
        wells: Of the energy's.
        negatives: How candidates are drawn that the expert's are told from: one of `KINDS`.
        count: Of them, for each row.
        penalty: Weight of the gradient penalty.
        choices: All actions there are, where they can be counted: candidates of `mixed` negatives too.
    """

    choices: Tensor | None
    samplers = ("langevin", "derivative-free")

    def __init__(
        self,
        features: int,
        horizon: int,
        size: int,
        *,
        width: int = 128,
        wells: int = 4,
        negatives: str = "mixed",
        count: int = 12,
        penalty: float = 0.0,
        choices: Float[Tensor, "choice size"] | None = None,
    ) -> None:
        super().__init__(features, horizon, size)
        check_known("kind of negatives", negatives, KINDS)
        self.network = JointEnergy(features, horizon * size, width=width, wells=wells)
        self.register_buffer("choices", choices, persistent=False)
        self.negatives, self.count, self.penalty = negatives, count, penalty

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        energy, positive = self.network.bind(features), chunk.flatten(1)
        known = {"energy": energy, "centres": energy.centres, "choices": self.choices}
        negatives = draw(self.negatives, positive, self.count, noise, **known)
        candidates = torch.cat([positive[:, None], negatives], dim=1)
        candidates = hide_padding(candidates, weight.repeat_interleave(self.size, dim=1), noise)
        loss = info_nce(energy(candidates)).mean()
        if self.penalty > 0:
            loss = loss + self.penalty * gradient_penalty(energy, candidates)
        return loss

    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        sampler = Langevin() if sampler is None else sampler
        shape = (len(features), self.horizon * self.size)
        found = sampler.sample(self.network.bind(features), shape, noise, deterministic=deterministic)
        return found.view(-1, self.horizon, self.size)

    def joint(self, features: Features, places: Candidates) -> Energies:
        """The energy of flat chunks."""
        return self.network.bind(features)(places)


class AutoregressiveEnergyHead(Head):
    """An energy for each number of a chunk given those before it, each fitted by InfoNCE in one dimension.

    Args:
        features, horizon, size: As every head's.
        width: Of the hidden layers of every number's network.
        wells, negatives, count: As of `EnergyHead`, for every number.
    """

    samplers = ("autoregressive",)

    def __init__(
        self,
        features: int,
        horizon: int,
        size: int,
        *,
        width: int = 64,
        wells: int = 4,
        negatives: str = "mixed",
        count: int = 12,
    ) -> None:
        super().__init__(features, horizon, size)
        check_known("kind of negatives", negatives, KINDS)
        self.network = AutoregressiveEnergy(features, horizon * size, width=width, wells=wells, units=16)
        self.negatives, self.count = negatives, count

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        real = weight.repeat_interleave(self.size, dim=1)
        positive = hide_padding(chunk.flatten(1)[:, None], real, noise)[:, 0]
        beside = self.network.beside(features, positive)
        negatives = draw(
            self.negatives, positive, self.count, noise, energy=beside, centres=beside.centres, shares=ALONE
        )
        energies = beside.each(torch.cat([positive[:, None], negatives], dim=1))
        return (info_nce(energies) * real).sum() / real.sum().clamp_min(1.0)

    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        sampler = Autoregressive() if sampler is None else sampler
        shape = (len(features), self.horizon * self.size)
        found = sampler.sample(self.network.bind(features), shape, noise, deterministic=deterministic)
        return found.view(-1, self.horizon, self.size)

    def joint(self, features: Features, places: Candidates) -> Energies:
        """-log of the probability, number by number, that flat chunks have among numbers all over the box."""
        batch, count, numbers = places.shape
        flat, rows = places.flatten(0, 1), features.repeat_interleave(count, dim=0)
        everywhere = torch.linspace(-1.0 - BUFFER, 1.0 + BUFFER, EVERYWHERE)[:, None].expand(len(flat), -1, numbers)
        energies = self.network.beside(rows, flat).each(torch.cat([flat[:, None], everywhere], dim=1))
        total = energies[..., 0] + torch.logsumexp(-energies[..., 1:], dim=2)
        return total.sum(dim=1).view(batch, count)


def hide_padding(
    candidates: Float[Tensor, "batch candidate number"], real: Float[Tensor, "batch number"], noise: Noise
) -> Float[Tensor, "batch candidate number"]:
    """Numbers after the episode's end made noise in all candidates alike: then no energy hangs on them."""
    if bool((real > 0).all()):
        return candidates
    return torch.where(real[:, None] > 0, candidates, scatter(noise, *candidates.shape[1:]))
