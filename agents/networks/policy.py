"""What a policy network is to an imitator, and the network that suits the spaces."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float, Float64
from torch import Tensor, nn

from agents.networks.encoders import Encoder

HIDDEN = 128


class Policy(nn.Module, ABC):
    """An encoder, a head, and the loss that both are fitted by.

    Args:
        encoder: Of the observations.
        outputs: Numbers that the head gives.
    """

    draws: int = 0
    """Uniform numbers that a drawn decision takes; 0: there is nothing to draw."""

    def __init__(self, encoder: Encoder, outputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(encoder.size, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs))

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch output"]:
        """What the head says."""
        return self.head(self.encoder(observation))

    @abstractmethod
    def loss(self, observation: Mapping[str, Tensor], actions: Tensor) -> Float[Tensor, ""]:
        """How far the policy is from the expert's actions [batch ...]."""

    @abstractmethod
    def likely(self, observation: Mapping[str, Tensor]) -> np.ndarray:
        """The actions [batch ...] that the policy takes where nothing is drawn."""

    def draw(self, observation: Mapping[str, Tensor], unit: Float64[np.ndarray, "batch draw"]) -> np.ndarray:
        """Actions [batch ...] drawn by `draws` uniform numbers for each row."""
        return self.likely(observation)

    def measure(self, observation: Mapping[str, Tensor], actions: Tensor) -> None:
        """Take what is usual from the labels to be fitted; of the observations, the encoder's `extras`."""
        self.encoder.measure(observation)

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """What there is to show of a decision: keys of the renderer's overlays."""
        return self.encoder.explain(observation)


def policy_for(observation_space: spaces.Dict, action_space: spaces.Space, *, width: int | None = None) -> Policy:
    """The policy that suits the spaces: classification of `Discrete` actions, regression of those in a `Box`.

    Args:
        observation_space, action_space: Of one agent.
        width: Features of each cell; None: what suits the encoder.

    Raises:
        ValueError: another action space.
    """
    from agents.networks.categorical import CategoricalPolicy
    from agents.networks.encoders import encoder_for
    from agents.networks.regression import RegressionPolicy

    if isinstance(action_space, spaces.Discrete):
        return CategoricalPolicy(encoder_for(observation_space, width), int(action_space.n))
    if isinstance(action_space, spaces.Box):
        return RegressionPolicy(encoder_for(observation_space, width), action_space)
    raise ValueError(f"Expected Discrete actions or a Box of them, got the action space {action_space}.")


def as_tensors(observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Observations as float32; bytes 0..255 are scaled to 0..1, binary and real keys stay."""
    return {key: _as_tensor(np.asarray(array)) for key, array in observation.items()}


def _as_tensor(array: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(np.array(array, np.float32, order="C"))  # a copy: torch warns of arrays it may not write
    return tensor.div_(255.0) if array.dtype == np.uint8 else tensor
