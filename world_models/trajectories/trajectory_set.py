"""Candidates for what a vehicle does next: timed states, which of them it could drive, and what is known of each."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

X, Y, HEADING, SPEED, ACCELERATION, CURVATURE, TIME = range(7)
"""Columns of a state."""
SAME = 1e-3
"""Candidates nowhere further apart than this are the same [m]."""
SLANT = 1.618


class Motion(NamedTuple):
    """Columns of states while they are being computed; heading is the vehicle's own, or the way it goes."""

    x: Tensor
    y: Tensor
    heading: Tensor
    speed: Tensor
    acceleration: Tensor
    curvature: Tensor


@dataclass(frozen=True)
class TrajectorySet:
    """Candidates at times dt, 2 dt, ..., steps * dt, in the ego frame of time 0, which itself is not among them.

    x, y [m], heading [rad], speed [m/s], acceleration along the way [m/s^2], curvature of the way [1/m], time [s].
    """

    states: Float[Tensor, "batch candidate time 7"]
    feasible: Bool[Tensor, "batch candidate"]
    traits: dict[str, Tensor] = field(default_factory=dict)
    """What made each candidate: name -> [batch candidate]."""

    @property
    def poses(self) -> Float[Tensor, "batch candidate time 3"]:
        """(x, y, heading)."""
        return self.states[..., :3]

    @property
    def num_candidates(self) -> int:
        """Candidates for each of the batch."""
        return self.states.shape[1]

    def join(self, *others: "TrajectorySet") -> "TrajectorySet":
        """All candidates of the sets, which must have the same batch, times and traits."""
        sets = (self, *others)
        for other in others:
            if other.traits.keys() != self.traits.keys():
                raise ValueError(f"Expected traits {sorted(self.traits)}, found {sorted(other.traits)}.")
        return TrajectorySet(
            torch.cat([one.states for one in sets], 1),
            torch.cat([one.feasible for one in sets], 1),
            {name: torch.cat([one.traits[name] for one in sets], 1) for name in self.traits},
        )

    def select(self, index: Int[Tensor, " batch"] | Int[Tensor, "batch chosen"]) -> "TrajectorySet":
        """The candidates of those numbers: one for each of the batch (axis `candidate` is 1), or several."""
        index = index[:, None] if index.ndim == 1 else index
        rows = torch.arange(len(index), device=index.device)[:, None]
        traits = {name: trait[rows, index] for name, trait in self.traits.items()}
        return TrajectorySet(self.states[rows, index], self.feasible[rows, index], traits)

    def without_repeats(self) -> "TrajectorySet":
        """Of feasible candidates that are the same everywhere, as those who stand are, only one stays feasible."""
        places = self.states.detach()[..., :2]
        steps = torch.arange(1, places.shape[2] + 1, device=places.device).sqrt()
        # The same places give the same sum, so that sorted by it they are neighbours.
        total = (torch.add(places[..., 0], places[..., 1], alpha=SLANT) * steps).sum(-1)
        order = total.masked_fill(~self.feasible, torch.inf).argsort(-1)
        rows = torch.arange(len(order), device=order.device)[:, None]
        sorted_places = places[rows, order]
        apart = (sorted_places[:, 1:] - sorted_places[:, :-1]).abs().amax((-1, -2))
        repeats = torch.zeros_like(self.feasible)
        repeats[rows, order[:, 1:]] = apart < SAME
        return replace(self, feasible=self.feasible & ~repeats)
