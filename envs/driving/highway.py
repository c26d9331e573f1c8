"""Highway-v0: lanes enough to overtake."""

from dataclasses import dataclass
from typing import ClassVar

from envs.core.arguments import check_argument
from envs.driving.config import RoadConfig
from envs.driving.worlds import RoadWorlds


@dataclass(frozen=True, kw_only=True)
class HighwayConfig(RoadConfig):
    """What a level leaves open, it draws."""

    lanes: int | None = None
    """2 to 4; None: drawn by level."""
    limit: float | None = None
    """Speed limit [m/s]; None: drawn by level."""
    extent: tuple[float, float, float, float] = (96.0, 32.0, 18.0, 18.0)
    duration: float = 60.0

    family: ClassVar[tuple[str, ...]] = ("lanes", "limit", "demand")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_argument("lanes", self.lanes, self.lanes in (None, 2, 3, 4), "None or 2 to 4")
        check_limit(self.limit, 36.0)


class Highway(RoadWorlds):
    """Drive on among slower and faster traffic that follows (IDM) and changes lanes (MOBIL)."""

    Config: ClassVar[type[RoadConfig]] = HighwayConfig
    builder = "envs.driving.roads.highway:build"


def check_limit(limit: float | None, most: float) -> None:
    """Raise ``ValueError`` for a speed limit [m/s] that a family's roads are not made for."""
    check_argument("limit", limit, limit is None or 4.0 <= limit <= most, f"None or a speed in [4, {most:g}] m/s")
