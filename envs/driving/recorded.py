"""Recorded-v0: real traffic from files."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from envs.core.arguments import check_argument
from envs.core.levels import LevelRange, listed_levels
from envs.core.naming import check_known
from envs.driving.config import RoadConfig
from envs.driving.files import Recording, read_recording
from envs.driving.network import Network
from envs.driving.worlds import RoadWorlds

SLACK = 1.2
"""Time that a driver has, over what the recorded one took []."""
SLACK_STEPS = 10


@dataclass(frozen=True, kw_only=True)
class RecordedConfig(RoadConfig):
    """Where recordings come from, who is driven, and what the others do."""

    path: str | tuple[str, ...] = ()
    """A CommonRoad `.xml`, an Argoverse 2 scenario or log, a folder that holds some (searched through), or several."""
    ego: str = "longest"
    """Which recorded vehicle is driven: the one of each recording that moves furthest (`longest`), or `every` usable
    one in turn, a level each."""
    traffic: str = "replay"
    """What the others do: `replay` what was recorded, or be `reactive` along their recorded paths (IDM)."""
    least_seconds: float = 3.0
    """Shortest track worth driving."""
    num_actors: int = 40
    duration: float = 60.0
    """Seconds until truncation; less where the recorded driver took less, with a fifth more time than he took."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("ego", self.ego, ("longest", "every"))
        check_known("traffic", self.traffic, ("replay", "reactive"))
        check_argument("path", self.path, len(self.path) > 0, "a file or a folder of recordings")
        check_argument("least_seconds", self.least_seconds, 0.5 <= self.least_seconds <= 1e4, "0.5 to 1e4 seconds")
        check_argument("demand", self.demand, self.demand is None, "None: the traffic is recorded")


class Recorded(RoadWorlds):
    """Drive a recorded vehicle's way among the traffic that was there; formats CommonRoad XML and Argoverse 2.

    Level k is the k-th (recording, vehicle) in the order of file names. Levels of one recording are never split
    between training and testing, unless there is only one.
    """

    Config: ClassVar[type[RoadConfig]] = RecordedConfig
    config: RecordedConfig
    recording = 1

    def new_config(self, arguments: dict[str, Any]) -> RecordedConfig:
        if "path" in arguments:
            path = arguments["path"]
            texts = tuple(map(str, path)) if isinstance(path, list | tuple) else str(path)
            arguments = arguments | {"path": texts}
        config = RecordedConfig.from_arguments(arguments)
        paths = (config.path,) if isinstance(config.path, str) else config.path
        self.recordings = [
            found for path in paths for found in read_recording(path, least_seconds=config.least_seconds) if found.egos
        ]
        """Those in which somebody can be driven."""
        counts = [len(found.egos) if config.ego == "every" else 1 for found in self.recordings]
        check_argument("path", config.path, sum(counts) > 0, f"vehicles on the road for {config.least_seconds:g} s")
        self.tasks = np.array([(k, track) for k, count in enumerate(counts) for track in range(count)], np.int64)
        """(recording, track) of each level."""
        return config

    def level_range(self) -> LevelRange:
        groups = self.tasks[:, 0] if len(self.recordings) > 1 else np.arange(len(self.tasks))
        return listed_levels(self.config.split, self.config.num_levels, groups)

    def check_level(self, level: int) -> None:
        """Raise ``ValueError`` for a level beyond the recorded vehicles."""
        if level >= len(self.tasks):
            last = len(self.tasks) - 1
            raise ValueError(f"Level {level} does not exist: expected 0 to {last}, the recorded vehicles in the files.")

    def recording_of(self, level: int) -> Recording:
        """What a level is from."""
        return self.recordings[self.tasks[level, 0]]

    def roads_of(self, level: int) -> int:
        return int(self.tasks[level, 0])

    def build(self, level: int) -> Network:
        return self.recording_of(level).network

    def prepare(self, world: int) -> None:
        record, level = self.state.worlds[world], int(self.level[world])
        record["track"] = self.tasks[level, 1]
        track = self.build(level).tracks[record["track"]]
        taken = int(track["last"] - track["first"])
        record["limit"] = min(int(SLACK * taken) + SLACK_STEPS, int(self._rules[0]["max_steps"]))
