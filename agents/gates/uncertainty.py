"""How unsure a policy is: what gates look at before they ask."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor

from agents.agent import Observation
from agents.demonstrations import Aggregate
from agents.networks.policy import Policy, as_tensors

DEVIATION = "deviation"
"""Key, beside a label's observation, of how far the novice was from the expert when the label was given."""
ROWS = 256


class Uncertainty(ABC):
    """A number for every observation: small where the policy can be trusted. It never changes the policy.

    Args:
        network: The policy that learns.
        config: Of DAgger.
    """

    keeps_deviation: ClassVar[bool] = False
    """Whether labels are to be kept with `DEVIATION`."""

    def __init__(self, network: Policy, config: Any) -> None:
        self.network, self.config = network, config

    def fit(self, aggregate: Aggregate, index: int) -> None:  # noqa: B027 - some have nothing to learn
        """Learn from all labels so far, from scratch, before round `index`; nothing by default.

        A function of policy, labels and seed alone: a resumed run finds the same.
        """

    @abstractmethod
    def __call__(self, observation: Observation) -> np.ndarray:
        """Float [env]."""


@torch.no_grad()
def features_of(network: Policy, aggregate: Aggregate) -> Float[Tensor, "label feature"]:
    """What the policy's encoder says of every label's observation."""
    rows = np.arange(len(aggregate))
    parts = [aggregate.take(rows[first : first + ROWS])[0] for first in range(0, len(rows), ROWS)]
    return torch.cat([network.encoder(as_tensors(observation)) for observation in parts])


def distance(network: Policy, space: spaces.Space, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Between two batches of actions, float [batch].

    0 or 1 for discrete actions; for vectors the mean over their numbers of the distance in spreads of the labels.
    """
    if isinstance(space, spaces.Discrete):
        return (np.asarray(first) != np.asarray(second)).astype(np.float64)
    scale = network.labels.scale.numpy()  # type: ignore[union-attr]
    apart = np.abs(np.asarray(first, np.float64) - second).reshape(len(first), -1)
    return (apart / scale).mean(axis=1)
