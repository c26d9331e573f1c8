"""What a world model is of: what it is shown, what may be done, how long a step lasts, and what it can foresee."""

import math
from dataclasses import dataclass

from envs.core.naming import check_known

KINDS = ("discrete", "continuous")
HEADS = ("latent", "occupancy", "flow", "ego", "cell", "actors", "reward", "continuation", "to_go")
"""What `decode` may be asked for; each model's `Spec.heads` says which of them it has. Axes after (batch, candidate,
sample, horizon):

latent        [number]          what the model thinks in, flat
occupancy     [channel row col] probability of each of `Spec.foreseen`; on roads seen from where the ego is now
flow          [2 row col]       backward flow, forward and left [m/s], seen from where the ego is now
ego           [6]               motions as in `world_models.bicycle`, seen from where the ego is now
cell          [row col]         probability of the agent's place on a grid
actors        [actor 3]         poses of the others (x ahead, y left [m], heading), in the order of the observation
reward        []                of the step that led there
continuation  []                probability that the episode goes on
to_go         []                what is still to be paid from there on, in steps or metres: low is good
"""


@dataclass(frozen=True)
class Actions:
    """What may be done at a step: one of `size` choices, or `size` numbers from `low` to `high`."""

    kind: str
    size: int
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        check_known("kind of actions", self.kind, KINDS)
        if self.size < 1:
            raise ValueError(f"Actions.size: expected at least 1, got {self.size}.")
        count = self.size if self.kind == "continuous" else 0
        if not len(self.low) == len(self.high) == count:
            raise ValueError(f"Actions: expected {count} bounds each way, got {len(self.low)} and {len(self.high)}.")
        for low, high in zip(self.low, self.high, strict=True):
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                raise ValueError(f"Actions: expected finite bounds, low below high, got {low} and {high}.")

    @property
    def is_discrete(self) -> bool:
        """One of `size` choices."""
        return self.kind == "discrete"


@dataclass(frozen=True)
class Spec:
    """What a model is of, and what it can do."""

    observation: dict[str, tuple[int, ...]]
    """Shape of every key that it is shown."""
    actions: Actions
    dt: float
    """Seconds that an action lasts; 1 on grids."""
    foreseen: tuple[str, ...]
    """Channels of the occupancy that it foresees."""
    heads: tuple[str, ...]
    """Of `HEADS`."""
    extent: tuple[float, float, float, float] | None = None
    """How far the occupancy reaches ahead, behind, to the left and to the right [m]; None on grids."""
    is_stochastic: bool = False
    """Whether `predict` can draw several futures."""
    is_differentiable: bool = True
    """Whether gradients lead from a rollout back to the actions."""

    def __post_init__(self) -> None:
        for head in self.heads:
            check_known("head", head, HEADS)
        if not (math.isfinite(self.dt) and self.dt > 0):
            raise ValueError(f"Spec.dt: expected a finite number > 0, got {self.dt}.")

    @property
    def resolution(self) -> float:
        """Side of an occupancy cell [m]; 1 on grids."""
        if self.extent is None:
            return 1.0
        return (self.extent[0] + self.extent[1]) / self.observation["occupancy"][1]
