"""Merge-v0: a ramp joins, or a lane ends."""

from dataclasses import dataclass
from typing import ClassVar

from envs.core.arguments import check_argument
from envs.core.naming import check_known
from envs.driving.config import RoadConfig
from envs.driving.highway import check_limit
from envs.driving.worlds import RoadWorlds


@dataclass(frozen=True, kw_only=True)
class MergeConfig(RoadConfig):
    """What a level leaves open, it draws."""

    kind: str | None = None
    """`ramp` (an on-ramp whose acceleration lane ends) or `drop` (a lane of the road ends); None: drawn by level."""
    lanes: int | None = None
    """Of the main road, 1 to 3; None: drawn by level."""
    limit: float | None = None
    """Speed limit [m/s]; None: drawn by level."""
    extent: tuple[float, float, float, float] = (96.0, 32.0, 18.0, 18.0)
    duration: float = 50.0

    family: ClassVar[tuple[str, ...]] = ("kind", "lanes", "limit", "demand")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("kind", self.kind, ("ramp", "drop", None))
        check_argument("lanes", self.lanes, self.lanes in (None, 1, 2, 3), "None or 1 to 3")
        check_limit(self.limit, 36.0)


class Merge(RoadWorlds):
    """Find a gap before the own lane ends, or make room for those who must."""

    Config: ClassVar[type[RoadConfig]] = MergeConfig
    builder = "envs.driving.roads.merge:build"
