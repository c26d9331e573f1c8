"""Labels for what happens next: future occupancy and backward flow, as pure functions of where actors were.

Everything is seen from one pose, usually the ego's at time 0. Cells as in the observation: the centre of cell
(r, c) lies forward = ahead - (r + 0.5) * resolution, left = left - (c + 0.5) * resolution of that pose; it is
occupied iff it lies in the box. The definitions follow Mahjourian et al., "Occupancy Flow Fields" (2022), with
flow in m/s and pointing the way things move.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32

from envs.driving.state import RoadState
from envs.kernels.road_future import fill_flow, fill_future
from envs.kernels.road_records import ABSENT

FUTURE_CHANNELS = ("vehicles", "pedestrians")

Pose = tuple[float, float, float]


@dataclass(frozen=True)
class Window:
    """What is seen: `resolution` [m/cell], and how far ahead, behind, to the left and to the right [m]."""

    resolution: float = 0.5
    extent: tuple[float, float, float, float] = (24.0, 8.0, 16.0, 16.0)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ahead, behind, left, right = self.extent
        return round((ahead + behind) / self.resolution), round((left + right) / self.resolution)


@dataclass(frozen=True)
class Scene:
    """Where actors are at times 0, 1, ..., a fixed step apart; poses of absent ones mean nothing."""

    kinds: Int32[np.ndarray, "time actors"]
    """ABSENT, VEHICLE, PEDESTRIAN or OBSTACLE of `envs.kernels.road_records`."""
    poses: Float64[np.ndarray, "time actors 3"]
    """x, y [m] of the box's centre, and heading."""
    sizes: Float64[np.ndarray, "time actors 2"]
    """Length and width [m]."""
    lives: Int32[np.ndarray, "time actors"]
    """Changes when another body takes an actor's place in the arrays."""

    def without(self, actor: int) -> "Scene":
        """The same with one actor absent: the ego, whose future is its own affair."""
        kinds = self.kinds.copy()
        kinds[:, actor] = ABSENT
        return replace(self, kinds=kinds)


def scene_of(states: Sequence[RoadState], world: int = 0) -> Scene:
    """What happens to the actors of one world in successive states."""
    actors = np.stack([state.actors[world] for state in states])
    return Scene(
        kinds=actors["kind"].astype(np.int32),
        poses=np.stack((actors["x"], actors["y"], actors["heading"]), axis=-1),
        sizes=np.stack((actors["length"], actors["width"]), axis=-1),
        lives=actors["lives"].astype(np.int32),
    )


def future_occupancy(scene: Scene, *, seen_from: Pose, window: Window) -> Bool[np.ndarray, "horizon 2 row col"]:
    """Occupancy by vehicles (and obstacles) and by pedestrians at times 1, 2, ... of the scene."""
    occupancy = np.zeros((len(scene.kinds) - 1, len(FUTURE_CHANNELS), *window.shape), np.uint8)
    fill_future(occupancy, scene.kinds, _in_cells(scene, seen_from, window))
    return occupancy > 0


def backward_flow(
    scene: Scene, *, seen_from: Pose, window: Window, dt: float
) -> Float32[np.ndarray, "horizon 2 row col"]:
    """How fast what is in each cell came there in the last step: forward and left [m/s], as seen from `seen_from`.

    At times t = 1, 2, ... of the scene: what is at the centre p of an occupied cell at t was at p - flow * dt at
    t - 1, moving rigidly with its box; so the occupancy at t is that at t - 1, read at p - flow * dt (`warp`).
    Zero where nothing is, and for whoever was not there at t - 1. Where boxes overlap, the last actor's.
    """
    flow = np.zeros((len(scene.kinds) - 1, 2, *window.shape), np.float32)
    fill_flow(flow, scene.kinds, scene.lives, _in_cells(scene, seen_from, window), window.resolution / dt)
    return flow


def warp(occupancy: np.ndarray, flow: Float32[np.ndarray, "2 row col"], *, window: Window, dt: float) -> np.ndarray:
    """What `flow` brings into each cell: occupancy [... row col] read at p - flow * dt, from the nearest cell.

    Nothing comes from outside the window.
    """
    rows, cols = window.shape
    row, col = np.indices((rows, cols))
    row = row + np.rint(flow[0] * (dt / window.resolution)).astype(int)
    col = col + np.rint(flow[1] * (dt / window.resolution)).astype(int)
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    return np.where(inside, occupancy[..., np.clip(row, 0, rows - 1), np.clip(col, 0, cols - 1)], 0)


def _in_cells(scene: Scene, seen_from: Pose, window: Window) -> Float64[np.ndarray, "time actors 5"]:
    """Row, column, heading to the left of `seen_from`'s, length and width, in cells."""
    x, y, heading = seen_from
    dx, dy = scene.poses[..., 0] - x, scene.poses[..., 1] - y
    forward, left = dx * np.cos(heading) + dy * np.sin(heading), dy * np.cos(heading) - dx * np.sin(heading)
    row = (window.extent[0] - forward) / window.resolution - 0.5
    col = (window.extent[2] - left) / window.resolution - 0.5
    turn = scene.poses[..., 2] - heading
    return np.stack((row, col, turn, *np.moveaxis(scene.sizes / window.resolution, -1, 0)), axis=-1)
