"""GridFork: two ways round a wall, equally good."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds
from envs.kernels.grid_world import FORK_METRICS


@dataclass(frozen=True, kw_only=True)
class ForkConfig(GridConfig):
    """Four moves and waiting, which is what lies halfway between left and right."""

    size: int | tuple[int, int] = 15
    generator: str = "fork"
    connectivity: int = 4
    corner_cutting: str = "forbid"
    wait: bool = True
    tie_break: str = "coin"

    @classmethod
    def generators(cls) -> tuple[str, ...]:
        return ("fork",)


class GridFork(GridWorlds):
    """Reach the goal behind a wall that is symmetric about the way there; for policies that must commit to a side.

    Both ways round cost exactly the same, and the oracle takes either by a coin of the episode that nothing in the
    observation tells. The metric `mode` says how the first agent passed the wall, facing the goal from the start:
    0 on the left, 1 on the right, nan not at all (and for all other agents, whose ways are their own). Slipping
    tells the sides apart where one of them lies nearer to the border.
    """

    Config: ClassVar[type[GridConfig]] = ForkConfig
    metric_names = FORK_METRICS
