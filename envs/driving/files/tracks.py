"""Tracks of recorded actors, brought to frames exactly 0.1 s apart."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from envs.driving.files.polylines import wrapped
from envs.kernels.road_records import FRAME, TRACK, VEHICLE

FRAME_STEP = 0.1
"""Time between frames [s]."""
_SAME_TIME = 1e-6
_JITTER = 0.5
"""Movements below this are not counted: standing actors' positions are noisy too [m]."""
_SLOPE_REACH = 3


@dataclass(frozen=True)
class RawTrack:
    """One actor as the file has it: samples in ascending time, box centres."""

    name: str
    kind: int
    length: float
    width: float
    times: Float64[np.ndarray, " sample"]
    """[s], 0 at the beginning of the recording."""
    poses: Float64[np.ndarray, "sample 3"]
    speeds: Float64[np.ndarray, " sample"]
    """[m/s], along the heading; NaN throughout: not known."""


def frames_of(raw: RawTrack, *, sample_step: float) -> tuple[int, np.ndarray]:
    """First frame, and FRAME records from there on; a frame is valid if samples no further apart than 1.5 of
    `sample_step` [s] lie around it. What lies in longer gaps is interpolated, but not valid.
    """
    times = raw.times
    first = int(np.ceil((times[0] - _SAME_TIME) / FRAME_STEP))
    last = int(np.floor((times[-1] + _SAME_TIME) / FRAME_STEP))
    wanted = np.arange(first, last + 1) * FRAME_STEP
    after = np.clip(np.searchsorted(times, wanted - _SAME_TIME), 0, len(times) - 1)
    is_sample = np.abs(times[after] - wanted) < _SAME_TIME
    before = np.where(is_sample, after, np.maximum(after - 1, 0))
    frames = np.zeros(len(wanted), FRAME)
    frames["valid"] = is_sample | (times[after] - times[before] <= 1.5 * sample_step)
    span = np.where(after > before, times[after] - times[before], 1.0)
    share = np.where(is_sample, 0.0, (wanted - times[before]) / span)
    a, b = raw.poses[before], raw.poses[after]
    frames["x"], frames["y"] = (a[:, :2] + share[:, None] * (b[:, :2] - a[:, :2])).T
    frames["heading"] = wrapped(a[:, 2] + share * wrapped(b[:, 2] - a[:, 2]))
    speeds = _speeds_of(raw)
    frames["speed"] = speeds[before] + share * (speeds[after] - speeds[before])
    return first, frames


def track_arrays(raws: list[RawTrack], *, sample_step: float) -> tuple[np.ndarray, np.ndarray]:
    """(TRACK [track], FRAME [track frame]) of tracks with a frame each at least; rows are padded with invalid ones."""
    found = [frames_of(raw, sample_step=sample_step) for raw in raws]
    num_frames = max((first + len(frames) for first, frames in found), default=0)
    tracks, table = np.zeros(len(raws), TRACK), np.zeros((len(raws), num_frames), FRAME)
    for k, (raw, (first, frames)) in enumerate(zip(raws, found, strict=True)):
        tracks[k] = (raw.kind, first, first + len(frames) - 1, raw.length, raw.width)
        table[k, first : first + len(frames)] = frames
    return tracks, table


def moved(frames: np.ndarray) -> float:
    """How far an actor has moved along its track [m], trembling on the spot left out."""
    distance, x, y = 0.0, frames["x"][0], frames["y"][0]
    for frame in frames:
        step = float(np.hypot(frame["x"] - x, frame["y"] - y))
        if step >= _JITTER:
            distance, x, y = distance + step, frame["x"], frame["y"]
    return distance


@dataclass(frozen=True)
class EgoNeeds:
    """What a vehicle's track must have to be worth driving as ego."""

    seconds: float = 5.0
    """How long it is there, without gaps."""
    metres: float = 10.0
    """How far it moves."""


def ego_worth(track: np.void, frames: np.ndarray, needs: EgoNeeds) -> float:
    """How far a usable ego track moves [m]; 0 if it is no vehicle's, has gaps, is too short or hardly moves."""
    own = frames[track["first"] : track["last"] + 1]
    seconds = (len(own) - 1) * FRAME_STEP
    if track["kind"] != VEHICLE or seconds < needs.seconds - _SAME_TIME or not own["valid"].all():
        return 0.0
    distance = moved(own)
    return distance if distance >= needs.metres else 0.0


def _speeds_of(raw: RawTrack) -> np.ndarray:
    """The given speeds; where there are none, slopes of lines through the seven samples around each."""
    if not np.isnan(raw.speeds).any():
        return np.maximum(raw.speeds, 0.0)
    count = len(raw.times)
    speeds = np.zeros(count)
    for k in range(count if count > 1 else 0):
        reach = min(_SLOPE_REACH, max(1, k), max(1, count - 1 - k))
        around = slice(max(k - reach, 0), k + reach + 1)
        t = raw.times[around] - raw.times[around].mean()
        east, north = t @ raw.poses[around, :2] / (t @ t)
        forward = east * np.cos(raw.poses[k, 2]) + north * np.sin(raw.poses[k, 2])
        speeds[k] = max(0.0, forward) if raw.kind == VEHICLE else np.hypot(east, north)
    return speeds
