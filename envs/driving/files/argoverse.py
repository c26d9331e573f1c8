"""Argoverse 2: forecasting scenarios (tracks at 10 Hz, no box sizes) and sensor logs (boxes in the ego's frame).

Formats: https://argoverse.github.io/user-guide (licence of the data: CC BY-NC-SA 4.0). Both lie beside a vector map.
"""

from pathlib import Path

from envs.driving.files.argoverse_forecasting import read_scenario
from envs.driving.files.argoverse_map import read_vector_map
from envs.driving.files.argoverse_sensor import POSES, annotations_of, read_log
from envs.driving.files.errors import format_error
from envs.driving.files.recording import RawRecording

FORECASTING_STEP = 0.1
"""Time between frames [s]; sensor logs have theirs in the file."""


def is_scenario(path: Path) -> bool:
    """Whether this file is a forecasting scenario, by its name."""
    return path.suffix == ".parquet" and path.name.startswith("scenario_")


def is_sensor_log(path: Path) -> bool:
    """Whether this folder is a sensor log: it holds boxes and the ego's poses."""
    return path.is_dir() and annotations_of(path) is not None and (path / POSES).is_file()


def read_forecasting(path: Path) -> RawRecording:
    """One forecasting scenario and the map beside it."""
    name, tracks = read_scenario(path, step=FORECASTING_STEP)
    return RawRecording(
        f"Argoverse 2 {name}", path, read_vector_map(_map_in(path.parent, path)), tracks, FORECASTING_STEP
    )


def read_sensor_log(path: Path) -> RawRecording:
    """One sensor log: a folder."""
    tracks, step = read_log(path)
    return RawRecording(
        f"Argoverse 2 log {path.name}", path, read_vector_map(_map_in(path / "map", path)), tracks, step
    )


def _map_in(folder: Path, path: Path) -> Path:
    maps = sorted(folder.glob("log_map_archive_*.json"))
    if len(maps) > 1:  # several scenarios in one folder
        maps = [found for found in maps if path.stem.removeprefix("scenario_") in found.name] or maps
    if not maps:
        raise format_error(path, f"expected its map log_map_archive_*.json in {folder}, found none.")
    return maps[0]
