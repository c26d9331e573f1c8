"""Grid maps as inverse RL reads them: where one can go, what each cell is made of, and where the goal lies."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, Shaped, UInt8

from envs.kernels.grid_views import AGENT, FIRST_EXTRA, GOAL, OBSTACLE

NOWHERE = -1


@dataclass(frozen=True)
class Ground:
    """A batch of maps; cells are numbered row * cols + col.

    Class 0 is ground that no channel tells about; class k has the k-th channel after obstacle, goal and agent, the
    last one where a cell has several (who stands there says more than what on).
    """

    blocked: Bool[np.ndarray, "batch row col"]
    classes: UInt8[np.ndarray, "batch row col"]
    goal: Int64[np.ndarray, " batch"]
    """`NOWHERE` where no goal is seen."""
    agent: Int64[np.ndarray, " batch"]

    def __len__(self) -> int:
        return len(self.blocked)

    @classmethod
    def of_occupancy(cls, occupancy: Shaped[np.ndarray, "batch channel row col"]) -> "Ground":
        """What a batch of observations shows."""
        shown = np.asarray(occupancy) > 0
        extra = shown[:, FIRST_EXTRA:]
        last = extra.shape[1] - extra[:, ::-1].argmax(axis=1) if extra.shape[1] else np.zeros_like(shown[:, 0], int)
        classes = np.where(extra.any(axis=1), last, 0).astype(np.uint8)
        return cls(shown[:, OBSTACLE], classes, _marked(shown[:, GOAL]), _marked(shown[:, AGENT]))

    def of(self, rows: Shaped[np.ndarray, " some"]) -> "Ground":
        """Some of the maps."""
        return Ground(self.blocked[rows], self.classes[rows], self.goal[rows], self.agent[rows])


def num_classes(channels: int) -> int:
    """Classes of ground that so many channels tell apart."""
    return 1 + channels - FIRST_EXTRA


def _marked(channel: Bool[np.ndarray, "batch row col"]) -> Int64[np.ndarray, " batch"]:
    flat = channel.reshape(len(channel), -1)
    return np.where(flat.any(axis=1), flat.argmax(axis=1), NOWHERE)
