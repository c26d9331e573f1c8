"""What the agents whose chunks pass through a denoiser share: which one, and how chunks are drawn."""

from dataclasses import dataclass
from typing import Any, ClassVar

from agents.chunk_agent import ChunkAgent, ChunkConfig
from agents.config import check_at_least_one
from agents.policies.denoisers import DENOISERS
from agents.policies.samplers import make_sampler
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig(ChunkConfig):
    """The network that refines chunks."""

    denoiser: str = "mlp"
    """`mlp`, `unet` (along time) or `transformer`."""
    hidden: int | None = None  # type: ignore[assignment] - wider, and nobody assigns it
    """Width of the denoiser's layers; None: what suits it on a CPU."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("denoiser", self.denoiser, DENOISERS)


@dataclass(frozen=True, kw_only=True)
class SampledConfig(DenoiserConfig):
    """How chunks are drawn; `with_sampler` draws them otherwise from the same weights."""

    fitting: ClassVar[tuple[str, ...]]
    """Names of samplers that fit."""
    sampler: str
    steps: int | None = None
    """Of the sampler; None: its own number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("sampler", self.sampler, self.fitting)
        check_at_least_one(self, "steps")


class SampledAgent(ChunkAgent):
    """Draws its chunks by the sampler that its config names."""

    config: SampledConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build_sampler(self) -> Any:
        settings = {} if self.config.steps is None else {"steps": self.config.steps}
        return make_sampler(self.config.sampler, **settings)
