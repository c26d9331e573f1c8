"""Explicit policies over chunks: regression, classification, or a mixture of Gaussians."""

from dataclasses import dataclass
from typing import ClassVar

from gymnasium import spaces

from agents.chunk_agent import ChunkAgent, ChunkConfig
from agents.config import check_at_least_one
from agents.policies.explicit import BinnedHead, ChoiceHead, MixtureHead, RegressionHead
from agents.policies.head import Head
from envs.core.naming import check_known

HEADS = ("mse", "categorical", "mixture")


@dataclass(frozen=True, kw_only=True)
class ExplicitConfig(ChunkConfig):
    """Which distribution one evaluation of the network says."""

    head: str = "mse"
    """`mse`: the mean alone; `categorical`: a softmax for every number; `mixture`: Gaussians over whole chunks."""
    bins: int = 21
    """Of a number that is not discrete, where `categorical`."""
    components: int = 8
    """Of a `mixture`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("head", self.head, HEADS)
        check_at_least_one(self, "bins", "components")


class ExplicitPolicy(ChunkAgent):
    """One network evaluation a decision."""

    name: ClassVar[str] = "explicit-policy"
    Config: ClassVar[type] = ExplicitConfig
    config: ExplicitConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build_head(self, features: int, size: int) -> Head:
        config = self.config
        shape = (features, config.horizon, size)
        if config.head == "mse":
            return RegressionHead(*shape, width=config.hidden)
        if config.head == "mixture":
            return MixtureHead(*shape, components=config.components, width=config.hidden)
        if isinstance(self.action_space, spaces.Discrete) and config.discrete == "one-hot":
            return ChoiceHead(*shape, width=config.hidden)
        return BinnedHead(*shape, bins=config.bins, width=config.hidden)
