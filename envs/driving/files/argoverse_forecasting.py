"""Scenarios of Argoverse 2 motion forecasting: one parquet table of states at 10 Hz, without box sizes."""

import itertools
from pathlib import Path

import numpy as np

from envs.core.naming import unknown_name
from envs.driving.files.argoverse_tables import read_columns
from envs.driving.files.errors import format_error
from envs.driving.files.polylines import wrapped
from envs.driving.files.tracks import RawTrack
from envs.kernels.road_records import OBSTACLE, PEDESTRIAN, VEHICLE

TYPES = {  # kind, length, width [m]: usual sizes, as the file has none
    "vehicle": (VEHICLE, 4.6, 1.9),
    "bus": (VEHICLE, 11.5, 2.8),
    "motorcyclist": (VEHICLE, 2.2, 0.8),
    "cyclist": (PEDESTRIAN, 1.8, 0.7),
    "pedestrian": (PEDESTRIAN, 0.7, 0.7),
    "riderless_bicycle": (OBSTACLE, 1.8, 0.6),
    "static": (OBSTACLE, 0.6, 0.6),
    "background": (OBSTACLE, 0.6, 0.6),
    "construction": (OBSTACLE, 0.5, 0.5),
    "unknown": (OBSTACLE, 0.6, 0.6),
}


def read_scenario(path: Path, *, step: float) -> tuple[str, list[RawTrack]]:
    """(scenario id, tracks); missing timesteps stay gaps."""
    texts = ("track_id", "object_type", "scenario_id")
    numbers = ("position_x", "position_y", "heading", "velocity_x", "velocity_y")
    columns = read_columns(path, texts, ("timestep",), numbers)
    order = np.lexsort((columns["timestep"], columns["track_id"].astype(str)))
    columns = {name: column[order] for name, column in columns.items()}
    firsts = np.flatnonzero(np.concatenate(([True], columns["track_id"][1:] != columns["track_id"][:-1])))
    bounds = [*firsts.tolist(), len(order)]
    tracks = [
        _track(path, {name: column[low:high] for name, column in columns.items()}, step)
        for low, high in itertools.pairwise(bounds)
    ]
    return str(columns["scenario_id"][0]), tracks


def _track(path: Path, rows: dict[str, np.ndarray], step: float) -> RawTrack:
    name, type_, timesteps = str(rows["track_id"][0]), rows["object_type"][0], rows["timestep"]
    if type_ not in TYPES:
        raise format_error(path, f"track {name}: {unknown_name('object type', type_, TYPES)}")
    if timesteps[0] < 0 or (np.diff(timesteps) <= 0).any():
        raise format_error(path, f"track {name} must have each timestep >= 0 once, found {timesteps.tolist()[:12]}.")
    kind, length, width = TYPES[type_]
    heading = wrapped(rows["heading"])
    forward = rows["velocity_x"] * np.cos(heading) + rows["velocity_y"] * np.sin(heading)
    speeds = np.hypot(rows["velocity_x"], rows["velocity_y"]) if kind == PEDESTRIAN else forward
    poses = np.stack((rows["position_x"], rows["position_y"], heading), axis=1)
    return RawTrack(name, kind, length, width, timesteps * step, poses, np.maximum(speeds, 0.0))
