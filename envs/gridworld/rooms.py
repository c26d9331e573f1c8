"""GridRooms: rooms with doors."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds


@dataclass(frozen=True, kw_only=True)
class RoomsConfig(GridConfig):
    """Diagonals must not cut the corners of doors."""

    size: int | tuple[int, int] = 17
    generator: str = "rooms"
    corner_cutting: str = "forbid"
    openings: float = 0.3


class GridRooms(GridWorlds):
    """Reach the goal through rooms whose doors may lead away from it first."""

    Config: ClassVar[type[GridConfig]] = RoomsConfig
