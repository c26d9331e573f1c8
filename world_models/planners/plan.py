"""What a planner hands back: what to do, what it should cost, and what the next search may begin with."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor


class Warm(NamedTuple):
    """Where the next search begins; a tuple of tensors whose first axis is the batch, so that it fits in a state."""

    centre: Tensor
    """[batch horizon number] actions, or [batch horizon choice] probabilities of each choice."""
    elites: Tensor
    """[batch kept horizon ...] actions of the best candidates."""
    known: Tensor
    """[batch] Whether the row has a plan to go on from; where not it begins afresh."""

    def forget(self, rows: Bool[Tensor, " batch"]) -> "Warm":
        """The same with some rows' plans dropped: those whose episode begins."""
        return self._replace(known=self.known & ~rows)

    def rows(self, index: Int64[Tensor, " some"]) -> "Warm":
        """Of some rows of the batch."""
        return Warm(*(part[index] for part in self))

    def to(self, device: torch.device | str) -> "Warm":
        """The same on another device."""
        return Warm(*(part.to(device) for part in self))

    def to_arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As numpy arrays, in the same order."""
        centre, elites, known = (part.cpu().numpy() for part in self)
        return centre, elites, known

    @classmethod
    def from_arrays(cls, arrays: tuple[np.ndarray, ...]) -> "Warm":
        """What `to_arrays` gave."""
        return cls(*(torch.from_numpy(np.ascontiguousarray(part)) for part in arrays))


@dataclass(frozen=True)
class Stats:
    """What a search took, and how it went."""

    milliseconds: float
    calls: int
    """Of `model.predict`."""
    iterations: int
    trace: Float[Tensor, "iteration batch"]
    """Lowest cost so far after each iteration."""


@dataclass(frozen=True)
class Plan:
    """The actions to take, one for each step of the horizon; continuous [.. number] or discrete."""

    actions: Shaped[Tensor, "batch horizon ..."]
    cost: Float[Tensor, " batch"]
    warm: Warm
    """To hand to the next search, with the steps executed until then."""
    candidates: Shaped[Tensor, "batch elite horizon ..."]
    """The best of the last iteration, best first."""
    candidate_costs: Float[Tensor, "batch elite"]
    stats: Stats


def ahead(part: Shaped[Tensor, "batch step ..."], executed: "int | Int64[Tensor, ' batch']") -> Tensor:
    """What is left after some steps, the last one repeated to the same length.

    Args:
        part: Time is axis 1.
        executed: Steps taken, of all rows or of each.
    """
    steps = part.shape[1]
    taken = torch.as_tensor(executed, device=part.device).reshape(-1, 1)
    index = (torch.arange(steps, device=part.device) + taken).clamp(0, steps - 1).expand(len(part), -1)
    return part.gather(1, index.view(*index.shape, *[1] * (part.ndim - 2)).expand_as(part))


def pick(part: Shaped[Tensor, "batch candidate ..."], index: Int64[Tensor, "batch some"]) -> Tensor:
    """Some candidates of each row."""
    return part.gather(1, index.view(*index.shape, *[1] * (part.ndim - 2)).expand(-1, -1, *part.shape[2:]))
