"""GridMaze: depth-first mazes with some walls opened."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds


@dataclass(frozen=True, kw_only=True)
class MazeConfig(GridConfig):
    """Four moves, and corridors one cell wide."""

    size: int | tuple[int, int] = 15
    generator: str = "maze"
    connectivity: int = 4
    openings: float = 0.1


class GridMaze(GridWorlds):
    """Find the way through a maze; Lee et al., *Gated Path Planning Networks* (ICML 2018).

    A corridor follows every second cell, so odd sizes waste none. ``connectivity=8, diagonal_cost=1`` gives
    the paper's *moore* moves.
    """

    Config: ClassVar[type[GridConfig]] = MazeConfig
