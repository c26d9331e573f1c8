"""What there is to choose about planning networks and their training."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from agents.imitation import ImitationConfig
from agents.networks.value_iteration.architectures import ARCHITECTURES
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class ValueIterationConfig(ImitationConfig):
    """The network, and its fitting to labels.

    `propagation` is trained by AdamW under a cosine with maps turned and mirrored; the published networks by
    RMSprop in stages of falling rates, whatever the other fields say.
    """

    architecture: str = "propagation"
    """`propagation` (ours), `faithful` (published, tied), `untied`, or `reactive` (convolutions, no planning)."""
    iterations: int | None = None
    """Of value iteration; None: 10, 20, 36 on sides up to 8, 16, 28, or until values settle (`propagation`)."""
    weight_decay: float = 1e-4
    updates: int = 6_000
    """Optimiser steps in all; the published networks count epochs instead where they learn from labelled maps."""
    batch_maps: int = 12
    """Of labelled maps, maps in a batch."""
    batch_states: int | None = None
    """Of labelled maps, states of each map in a batch; None: 10 as published, or 30."""
    rates: tuple[float, ...] = (0.01, 0.005, 0.002, 0.001)
    """Of the published networks, the learning rate of each stage; all stages are equally long."""
    stage_epochs: int = 30
    """Of the published networks on labelled maps, how often a stage goes through the labels."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("architecture", self.architecture, ARCHITECTURES)
        check_at_least_one(self, "iterations", "batch_maps", "batch_states", "stage_epochs")
        if not self.rates or min(self.rates) <= 0:
            raise ValueError(f"{type(self).__name__}.rates: expected rates > 0, got {self.rates}.")

    @property
    def states(self) -> int:
        """Of each map in a batch."""
        return self.batch_states or (10 if self.is_published else 30)

    @property
    def is_published(self) -> bool:
        """Whether the network is one of the published ones, trained their way."""
        return self.architecture != "propagation"
