"""Implicit policies over chunks: an energy that is low where the expert acts, and a sampler that searches it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from agents.chunk_agent import ChunkAgent, ChunkConfig
from agents.config import check_at_least_one
from agents.policies.codec import codec_for
from agents.policies.energy import AutoregressiveEnergyHead, EnergyHead
from agents.policies.head import Head
from agents.policies.negatives import KINDS
from agents.policies.network import ChunkNetwork
from agents.policies.samplers import make_sampler
from envs.core.naming import check_known

SAMPLERS_OF_ENERGIES = ("langevin", "derivative-free", "autoregressive")


@dataclass(frozen=True, kw_only=True)
class ImplicitConfig(ChunkConfig):
    """How energies are learned, and searched."""

    hidden: int = 128
    """Width of the hidden layers; of each number's own, where `autoregressive`, half of it."""
    learning_rate: float = 2e-3
    sampler: str = "langevin"
    """`langevin` or `derivative-free`, on one energy of the chunk; `autoregressive`, on one for each number of it."""
    negatives: str = "mixed"
    """What an expert's action is told from: `uniform` candidates, `local` ones about it, ends of `langevin` chains,
    or `mixed`: uniform ones, local ones, what the network itself takes for good and, where actions can be counted,
    the others there are."""
    candidates: int = 12
    """Negatives for each label."""
    wells: int = 4
    """Of an energy's."""
    gradient_penalty: float = 0.0
    """Weight of the penalty of slopes above 1; of use with `langevin` negatives."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("sampler", self.sampler, SAMPLERS_OF_ENERGIES)
        check_known("kind of negatives", self.negatives, KINDS)
        check_at_least_one(self, "candidates", "wells")
        if self.gradient_penalty < 0:
            raise ValueError(f"{type(self).__name__}.gradient_penalty: expected >= 0, got {self.gradient_penalty}.")


class ImplicitPolicy(ChunkAgent):
    """What is decided is a minimum of the energy; of two equally good ways it takes one, not their mean."""

    name: ClassVar[str] = "implicit-policy"
    Config: ClassVar[type] = ImplicitConfig
    config: ImplicitConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build(self) -> ChunkNetwork:
        network = super().build()
        if network.encoder.is_plain:  # of what a network makes of a view, no feature is a place
            network.head.network.family.begin_at_features(network.codec.size)  # type: ignore[union-attr]
        return network

    def build_head(self, features: int, size: int) -> Head:
        config = self.config
        shape = (features, config.horizon, size)
        if config.sampler == "autoregressive":
            return AutoregressiveEnergyHead(
                *shape,
                width=-(-config.hidden // 2),
                wells=config.wells,
                negatives=config.negatives,
                count=config.candidates,
            )
        return EnergyHead(
            *shape,
            width=config.hidden,
            wells=config.wells,
            negatives=config.negatives,
            count=config.candidates,
            penalty=config.gradient_penalty,
            choices=codec_for(self.action_space, discrete=config.discrete).choices,
        )

    def build_sampler(self) -> Any:
        return make_sampler(self.config.sampler)
