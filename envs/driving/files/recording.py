"""A recording: the roads, the tracks of all who were there, and which of them can be driven as ego."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from envs.driving.files.errors import format_error
from envs.driving.files.lanes import lane_arrays
from envs.driving.files.road_map import RoadMap
from envs.driving.files.routes import route_arrays
from envs.driving.files.tracks import FRAME_STEP, EgoNeeds, RawTrack, ego_worth, track_arrays
from envs.driving.network import Network
from envs.kernels.road_records import CONFLICT, VEHICLE

TOWN_LIMIT = 13.9
"""Least speed limit assumed where a map gives none [m/s]: 50 km/h."""


@dataclass(frozen=True)
class Goal:
    """What the file's own planning problem asks for."""

    areas: tuple[Float64[np.ndarray, "_ 2"], ...]
    """Polygons, one of which to reach; empty where only a time is given."""
    time: tuple[float, float]
    """Earliest and latest arrival [s]."""


@dataclass(frozen=True)
class Recording:
    """One recording. Tracks that can be egos come first, the furthest moving one at the front.

    Route k of the network follows track k: begin at the path's `start`, arrived at its `goal`.
    """

    name: str
    path: Path
    network: Network
    egos: tuple[int, ...]
    """Tracks of vehicles that are there without gaps for long enough and move far enough: 0, 1, 2, ..."""
    track_names: tuple[str, ...]
    """As in the file."""
    goal: Goal | None = None

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return max(0, self.network.frames.shape[1] - 1) * FRAME_STEP


@dataclass(frozen=True)
class RawRecording:
    """A recording as read, before arrays are made of it."""

    name: str
    path: Path
    road_map: RoadMap
    tracks: list[RawTrack]
    sample_step: float
    """Time between samples [s]."""
    goal: Goal | None = None


def assemble(raw: RawRecording, needs: EgoNeeds) -> Recording:
    """Arrays of a recording: frames at 0.1 s, lanes, and a route for each usable ego."""
    if not raw.road_map.lanes:
        raise format_error(raw.path, "expected at least one lane for motor vehicles, found none.")
    raws = [track for track in raw.tracks if _has_frame(track)]
    tracks, frames = track_arrays(raws, sample_step=raw.sample_step)
    worth = np.array([ego_worth(track, rows, needs) for track, rows in zip(tracks, frames, strict=True)])
    order = np.argsort(-worth, kind="stable")
    tracks, frames = tracks[order], frames[order]
    num_egos = int((worth > 0).sum())
    network = _network(raw, tracks, frames, num_egos)
    names = tuple(raws[k].name for k in order)
    return Recording(raw.name, raw.path, network, tuple(range(num_egos)), names, raw.goal)


def _has_frame(track: RawTrack) -> bool:
    """Not so for a single sample between two frames."""
    return bool(np.floor(track.times[-1] / FRAME_STEP + 1e-5) >= np.ceil(track.times[0] / FRAME_STEP - 1e-5))


def _network(raw: RawRecording, tracks: np.ndarray, frames: np.ndarray, num_egos: int) -> Network:
    lanes, points, crossings = lane_arrays(raw.road_map, default_limit=default_limit(tracks, frames))
    bare = Network(
        lanes=lanes,
        points=points,
        conflicts=np.zeros(0, CONFLICT),
        signals=raw.road_map.signals,
        bars=raw.road_map.bars,
        crosswalks=raw.road_map.crosswalks,
        crossings=crossings,
        routes=np.zeros(0),
        route_lanes=np.zeros(0, np.int32),
        path=np.zeros(0),
        entries=np.zeros(0, np.int32),
        tracks=tracks,
        frames=frames,
        areas=raw.road_map.areas,
        lines=raw.road_map.lines,
        demand=1.0,
        pedestrians=0,
        name=f"{raw.name}, recorded",
    )
    return bare._replace(**route_arrays(bare, num_egos))


def default_limit(tracks: np.ndarray, frames: np.ndarray) -> float:
    """Speed limit of lanes for which the map gives none [m/s].

    50 km/h, or the 95th percentile of the speeds of all vehicles under way, if that is more: nobody who drives as
    most others did is then said to speed.
    """
    speeds = frames["speed"][(frames["valid"] == 1) & (tracks["kind"] == VEHICLE)[:, None]]
    speeds = speeds[speeds > 1.0]
    return max(TOWN_LIMIT, float(np.percentile(speeds, 95))) if len(speeds) else TOWN_LIMIT
