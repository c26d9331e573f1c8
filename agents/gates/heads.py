"""Several small networks side by side on the features of one encoder: as cheap as one, as many opinions as wanted."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

HIDDEN = 64
UPDATES = 400
BATCH = 128
LEARNING_RATE = 3e-3


class Heads(nn.Module):
    """`members` networks of one hidden layer each, on normalised features that are given and not changed.

    Args:
        features: That all are fitted on [label feature]; their mean and spread are kept.
        members, outputs: Networks, and what each says.
        seed: Of the first weights.
    """

    def __init__(self, features: Float[Tensor, "label feature"], *, members: int, outputs: int, seed: int) -> None:
        super().__init__()
        rng, size = np.random.default_rng((seed, 2)), features.shape[1]
        self.mean, self.scale = features.mean(dim=0), features.std(dim=0, correction=0).clamp_min(1e-3)
        self.first = nn.Parameter(_normal(rng, (members, size, HIDDEN)) * (2.0 / size) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(members, 1, HIDDEN))
        self.second = nn.Parameter(_normal(rng, (members, HIDDEN, outputs)) * HIDDEN**-0.5)
        self.offset = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, features: Float[Tensor, "batch feature"]) -> Float[Tensor, "member batch output"]:
        """What each of them says."""
        usual = ((features - self.mean) / self.scale).clamp(-10.0, 10.0).expand(len(self.first), -1, -1)
        return torch.baddbmm(self.offset, torch.relu(torch.baddbmm(self.bias, usual, self.first)), self.second)

    def fit(
        self,
        features: Float[Tensor, "label feature"],
        loss: Callable[[Tensor, Int64[Tensor, " batch"]], Tensor],
        *,
        weight: Float[Tensor, "member label"],
        rng: np.random.Generator,
    ) -> None:
        """Fit each member to its own weights of the labels.

        Args:
            features: Of every label.
            loss: (what all say [member batch output], labels' rows [batch]) -> [member batch].
            weight: Of every label to every member.
            rng: Draws the batches.
        """
        optimizer = torch.optim.AdamW(self.parameters(), lr=LEARNING_RATE, weight_decay=1e-3)
        for _ in range(UPDATES):
            rows = torch.from_numpy(rng.integers(len(features), size=min(BATCH, 4 * len(features))))
            error = (loss(self(features[rows]), rows) * weight[:, rows]).mean()
            optimizer.zero_grad()
            error.backward()
            optimizer.step()


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))
