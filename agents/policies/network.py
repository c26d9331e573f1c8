"""The whole network of a policy over chunks: encoder, codec, head."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from agents.networks.encoders import Encoder
from agents.networks.policy import as_tensors
from agents.policies.codec import ActionCodec
from agents.policies.head import Head
from agents.policies.noise import Noise
from agents.sequences import Windows


class ChunkNetwork(nn.Module):
    """Features of each observation of the history side by side, and a head on them.

    Args:
        encoder: Of one observation.
        codec: Of the actions.
        head: On `history` times the encoder's features.
        history: Observations that a decision looks at.
    """

    def __init__(self, encoder: Encoder, codec: ActionCodec, head: Head, *, history: int) -> None:
        super().__init__()
        self.encoder, self.codec, self.head, self.history = encoder, codec, head, history

    def encode(self, past: Mapping[str, np.ndarray]) -> Float[Tensor, "batch feature"]:
        """Features of observations [batch history ...]; the one place where a decision is encoded."""
        batch = len(next(iter(past.values())))
        flat = {key: array.reshape(batch * self.history, *array.shape[2:]) for key, array in past.items()}
        return self.encoder(as_tensors(flat)).view(batch, -1)

    def loss(self, windows: Windows, noise: Noise) -> Float[Tensor, ""]:
        """The head's loss on a batch of demonstrations."""
        chunk = self.codec(torch.from_numpy(windows.actions))
        weight = torch.from_numpy(windows.is_real).float()
        return self.head.loss(self.encode(windows.observations), chunk, weight, noise)

    def measure(self, observation: Mapping[str, np.ndarray], actions: np.ndarray) -> None:
        """Take what is usual from the demonstrations; of the observations, the encoder's `extras`."""
        self.encoder.measure(as_tensors(observation))
        self.codec.measure(torch.from_numpy(actions))
