"""Regression of actions that are vectors: controls, or trajectories of poses."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.networks.encoders import Encoder
from agents.networks.normaliser import Normaliser
from agents.networks.policy import Policy


class RegressionPolicy(Policy):
    """One action for each observation, fitted by the smooth L1 loss of normalised labels (squared below 1 spread).

    Mean and spread of the labels are kept in the weights; what the head says is brought back to their size and
    cut off at the bounds of the space. Nothing is drawn: of two ways that an expert takes equally often it
    learns something in between.

    Args:
        encoder: Of the observations.
        space: Of the actions. One of shape (horizon, 3) is taken for poses in the agent's frame.
    """

    low: Tensor
    high: Tensor

    def __init__(self, encoder: Encoder, space: spaces.Box) -> None:
        super().__init__(encoder, prod(space.shape))
        self.shape, self.dtype = space.shape, space.dtype
        self.labels = Normaliser(space.low, space.high, least=0.001)
        self.register_buffer("low", torch.tensor(space.low.ravel(), dtype=torch.float32), persistent=False)
        self.register_buffer("high", torch.tensor(space.high.ravel(), dtype=torch.float32), persistent=False)

    def loss(self, observation: Mapping[str, Tensor], actions: Tensor) -> Float[Tensor, ""]:
        return functional.smooth_l1_loss(self(observation), self.labels(actions.flatten(1).float()))

    def likely(self, observation: Mapping[str, Tensor]) -> np.ndarray:
        flat = self.labels.inverse(self(observation)).clamp(self.low, self.high)
        return flat.view(-1, *self.shape).numpy().astype(self.dtype)

    @torch.no_grad()
    def measure(self, observation: Mapping[str, Tensor], actions: Tensor) -> None:
        """Take what is usual from the labels, and let the head say the same actions in the new terms.

        DAgger's first round tells little of what is usual in the later ones, so statistics must be free to change
        without undoing what was learned (van Hasselt et al., *Learning values across many orders of magnitude*, 2016).
        """
        super().measure(observation, actions)
        mean, scale = self.labels.mean.clone(), self.labels.scale.clone()
        self.labels.measure(actions.flatten(1).float())
        last = self.head[-1]
        assert isinstance(last, nn.Linear)
        last.weight.mul_((scale / self.labels.scale)[:, None])
        last.bias.mul_(scale).add_(mean - self.labels.mean).div_(self.labels.scale)

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """The plan [batch horizon 3] where actions are trajectories: poses (x, y, heading) in the agent's frame."""
        is_trajectory = len(self.shape) == 2 and self.shape[1] == 3
        plan = {"plan": self.likely(observation)} if is_trajectory else {}
        return {**super().explain(observation), **plan}
