"""Plans that are kept to for some steps before the next decision: in the state, row by row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Int64
from torch import Tensor

from agents.agent import State
from agents.planning.onward import onward
from agents.planning.preview import preview
from world_models.trajectories.limits import Start
from world_models.trajectories.trajectory_set import ACCELERATION, CURVATURE, SPEED

EXPIRED = 1_000_000
"""Age of the plan of who has none."""


@dataclass
class HeldPlans:
    """What a batch is driving.

    A plan is kept in the frame in which it was decided on: whoever keeps to it will have come along it since then.
    """

    knots: Float32[np.ndarray, "batch knot 7"]
    """The motion at the decision, then the plan's states."""
    age: Int64[np.ndarray, " batch"]
    """Steps since the decision."""

    def due(self, execute: int) -> Int64[np.ndarray, " row"]:
        """Rows that have kept to their plan for `execute` steps, or have none."""
        return np.flatnonzero(self.age >= execute)

    def replace(self, rows: Int64[np.ndarray, " row"], start: Start, states: Tensor) -> None:
        """New plans for some rows, from now on."""
        self.knots[rows] = knots_of(start, states).numpy()
        self.age[rows] = 0

    def poses(self, *, later: float, step: float, dt: float) -> Float32[np.ndarray, "batch time 3"]:
        """The rest of the plans as they will look `later` from now [s]: see `agents.planning.preview`."""
        return self._by_age(lambda states, start, age: preview(states, start, seconds=step * age + later, dt=dt))

    def onward(self, *, step: float, dt: float) -> Float32[np.ndarray, "batch time 3"]:
        """What the plans do in the step that begins, gone on with: see `agents.planning.onward`."""
        return self._by_age(lambda states, start, age: onward(states, start, seconds=step * age, step=step, dt=dt))

    def _by_age(self, look: Callable[[Tensor, Start, int], Tensor]) -> Float32[np.ndarray, "batch time 3"]:
        found = np.zeros((len(self.age), self.knots.shape[1] - 1, 3), np.float32)
        for age in np.unique(self.age):
            rows = np.flatnonzero(self.age == age)
            start, states = motion_of(torch.from_numpy(self.knots[rows]))
            found[rows] = look(states, start, int(age)).numpy()
        return found

    def as_state(self) -> tuple[np.ndarray, np.ndarray]:
        """After the decision: a step further."""
        return self.knots, self.age + 1


def recall(size: int, times: int, state: State, episode_start: Bool[np.ndarray, " batch"] | None) -> HeldPlans:
    """The plans at a new observation; rows that begin have none.

    Raises:
        ValueError: `state` or `episode_start` is of another batch.
    """
    if state is None:
        return HeldPlans(np.zeros((size, times + 1, 7), np.float32), np.full(size, EXPIRED))
    knots, age = state
    begins = np.zeros(size, np.bool_) if episode_start is None else np.atleast_1d(np.asarray(episode_start, np.bool_))
    for name, array in (("state", age), ("episode_start", begins)):
        if len(array) != size:
            raise ValueError(f"predict: {name} has {len(array)} rows, the batch of observations has {size}.")
    return HeldPlans(knots.copy(), np.where(begins, EXPIRED, age))


def knots_of(start: Start, states: Tensor) -> Tensor:
    """The motion at the origin [batch 7] before the states [batch time 7]."""
    now = torch.zeros_like(states[:, :1])
    now[:, 0, SPEED], now[:, 0, ACCELERATION], now[:, 0, CURVATURE] = start.speed, start.acceleration, start.curvature
    return torch.cat([now, states], dim=1)


def motion_of(knots: Tensor) -> tuple[Start, Tensor]:
    """What `knots_of` joined."""
    now = knots[:, 0]
    return Start(now[:, SPEED], now[:, ACCELERATION], now[:, CURVATURE]), knots[:, 1:]
