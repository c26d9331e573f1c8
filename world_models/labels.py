"""What models should have foreseen of windows, as the simulator's truth: occupancy, its flow, and where others came.

Conventions as in `envs.driving.future`: cells of the observation's extent and resolution, flow in m/s forward and left,
pointing the way things move. Only who was there at frame 0 counts; of steps that never happened labels mean nothing.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int32, Int64, UInt8
from torch import Tensor

from envs.driving.future import FUTURE_CHANNELS
from envs.kernels.road_future import fill_flow, fill_future
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE
from world_models.experience import Tracks, Windows
from world_models.spec import Spec

Cells = tuple[int, ...]
Extent = tuple[float, float, float, float]


def occupancy_labels(windows: Windows, spec: Spec, *, frame: int = 0) -> UInt8[Tensor, "batch step channel row col"]:
    """Cells occupied after each step by what `spec` foresees, 1 or 0.

    On roads vehicles and pedestrians without the ego, seen from where the ego is at `frame`; on grids, whose frame is
    fixed, what is observed.
    """
    if windows.tracks is None:
        return (windows.observation["occupancy"][:, 1:] > 0).to(torch.uint8)
    after = drawn(_kinds(windows.tracks), _boxes(windows.tracks, spec, frame), spec.observation["occupancy"][1:])
    return torch.from_numpy(after).to(windows.is_real.device)


def drawn(
    kinds: Int32[np.ndarray, "batch time actor"], boxes: Float64[np.ndarray, "batch time actor 5"], cells: Cells
) -> UInt8[np.ndarray, "batch step channel row col"]:
    """1 in cells that boxes of each kind cover, else 0; at all times but the first.

    Args:
        kinds: As kernels take them; who is ABSENT is not drawn.
        boxes: Of `in_cells`.
        cells: (rows, columns).
    """
    batch, times, actors = kinds.shape
    found = np.zeros((batch * times, len(FUTURE_CHANNELS), *cells), np.uint8)
    # All windows one after another, as the times of one scene; frame 0 of that scene is never drawn.
    fill_future(found[1:], kinds.reshape(batch * times, actors), boxes.reshape(batch * times, actors, 5))
    return np.minimum(found.reshape(batch, times, *found.shape[1:])[:, 1:], 1)


def in_cells(
    poses: Float64[np.ndarray, "batch time actor 3"],
    sizes: Float[np.ndarray, "batch actor 2"],
    *,
    extent: Extent,
    resolution: float,
) -> Float64[np.ndarray, "batch time actor 5"]:
    """Row, column, turn, length and width of boxes, in cells.

    Args:
        poses: x ahead, y left [m] and heading, as the images are seen.
        sizes: Length and width [m].
        extent: How far the images reach ahead, behind, to the left and to the right [m].
        resolution: Side of a cell [m].
    """
    row = (extent[0] - poses[..., 0]) / resolution - 0.5
    col = (extent[2] - poses[..., 1]) / resolution - 0.5
    sides = np.broadcast_to(sizes[:, None] / resolution, (*row.shape, 2))
    return np.concatenate([np.stack([row, col, poses[..., 2]], axis=-1), sides], axis=-1)


def flow_labels(windows: Windows, spec: Spec, *, frame: int = 0) -> Float32[Tensor, "batch step 2 row col"]:
    """Backward flow after each step: how fast what is in each cell came there in that step, forward and left [m/s].

    Seen from where the ego is at `frame`; 0 where nothing is.

    Raises:
        ValueError: grids, on which nothing has a velocity.
    """
    if windows.tracks is None:
        raise ValueError("Flow labels need tracks: these windows, of grids, have none.")
    kinds = _kinds(windows.tracks)
    batch, times, actors = kinds.shape
    # All windows one after another: from one to the next everybody has another life, and nobody moves.
    lives = np.repeat(np.arange(batch, dtype=np.int32), times)[:, None] + np.zeros(actors, np.int32)
    found = np.zeros((batch * times, 2, *spec.observation["occupancy"][1:]), np.float32)
    boxes = _boxes(windows.tracks, spec, frame).reshape(batch * times, actors, 5)
    fill_flow(found[1:], kinds.reshape(batch * times, actors), lives, boxes, spec.resolution / spec.dt)
    return torch.from_numpy(found.reshape(batch, times, *found.shape[1:])[:, 1:]).to(windows.is_real.device)


def _kinds(tracks: Tracks) -> Int32[np.ndarray, "batch time actor"]:
    """Of everybody but the ego, ABSENT where they are not, as kernels take them."""
    kinds = torch.where(tracks.are_pedestrians, PEDESTRIAN, VEHICLE)[:, None]
    found = torch.where(tracks.present, kinds, ABSENT).cpu().numpy().astype(np.int32)
    found[:, :, 0] = ABSENT
    return found


def _boxes(tracks: Tracks, spec: Spec, frame: int) -> Float64[np.ndarray, "batch time actor 5"]:
    """Row, column, turn, length and width, in cells."""
    if spec.extent is None:
        raise ValueError("Spec.extent: expected that of the occupancy, got None.")
    poses, sizes = tracks.poses.cpu().numpy(), tracks.sizes.cpu().numpy()
    x, y, heading = np.moveaxis(poses[:, frame, 0, :], -1, 0)[..., None, None]
    dx, dy = poses[..., 0] - x, poses[..., 1] - y
    cos, sin = np.cos(heading), np.sin(heading)
    seen = np.stack([dx * cos + dy * sin, dy * cos - dx * sin, poses[..., 2] - heading], axis=-1)
    return in_cells(seen, sizes, extent=spec.extent, resolution=spec.resolution)


def actor_labels(
    windows: Windows, *, frame: int = 0
) -> tuple[Float32[Tensor, "batch step actor 3"], Bool[Tensor, "batch step actor"]]:
    """(poses of the others after each step, whether they were still there), in the order of the observation's `actors`.

    Nearest at frame 0 first, then, unknown, places that were empty. Seen from where the ego is at `frame`; 0 where
    unknown.

    Raises:
        ValueError: grids.
    """
    if windows.tracks is None:
        raise ValueError("Labels of actors need tracks: these windows, of grids, have none.")
    order = nearest_first(windows.tracks)
    steps = windows.frames - 1
    known = windows.tracks.present[:, 1:] & windows.is_real[..., None]
    known = known.gather(2, order[:, None].expand(-1, steps, -1))
    poses = windows.tracks.seen_from(frame)[:, 1:].gather(2, order[:, None, :, None].expand(-1, steps, -1, 3))
    return poses * known[..., None], known


def nearest_first(tracks: Tracks) -> Int64[Tensor, "batch others"]:
    """Places in `tracks` of the others, in the order of the observation's `actors` at frame 0."""
    return by_distance(tracks.poses[:, 0], tracks.present[:, 0])


def by_distance(
    poses: Float[Tensor, "batch actor 3"], present: Bool[Tensor, "batch actor"]
) -> Int64[Tensor, "batch others"]:
    """Places of all but actor 0, the nearest to it first, and then who is absent: the order in which they are seen."""
    away = poses[:, 1:, :2] - poses[:, :1, :2]
    squared = (away[..., 0] ** 2 + away[..., 1] ** 2).masked_fill(~present[:, 1:], torch.inf)
    return 1 + squared.argsort(dim=1, stable=True)
