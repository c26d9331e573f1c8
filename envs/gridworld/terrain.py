"""GridTerrain: ground of several kinds, whose costs the learner is not told."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds


@dataclass(frozen=True, kw_only=True)
class TerrainConfig(GridConfig):
    """Road, grass, sand and swamp; the reward charges their costs, the observation shows only their classes."""

    generator: str = "terrain"
    density: float = 0.1
    terrain_costs: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)
    terrain_names: tuple[str, ...] = ("road", "grass", "sand", "swamp")


class GridTerrain(GridWorlds):
    """Reach the goal at the least cost over patches of ground; for inverse RL and maximum-margin planning."""

    Config: ClassVar[type[GridConfig]] = TerrainConfig
