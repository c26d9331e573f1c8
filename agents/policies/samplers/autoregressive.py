"""Number by number: each is searched for alone, given those that are settled before it."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.info_nce import Energy
from agents.policies.noise import Noise
from agents.policies.samplers.derivative_free import DerivativeFree

NextEnergy = Callable[[Float[Tensor, "batch before"]], Energy]
"""Given the numbers before it, the energy of a number, whose candidates are [batch candidate 1]."""


@dataclass(frozen=True, kw_only=True)
class Autoregressive(DerivativeFree):
    """The derivative-free search in one dimension, for one number after the other (Florence et al., 2021, B.2).

    Its cost grows with the numbers, not as a power of them.
    """

    samples: int = 64

    @property
    def evaluations(self) -> int:
        """Evaluations of each number's own network for one chunk, each of all samples at once."""
        return self.iterations

    @torch.no_grad()
    def sample(  # type: ignore[override] - another kind of energy
        self, energy: NextEnergy, shape: tuple[int, int], noise: Noise, *, deterministic: bool = False
    ) -> Float[Tensor, "batch number"]:
        """Arguments as of `DerivativeFree.sample`, but for the energy."""
        settled = torch.empty(shape[0], 0)
        for _ in range(shape[1]):
            found = super().sample(energy(settled), (shape[0], 1), noise, deterministic=deterministic)
            settled = torch.cat([settled, found], dim=1)
        return settled
