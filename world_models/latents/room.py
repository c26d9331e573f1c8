"""What the two kinds of latent have in common."""

from abc import ABC, abstractmethod

from jaxtyping import Bool, Float
from torch import Tensor, nn

from world_models.experience import Windows
from world_models.rollout import Latent, Rollout


class Room(nn.Module, ABC):
    """A kind of latent: `LatentModel` is a face before one of these."""

    heads: tuple[str, ...]
    """Of `world_models.spec.HEADS`."""
    is_differentiable: bool
    """Whether gradients lead back to the actions."""

    @abstractmethod
    def encode(self, observation: dict[str, Tensor]) -> dict[str, Tensor]:
        """Parts of the latent [batch ...]."""

    @abstractmethod
    def predict(self, latent: Latent, actions: Tensor) -> dict[str, Tensor]:
        """Parts of the rollout [batch candidate 1 horizon ...]."""

    @abstractmethod
    def decode(self, rollout: Rollout, key: str) -> Tensor:
        """One of `heads`, [batch candidate 1 horizon ...]."""

    @abstractmethod
    def losses(self, windows: Windows) -> dict[str, Tensor]:
        """Weighted terms of the loss, by name."""

    def prepare(self, windows: Windows) -> None:
        """Before the first update; nothing by default."""


def masked_mean(values: Float[Tensor, "*shape"], counts: Bool[Tensor, "*shape"]) -> Float[Tensor, ""]:
    """Mean of those that count; 0 where none does."""
    return (values * counts).sum() / counts.sum().clamp(min=1)
