"""What is read off simulated grids: cells, views, and what is still to be paid."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from envs.core.worlds import Worlds
from world_models.rollout import Rollout
from world_models.simulation import Notes, Simulation

Run = Callable[[dict[str, Tensor], Tensor, Callable[[Worlds], Notes]], Notes]


class SimulatedGrids:
    """The oracle's heads on grids."""

    changes: ClassVar[dict[str, Any]] = {}

    @staticmethod
    def heads_of(env: Any) -> tuple[str, ...]:
        """Of `HEADS`; views that move with the agent have no fixed frame to foresee them in."""
        is_fixed = env.unwrapped.config.view == "full"
        return (*(("occupancy",) if is_fixed else ()), "cell", "reward", "continuation", "to_go")

    @staticmethod
    def begin(simulation: Simulation, parts: dict[str, Tensor]) -> Notes:
        """The cost of a shortest path from every cell, once for all that will be asked of it."""
        worlds: Any = simulation.worlds_at(parts)
        return {"distances": worlds.all_distances()[:, 0]}

    @staticmethod
    def look(worlds: Any) -> Notes:
        """Where the agent is."""
        return {"cell": worlds.state.cell[:, 0].copy()}

    @staticmethod
    def decode(simulation: Simulation, rollout: Rollout, key: str, run: Run) -> np.ndarray:
        """[batch candidate horizon ...]"""
        if key == "occupancy":  # steps again: that is quicker than to keep views that nobody may ask for
            return run(rollout.start.parts, rollout.actions, _views)["views"].astype(np.float32)
        distances = rollout.start.parts["distances"].numpy()
        cell = rollout.parts["cell"][:, :, 0].numpy()
        row, col = cell[..., 0], cell[..., 1]
        if key == "to_go":
            return distances[np.arange(len(cell))[:, None, None], row, col].astype(np.float32)
        found = np.zeros((*row.shape, *distances.shape[1:]), np.float32)
        np.put_along_axis(
            found.reshape(*row.shape, -1), (row * distances.shape[2] + col)[..., None].astype(np.int64), 1.0, -1
        )
        return found


def _views(worlds: Any) -> Notes:
    return {"views": worlds.observation()["occupancy"][:, 0]}
