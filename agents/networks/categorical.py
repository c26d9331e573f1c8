"""Choice among discrete actions."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn import functional

from agents.networks.encoders import Encoder
from agents.networks.policy import Policy
from agents.row_noise import draw_categorical


class CategoricalPolicy(Policy):
    """Logits of the actions, fitted by the cross-entropy of the expert's choices."""

    def __init__(self, encoder: Encoder, num_actions: int) -> None:
        super().__init__(encoder, num_actions)
        self.draws = num_actions

    def loss(self, observation: Mapping[str, Tensor], actions: Tensor) -> Float[Tensor, ""]:
        return functional.cross_entropy(self(observation), actions)

    def likely(self, observation: Mapping[str, Tensor]) -> np.ndarray:
        return self(observation).argmax(dim=1).numpy()

    def draw(self, observation: Mapping[str, Tensor], unit: Float64[np.ndarray, "batch draw"]) -> np.ndarray:
        return draw_categorical(self(observation).numpy(), unit)

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """How likely each action is, and what the encoder has to show."""
        probabilities = functional.softmax(self(observation), dim=1)
        return {"action_probabilities": probabilities.numpy(), **super().explain(observation)}
