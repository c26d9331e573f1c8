"""Roundabout-v0: yield, circulate, leave."""

from dataclasses import dataclass
from typing import ClassVar

from envs.core.arguments import check_argument
from envs.driving.config import RoadConfig
from envs.driving.highway import check_limit
from envs.driving.worlds import RoadWorlds


@dataclass(frozen=True, kw_only=True)
class RoundaboutConfig(RoadConfig):
    """What a level leaves open, it draws."""

    arms: int | None = None
    """3 to 5; None: drawn by level."""
    lanes: int | None = None
    """Of the ring, 1 or 2; None: drawn by level."""
    limit: float | None = None
    """Speed limit of the arms [m/s]; None: drawn by level."""
    duration: float = 60.0

    family: ClassVar[tuple[str, ...]] = ("arms", "lanes", "limit", "demand")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_argument("arms", self.arms, self.arms in (None, 3, 4, 5), "None or 3 to 5")
        check_argument("lanes", self.lanes, self.lanes in (None, 1, 2), "None, 1 or 2")
        check_limit(self.limit, 18.0)


class Roundabout(RoadWorlds):
    """Enter a ring of one or two lanes behind those who are in it, and leave at the right arm."""

    Config: ClassVar[type[RoadConfig]] = RoundaboutConfig
    builder = "envs.driving.roads.roundabout:build"
