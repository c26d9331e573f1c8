"""Town-v0: all of it, joined."""

from dataclasses import dataclass
from typing import ClassVar

from envs.driving.config import RoadConfig
from envs.driving.worlds import RoadWorlds


@dataclass(frozen=True, kw_only=True)
class TownConfig(RoadConfig):
    """What a level leaves open, it draws."""

    num_actors: int = 32
    duration: float = 240.0

    family: ClassVar[tuple[str, ...]] = ("demand",)


class Town(RoadWorlds):
    """Cross a town: routes of several hundred metres over junctions of every kind, among cars and pedestrians."""

    Config: ClassVar[type[RoadConfig]] = TownConfig
    builder = "envs.driving.roads.town:build"
