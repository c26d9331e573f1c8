"""GridCrowd: others with goals of their own, who route, wait and yield."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds


@dataclass(frozen=True, kw_only=True)
class CrowdConfig(GridConfig):
    """Four moves and waiting, among five others."""

    generator: str = "rooms"
    size: int | tuple[int, int] = 13
    openings: float = 1.0
    connectivity: int = 4
    corner_cutting: str = "forbid"
    wait: bool = True
    num_actors: int = 6


class GridCrowd(GridWorlds):
    """Reach the goal among `num_actors` - 1 others that react.

    Alone, the agent meets scripted others, who get a new goal whenever they arrive. ``envs.parallel_env``
    controls them all: whoever arrives leaves. Conflicts are resolved in the same way in both.
    """

    Config: ClassVar[type[GridConfig]] = CrowdConfig
