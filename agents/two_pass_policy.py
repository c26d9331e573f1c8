"""Two passes over chunks of actions: a guess, and a second look at it. Nothing is drawn."""

from typing import ClassVar

from agents.chunk_agent import ChunkAgent
from agents.denoised import DenoiserConfig
from agents.policies.head import Head
from agents.policies.two_pass import TwoPassHead


class TwoPassPolicy(ChunkAgent):
    """The minimal iterative policy of *Much Ado About Noising*, 2025."""

    name: ClassVar[str] = "two-pass-policy"
    Config: ClassVar[type] = DenoiserConfig
    config: DenoiserConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build_head(self, features: int, size: int) -> Head:
        config = self.config
        return TwoPassHead(features, config.horizon, size, denoiser=config.denoiser, width=config.hidden)
