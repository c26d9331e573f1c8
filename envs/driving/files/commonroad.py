"""CommonRoad scenarios, XML of the versions 2018b and 2020a.

Format: https://gitlab.lrz.de/tum-cps/commonroad-scenarios (documentation). Both versions say the same in different
words; times are whole steps of `timeStepSize`, also those of traffic lights.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from envs.core.naming import unknown_name
from envs.driving.files.commonroad_lanelets import read_map
from envs.driving.files.commonroad_obstacles import read_tracks
from envs.driving.files.commonroad_shapes import position_areas
from envs.driving.files.elements import Element, read_root
from envs.driving.files.recording import Goal, RawRecording

VERSIONS = ("2018b", "2020a")


@dataclass(frozen=True)
class _Header:
    step: float
    name: str


def read_commonroad(path: Path) -> RawRecording:
    """One scenario. Raises `RecordingFormatError` naming the line and the element that is not as expected."""
    root = read_root(path)
    header = _header(root)
    road_map = read_map(root, step=header.step)
    tracks = read_tracks(root, step=header.step)
    return RawRecording(header.name, path, road_map, tracks, header.step, _goal(root, header.step))


def _header(root: Element) -> _Header:
    if root.tag != "commonRoad":
        raise root.error("is not the root of a CommonRoad scenario: expected <commonRoad>.")
    version = root.attribute("commonRoadVersion")
    if version not in VERSIONS:
        raise root.error(f"has a version that cannot be read. {unknown_name('version', version, VERSIONS)}")
    text = root.attribute("timeStepSize")
    try:
        step = float(text)
    except ValueError:
        step = np.nan
    if not 0 < step < np.inf:
        raise root.error(f"must have a timeStepSize > 0 in seconds, found {text!r}.")
    return _Header(step, root.get("benchmarkID") or root.path.stem)


def _goal(root: Element, step: float) -> Goal | None:
    """Of the first planning problem."""
    goal = root.find("planningProblem/goalState")
    if goal is None:
        return None
    time = goal.need("time")
    exact, low, high = time.find("exact"), time.find("intervalStart"), time.find("intervalEnd")
    if exact is not None:
        span = (exact.number(), exact.number())
    elif low is not None and high is not None:
        span = (low.number(), high.number())
    else:
        raise time.error("must contain <exact> or <intervalStart> and <intervalEnd>.")
    position = goal.find("position")
    areas = () if position is None else position_areas(position, root)
    return Goal(areas, (span[0] * step, span[1] * step))
