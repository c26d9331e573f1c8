"""Diffusion over chunks of actions: noise is taken away step by step, given what was seen."""

from dataclasses import dataclass
from typing import ClassVar

from agents.denoised import SampledAgent, SampledConfig
from agents.policies.diffusion import TARGETS, DiffusionHead
from agents.policies.head import Head
from agents.policies.noise_schedule import TRAIN_STEPS
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class DiffusionConfig(SampledConfig):
    """The chain of noise."""

    fitting: ClassVar[tuple[str, ...]] = DiffusionHead.samplers
    sampler: str = "ddim"
    """`ddim` or `ddpm`."""
    train_steps: int = TRAIN_STEPS
    """Of the noise schedule."""
    target: str = "velocity"
    """What the denoiser answers: the `error` in a chunk, or the `velocity`, which tells the error and is learned
    sooner."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("target", self.target, TARGETS)
        if self.train_steps < 2:
            raise ValueError(f"{type(self).__name__}.train_steps: expected >= 2, got {self.train_steps}.")
        if self.steps is not None and self.steps > self.train_steps:
            raise ValueError(
                f"{type(self).__name__}.steps: expected <= train_steps ({self.train_steps}), got {self.steps}."
            )


class DiffusionPolicy(SampledAgent):
    """Chi et al., *Diffusion Policy: Visuomotor Policy Learning via Action Diffusion*, 2023."""

    name: ClassVar[str] = "diffusion-policy"
    Config: ClassVar[type] = DiffusionConfig
    config: DiffusionConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def build_head(self, features: int, size: int) -> Head:
        config = self.config
        shape = (features, config.horizon, size)
        return DiffusionHead(
            *shape,
            denoiser=config.denoiser,
            width=config.hidden,
            train_steps=config.train_steps,
            target=config.target,
        )
