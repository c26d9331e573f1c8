"""Actions as numbers that networks take: a choice as a one, a vector in half ranges of its bounds."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional

from world_models.spec import Actions


class ActionFeatures(nn.Module):
    """One-hot choices, or numbers brought to -1..1.

    Args:
        actions: What may be done.
    """

    middle: Tensor
    reach: Tensor

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.actions, self.size = actions, actions.size
        low, high = torch.tensor(actions.low), torch.tensor(actions.high)
        self.register_buffer("middle", (low + high) / 2, persistent=False)
        self.register_buffer("reach", (high - low) / 2, persistent=False)

    def forward(self, actions: Shaped[Tensor, "..."]) -> Float[Tensor, "... size"]:
        """[... choice] or [... number] to [... size]."""
        if self.actions.is_discrete:
            return functional.one_hot(actions.long(), self.size).float()
        return (actions - self.middle) / self.reach


def check_actions(actions: Tensor, known: Actions, batch: int) -> None:
    """That candidate actions are [batch candidate horizon] choices, or [batch candidate horizon number].

    Raises:
        ValueError: another shape or kind, with both.
    """
    tail = () if known.is_discrete else (known.size,)
    fits = actions.ndim == 3 + len(tail) and actions.shape[0] == batch and tuple(actions.shape[3:]) == tail
    if not fits or min(actions.shape[1:3]) < 1:
        wanted = ", ".join(str(part) for part in (batch, "candidate", "horizon", *tail))
        raise ValueError(f"actions: expected {known.kind} [{wanted}], got {list(actions.shape)}.")
    if actions.is_floating_point() == known.is_discrete:
        raise ValueError(f"actions: expected {known.kind} ones, got {str(actions.dtype).removeprefix('torch.')}.")
