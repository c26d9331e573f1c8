"""Intersection-v0: one junction of every kind."""

from dataclasses import dataclass
from typing import ClassVar

from envs.core.arguments import check_argument
from envs.core.naming import check_known
from envs.driving.config import RoadConfig
from envs.driving.highway import check_limit
from envs.driving.worlds import RoadWorlds

CONTROLS = ("none", "priority", "stop", "signals")


@dataclass(frozen=True, kw_only=True)
class IntersectionConfig(RoadConfig):
    """What a level leaves open, it draws."""

    arms: int | None = None
    """3 or 4; None: drawn by level."""
    lanes: int | None = None
    """Of each direction of the widest arm, 1 to 3; None: drawn by level."""
    control: str | None = None
    """`none` (first come, first served), `priority` (one road yields), `stop` (all stop), `signals`; None: drawn."""
    limit: float | None = None
    """Speed limit [m/s]; None: drawn by level."""
    duration: float = 90.0

    family: ClassVar[tuple[str, ...]] = ("arms", "lanes", "control", "limit", "demand")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_argument("arms", self.arms, self.arms in (None, 3, 4), "None, 3 or 4")
        check_argument("lanes", self.lanes, self.lanes in (None, 1, 2, 3), "None or 1 to 3")
        check_known("control", self.control, (*CONTROLS, None))
        check_limit(self.limit, 18.0)


class Intersection(RoadWorlds):
    """Cross three or four arms: uncontrolled, with priority, all-way stop, or signals; among pedestrians."""

    Config: ClassVar[type[RoadConfig]] = IntersectionConfig
    builder = "envs.driving.roads.intersection:build"
