"""Flow matching over chunks of actions: a velocity carries noise to actions, given what was seen."""

from dataclasses import dataclass
from typing import ClassVar

from agents.denoised import SampledAgent, SampledConfig
from agents.policies.flow import FlowHead
from agents.policies.head import Head


@dataclass(frozen=True, kw_only=True)
class FlowConfig(SampledConfig):
    """How the velocity is followed."""

    fitting: ClassVar[tuple[str, ...]] = FlowHead.samplers
    sampler: str = "euler"
    """`euler` or `heun`."""


class FlowPolicy(SampledAgent):
    """Lipman et al., *Flow Matching for Generative Modeling*, 2023, over chunks of actions."""

    name: ClassVar[str] = "flow-policy"
    Config: ClassVar[type] = FlowConfig
    config: FlowConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build_head(self, features: int, size: int) -> Head:
        config = self.config
        return FlowHead(features, config.horizon, size, denoiser=config.denoiser, width=config.hidden)
