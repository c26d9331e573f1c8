"""The door: recordings from a file or a folder, whatever format they are in."""

from os import PathLike
from pathlib import Path

from envs.driving.files.argoverse import is_scenario, is_sensor_log, read_forecasting, read_sensor_log
from envs.driving.files.commonroad import read_commonroad
from envs.driving.files.errors import format_error
from envs.driving.files.kept import kept, stamp_of
from envs.driving.files.recording import RawRecording, Recording
from envs.driving.files.tracks import EgoNeeds

EXPECTED = (
    "a CommonRoad scenario (*.xml, version 2018b or 2020a), an Argoverse 2 forecasting scenario (scenario_*.parquet "
    "beside log_map_archive_*.json) or an Argoverse 2 sensor log (a folder with annotations*.feather, "
    "city_SE3_egovehicle.feather and map/)"
)


def read_recording(
    path: str | PathLike[str], *, least_seconds: float = 5.0, least_metres: float = 10.0
) -> list[Recording]:
    """All recordings in a file or, searched recursively, in a folder; sorted by path.

    Formats: CommonRoad XML (2018b, 2020a), Argoverse 2 motion forecasting and sensor logs. Frames are exactly 0.1 s
    apart, positions those of the file. Vehicles that are there for `least_seconds` without gaps and move at least
    `least_metres` can be driven as egos; a recording may have none.

    Raises:
        FileNotFoundError: there is no such file or folder, or the folder holds no recordings.
        RecordingFormatError: a file is not what it should be; the message names it and what in it is wrong.
        ImportError: lxml or pyarrow is not installed.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"No file or folder {path}. Expected {EXPECTED}, or a folder with such.")
    sources = find_recordings(path)
    if not sources:
        raise FileNotFoundError(f"{path} holds no recordings. Expected in it, at any depth: {EXPECTED}.")
    needs = EgoNeeds(least_seconds, least_metres)
    return [kept(read_raw, source, needs, stamp_of(source)) for source in sources]


def find_recordings(path: Path) -> list[Path]:
    """Files (and folders that are sensor logs) at or below `path` that are one recording each, sorted."""
    if path.is_file() or is_sensor_log(path):
        return [path]
    inside = sorted(path.rglob("*"))
    return [entry for entry in inside if entry.suffix == ".xml" or is_scenario(entry) or is_sensor_log(entry)]


def read_raw(path: Path) -> RawRecording:
    """One recording, told by its name."""
    if is_sensor_log(path):
        return read_sensor_log(path)
    if path.suffix == ".xml":
        return read_commonroad(path)
    if path.suffix == ".parquet":
        return read_forecasting(path)
    if path.name.startswith("annotations") and is_sensor_log(path.parent):
        return read_sensor_log(path.parent)
    raise format_error(path, f"unknown format {path.suffix or path.name!r}. Expected {EXPECTED}.")
