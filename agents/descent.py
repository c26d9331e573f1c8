"""The one way in which imitators are fitted: AdamW over a planned number of updates."""

from math import cos, pi
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from agents.training_state import Progress


@runtime_checkable
class Plan(Protocol):
    """What of a config the fitting looks at."""

    @property
    def learning_rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def warm_up(self) -> int: ...
    @property
    def gradient_clip(self) -> float: ...
    @property
    def updates(self) -> int: ...


class Descent(Progress):
    """AdamW; the rate rises linearly over `warm_up` updates and falls by a cosine to 2 % of itself at the end."""

    def __init__(self, network: nn.Module, config: Plan) -> None:
        self.network, self.config = network, config
        super().__init__(
            torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
        )

    def step(self, loss: torch.Tensor) -> float:
        """One update by the gradient of `loss`; returns its value."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        self.updates += 1
        return loss.item()

    def rate(self) -> float:
        """Learning rate of the next update."""
        share = min(1.0, self.updates / self.config.updates)
        rise = min(1.0, (self.updates + 1) / self.config.warm_up)
        return self.config.learning_rate * rise * (0.02 + 0.98 * 0.5 * (1.0 + cos(pi * share)))
