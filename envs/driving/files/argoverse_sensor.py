"""Sensor logs of Argoverse 2: boxes in the ego's frame at about 10 Hz, and the ego's poses in the city's.

The pose table has the box frames' timestamps exactly; quaternions are in the order w, x, y, z.
"""

import itertools
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from envs.core.naming import unknown_name
from envs.driving.files.argoverse_tables import Columns, read_columns
from envs.driving.files.errors import format_error
from envs.driving.files.polylines import wrapped
from envs.driving.files.tracks import RawTrack
from envs.kernels.road_records import OBSTACLE, PEDESTRIAN, VEHICLE

ANNOTATIONS = ("annotations_with_ego.feather", "annotations.feather")
POSES = "city_SE3_egovehicle.feather"
EGO = "EGO_VEHICLE"
EGO_LENGTH, EGO_WIDTH = 4.88, 2.0
REAR_AXLE_TO_CENTRE = 1.42
"""From the origin of the ego's frame, its rear axle, forward to the centre of its box [m]: half a wheelbase of 2.85."""
_ORIGIN = 0.05
_QUATERNION = ("qw", "qx", "qy", "qz")
_TRANSLATION = ("tx_m", "ty_m", "tz_m")

CATEGORIES = {
    **dict.fromkeys(
        (
            *("REGULAR_VEHICLE", "LARGE_VEHICLE", "BUS", "SCHOOL_BUS", "ARTICULATED_BUS", "BOX_TRUCK", "TRUCK"),
            *("TRUCK_CAB", "VEHICULAR_TRAILER", "RAILED_VEHICLE", "MOTORCYCLE", "MOTORCYCLIST", EGO),
        ),
        VEHICLE,
    ),
    **dict.fromkeys(
        ("PEDESTRIAN", "BICYCLIST", "WHEELED_RIDER", "STROLLER", "WHEELCHAIR", "OFFICIAL_SIGNALER", "DOG", "ANIMAL"),
        PEDESTRIAN,
    ),
    **dict.fromkeys(
        (
            *("BOLLARD", "CONSTRUCTION_CONE", "CONSTRUCTION_BARREL", "SIGN", "STOP_SIGN", "BICYCLE", "WHEELED_DEVICE"),
            *("MOBILE_PEDESTRIAN_CROSSING_SIGN", "MOBILE_PEDESTRIAN_SIGN", "MESSAGE_BOARD_TRAILER"),
            *("TRAFFIC_LIGHT_TRAILER", "UNKNOWN"),
        ),
        OBSTACLE,
    ),
}


def annotations_of(folder: Path) -> Path | None:
    """The file of boxes; the one with the ego, if both are there."""
    return next((folder / name for name in ANNOTATIONS if (folder / name).is_file()), None)


def read_log(folder: Path) -> tuple[list[RawTrack], float]:
    """(tracks, usual time between samples [s]); time 0 is that of the first boxes."""
    path = annotations_of(folder)
    if path is None:
        raise format_error(folder, f"expected one of {', '.join(ANNOTATIONS)} in a sensor log.")
    numbers = (*_QUATERNION, *_TRANSLATION)
    boxes = read_columns(path, ("track_uuid", "category"), ("timestamp_ns",), ("length_m", "width_m", *numbers))
    ego = _by_time(read_columns(folder / POSES, (), ("timestamp_ns",), numbers))
    stamps = np.unique(boxes["timestamp_ns"])
    step = float(np.median(np.diff(stamps))) * 1e-9 if len(stamps) > 1 else 0.1
    poses = _city_poses(path, folder / POSES, boxes, ego)
    seconds = (boxes["timestamp_ns"] - stamps[0]) * 1e-9
    order = np.lexsort((boxes["timestamp_ns"], boxes["track_uuid"].astype(str)))
    names = boxes["track_uuid"][order]
    bounds = [*np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1]))).tolist(), len(names)]
    tracks = [_track(path, boxes, seconds, poses, order[low:high]) for low, high in itertools.pairwise(bounds)]
    if EGO not in boxes["category"]:
        tracks.append(_ego_track(ego, stamps))
    return tracks, step


def _track(path: Path, boxes: Columns, seconds: np.ndarray, poses: np.ndarray, rows: np.ndarray) -> RawTrack:
    name, category = (str(boxes[column][rows[0]]) for column in ("track_uuid", "category"))
    if category not in CATEGORIES:
        raise format_error(path, f"track {name}: {unknown_name('category', category, CATEGORIES)}")
    if (np.diff(seconds[rows]) <= 0).any():
        raise format_error(path, f"track {name} must have one box per timestamp, found two at the same.")
    length, width = (float(np.median(boxes[side][rows])) for side in ("length_m", "width_m"))
    if min(length, width) <= 0:
        raise format_error(path, f"track {name} must have length_m and width_m > 0, found {length} and {width}.")
    unknown = np.full(len(rows), np.nan)
    return RawTrack(name, CATEGORIES[category], length, width, seconds[rows], poses[rows], unknown)


def _ego_track(ego: Columns, stamps: np.ndarray) -> RawTrack:
    """The ego from its poses alone, where it is not among the boxes."""
    rows = np.searchsorted(ego["timestamp_ns"], stamps)
    turns, places = _rotations(ego)[rows], _translations(ego)[rows]
    centres = places + turns[:, :, 0] * REAR_AXLE_TO_CENTRE
    poses = np.stack((centres[:, 0], centres[:, 1], _headings(turns)), axis=1)
    unknown = np.full(len(stamps), np.nan)
    return RawTrack("ego", VEHICLE, EGO_LENGTH, EGO_WIDTH, (stamps - stamps[0]) * 1e-9, poses, unknown)


def _city_poses(path: Path, poses_path: Path, boxes: Columns, ego: Columns) -> Float64[np.ndarray, "box 3"]:
    """Poses of the boxes' centres in the city: those in the ego's frame composed with its pose at the same time."""
    rows = np.searchsorted(ego["timestamp_ns"], boxes["timestamp_ns"])
    found = ego["timestamp_ns"][np.minimum(rows, len(ego["timestamp_ns"]) - 1)] == boxes["timestamp_ns"]
    if not found.all():
        missing = int(boxes["timestamp_ns"][np.flatnonzero(~found)[0]])
        raise format_error(poses_path, f"must hold the pose at timestamp_ns {missing}, which {path.name} refers to.")
    frames, own = _rotations(ego)[rows], _rotations(boxes)
    places = _translations(boxes)
    at_origin = (boxes["category"] == EGO) & (np.abs(places[:, :2]) < _ORIGIN).all(axis=1)
    places[at_origin, 0] += REAR_AXLE_TO_CENTRE
    centres = np.einsum("nij,nj->ni", frames, places) + _translations(ego)[rows]
    turns = np.einsum("nij,njk->nik", frames, own)
    return np.stack((centres[:, 0], centres[:, 1], _headings(turns)), axis=1)


def _by_time(columns: Columns) -> Columns:
    order = np.argsort(columns["timestamp_ns"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def _translations(columns: Columns) -> Float64[np.ndarray, "row 3"]:
    return np.stack([columns[name] for name in _TRANSLATION], axis=1)


def _rotations(columns: Columns) -> Float64[np.ndarray, "row 3 3"]:
    """Rotation matrices of unit quaternions w, x, y, z."""
    q = np.stack([columns[name] for name in _QUATERNION], axis=1)
    w, x, y, z = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)


def _headings(turns: Float64[np.ndarray, "row 3 3"]) -> Float64[np.ndarray, " row"]:
    """Of the rotated x axis, seen from above."""
    return wrapped(np.arctan2(turns[:, 1, 0], turns[:, 0, 0]))
