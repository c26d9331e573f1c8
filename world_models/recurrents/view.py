"""What a recurrent model needs to know of the worlds that it is of: how they look, and what of them stays."""

from abc import ABC, abstractmethod
from typing import ClassVar

from jaxtyping import Float, Int64
from torch import Tensor, nn

Context = dict[str, Tensor]
"""What does not change while an episode lasts, [batch ...] by name: whoever has it need not remember it."""


class View(nn.Module, ABC):
    """Of a kind of worlds. Features [batch many number] are of memory and code, `many` for each row of the batch."""

    is_costly: ClassVar[bool]
    """Whether showing all frames of windows would take most of the time of learning."""
    embedded: int
    """Numbers of `embed`."""
    read_size: int
    """Numbers of `read`."""

    @abstractmethod
    def embed(self, observation: dict[str, Tensor]) -> Float[Tensor, "batch number"]:
        """What an observation tells."""

    @abstractmethod
    def context(self, observation: dict[str, Tensor]) -> Context:
        """What of an observation stays as it is."""

    @abstractmethod
    def read(self, features: Float[Tensor, "batch many number"], context: Context) -> Tensor:
        """What the context tells of where one is, [batch many read]."""

    @abstractmethod
    def chances(
        self,
        features: Float[Tensor, "batch many number"],
        context: Context,
        poses: Tensor | None,
        steps: Int64[Tensor, " many"] | None = None,
    ) -> Tensor:
        """Probability of every cell then [batch many channel row col], as seen from where the context is from.

        Args:
            features: Of some moments.
            context: Of now.
            poses: Where the ego will be then [batch many 3], seen from where it is now; None where nothing turns.
            steps: How many actions after the first one each moment is; None where nothing hangs on it.
        """

    @abstractmethod
    def nats(
        self,
        features: Float[Tensor, "batch many number"],
        occupancy: Tensor,
        context: Context,
        poses: Tensor | None,
        steps: Int64[Tensor, " many"] | None = None,
    ) -> Tensor:
        """How surprising an occupancy [batch many channel row col], as bytes and as seen then, is in all [batch many].

        Where views turn and there are no poses, what is shown comes from the features alone.
        """

    def measure(self, observation: dict[str, Tensor]) -> None:
        """Take from a batch what is usual; nothing by default."""
