"""Rollouts of recorded scenes with simulated traffic, to be compared with what happened by `envs.driving.realism`.

In each rollout of a scene another recorded vehicle is the ego, driven by a script, and all other vehicles react to it
and to each other. Who is there when the scene begins takes part, as long as the recording has it. Vehicles are judged;
egos, pedestrians and obstacles are met by them, but not judged. Reactive vehicles know their own recorded path and
timing: round an ego that does as recorded they are the log again, and only other drivers of the ego put them to test.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float64, Int64

from envs.core.arguments import check_argument
from envs.core.naming import check_known
from envs.driving.drivers import DRIVERS
from envs.driving.files import Recording, read_recording
from envs.driving.realism_features import Motion
from envs.driving.recorded import Recorded
from envs.driving.road_edges import RoadEdges
from envs.kernels.road_records import ABSENT, VEHICLE

STEPS = 80
"""Length of a rollout, 0.1 s each: eight seconds."""
LEAST_SECONDS = 3.0
MOST_ACTORS = 256


@dataclass(frozen=True)
class Scene:
    """A recording from the moment at which most of its vehicles become drivable."""

    name: str
    logged: Motion
    """Poses [time actor 3]."""
    simulated: dict[str, Motion]
    """By name: poses [rollout time actor 3], the same egos in the same order in each."""

    @property
    def num_rollouts(self) -> int:
        """Of each kind."""
        return len(next(iter(self.simulated.values())).poses)

    @property
    def num_judged(self) -> int:
        """Vehicles that are not the ego of every rollout."""
        bystanders = next(iter(self.simulated.values())).bystanders
        return 0 if bystanders is None else int((~bystanders).any(axis=0).sum())


def usable_recordings(path: str | Path) -> list[Recording]:
    """Those of a file or a folder in which somebody can be the ego.

    Raises:
        FileNotFoundError: no such file, or no recordings in it.
        ValueError: in none of them can anybody be driven.
    """
    found = [one for one in read_recording(path, least_seconds=LEAST_SECONDS) if one.egos]
    check_argument("path", str(path), len(found) > 0, f"vehicles on the road for {LEAST_SECONDS:g} s")
    return found


def scene_of(recording: Recording, *, drivers: tuple[str, ...] = ("log-replay",), rollouts: int = 16) -> Scene:
    """A recording, played once with each of the egos' drivers (`envs.driving.drivers.DRIVERS`).

    The kinds are ``log`` (what happened, as if simulated: better can be had by chance alone), ``reactive, ego X`` for
    each driver X, and ``constant velocity`` (straight on as everybody begins: what nobody should fall below). At most
    `rollouts` egos have their turn, fewer where fewer vehicles become drivable at the same moment.

    Raises:
        ValueError: unknown driver, with the nearest known one; no driver; rollouts out of range.
    """
    check_argument("drivers", drivers, len(drivers) > 0, "one driver of the egos or several")
    check_argument("rollouts", rollouts, 1 <= rollouts <= 128, "1 to 128")
    for driver in drivers:
        check_known("driver", driver, DRIVERS)
    tracks = recording.network.tracks
    egos, first = common_start(tracks[list(recording.egos)], rollouts)
    window = recording.network.frames[:, first : first + STEPS + 1]
    actors = np.flatnonzero(window["valid"][:, 0] == 1)
    log = logged_poses(window[actors])
    worlds = open_worlds(recording, len(egos))
    played = {f"reactive, ego {driver}": play(worlds, egos, driver, len(log))[:, :, actors] for driver in drivers}
    is_bystander = (actors == egos[:, None]) | (tracks["kind"][actors] != VEHICLE)
    guess = straight_on(log[0], window["speed"][actors, 0], len(log))
    coasting = np.where(is_bystander[:, None, :, None], log, guess)
    kinds = {"log": np.broadcast_to(log, coasting.shape), **played, "constant velocity": coasting}
    # What one kind knows nothing of, another must not be asked: past the end of a track, or of an ego's drive.
    goes_on = np.stack([(~np.isnan(poses[..., :1])).any(axis=2) for poses in played.values()]).all(axis=0)
    is_known = goes_on & ~np.isnan(log[..., 0])
    bodies = _Bodies(RoadEdges.around(worlds), tracks["length"][actors].copy(), tracks["width"][actors].copy())
    simulated = {
        name: replace(bodies.motion(np.where(is_known[..., None], poses, np.nan)), bystanders=is_bystander)
        for name, poses in kinds.items()
    }
    return Scene(recording.name, bodies.motion(log), simulated)


@dataclass(frozen=True)
class _Bodies:
    """What the motions of one scene share."""

    edges: RoadEdges
    lengths: np.ndarray
    widths: np.ndarray

    def motion(self, poses: np.ndarray) -> Motion:
        distance = self.edges.of_boxes(poses, self.lengths, self.widths)
        return Motion(poses=poses, lengths=self.lengths, widths=self.widths, edge_distance=distance)


def logged_poses(frames: np.ndarray) -> Float64[np.ndarray, "time actor 3"]:
    """Poses of FRAME records [actor time]; nan where they are not valid."""
    poses = np.stack([frames[name].T for name in ("x", "y", "heading")], axis=-1)
    poses[frames["valid"].T == 0] = np.nan
    return poses


def common_start(tracks: np.ndarray, most: int) -> tuple[Int64[np.ndarray, " ego"], int]:
    """The frame at which most of these tracks begin, the earliest of several, and up to `most` that do."""
    frames, counts = np.unique(tracks["first"], return_counts=True)
    first = int(frames[np.argmax(counts)])
    return np.flatnonzero(tracks["first"] == first)[:most], first


def open_worlds(recording: Recording, num_worlds: int) -> Recorded:
    """Reactive worlds in which every usable ego is a level, with room for everybody."""
    return Recorded(
        num_worlds,
        1,
        path=str(recording.path),
        ego="every",
        traffic="reactive",
        split="all",
        least_seconds=LEAST_SECONDS,
        num_actors=min(MOST_ACTORS, len(recording.network.tracks) + 1),
        observe=("ego",),
        on_collision="ignore",
        on_off_road="ignore",
    )


def play(
    worlds: Recorded, egos: Int64[np.ndarray, " world"], driver: str, num_times: int
) -> Float64[np.ndarray, "world time track 3"]:
    """Poses of everybody on the road; nan for who is not there, and for all once the ego's drive is over."""
    everyone = np.ones(worlds.num_worlds, np.bool_)
    worlds.set_seeds(np.zeros(worlds.num_worlds, np.uint64), everyone)
    worlds.begin(everyone, egos)
    num_tracks = len(worlds.recordings[0].network.tracks)
    poses = np.full((worlds.num_worlds, num_times, num_tracks, 3), np.nan)
    for time in range(num_times):
        if time > 0:
            worlds.step(worlds.driver_action(driver))
        actors = worlds.state.actors
        goes_on = worlds.live_agents().any(axis=1, keepdims=True)
        world, place = np.nonzero((actors["kind"] != ABSENT) & (actors["track"] >= 0) & goes_on)
        here = actors[world, place]
        poses[world, time, here["track"]] = np.stack([here["x"], here["y"], here["heading"]], axis=-1)
    return poses


def straight_on(
    poses: Float64[np.ndarray, "actor 3"], speeds: Float64[np.ndarray, " actor"], num_times: int
) -> Float64[np.ndarray, "time actor 3"]:
    """The same speed and heading for ever."""
    way = 0.1 * np.arange(num_times)[:, None] * speeds
    x, y, heading = (np.broadcast_to(column, way.shape) for column in poses.T)
    return np.stack([x + way * np.cos(heading), y + way * np.sin(heading), heading], axis=-1)
