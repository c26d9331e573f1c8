"""GridTerrain: ground of several kinds, whose costs the learner is not told."""

from dataclasses import dataclass
from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds

NAMES = ("road", "grass", "sand", "swamp")


@dataclass(frozen=True, kw_only=True)
class TerrainConfig(GridConfig):
    """Road, grass, sand and swamp; the reward charges their costs, the observation shows only their classes."""

    generator: str = "terrain"
    density: float = 0.1
    terrain_costs: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Road, grass, sand and swamp, where there are four classes and nobody names them otherwise."""
        is_unnamed = not self.terrain_names and len(self.terrain_costs) == len(NAMES)
        return NAMES if is_unnamed else super().class_names


class GridTerrain(GridWorlds):
    """Reach the goal at the least cost over patches of ground; for inverse RL and maximum-margin planning."""

    Config: ClassVar[type[GridConfig]] = TerrainConfig
