"""What an agent's `explain` returned, drawn into the frame."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import palette
from envs.core.drawing.heat import heat, ramp
from envs.core.drawing.pen import Pen
from envs.driving.render.camera import Camera
from envs.driving.render.scene import Scene

LEAST_PROBABILITY = 0.03
"""Of a future that is drawn."""
OCCUPANCY_OPACITY = 0.75
COST_OPACITY = 0.55


def draw_maps(pen: Pen, camera: Camera, scene: Scene) -> None:
    """Costs, then expected occupancy, on the ground under everybody."""
    if "cost_volume" in scene.overlay:
        _draw_costs(pen, camera, scene, np.asarray(scene.overlay["cost_volume"], dtype=np.float64).mean(axis=0))
    if "occupancy" in scene.overlay:
        probability = np.clip(np.asarray(scene.overlay["occupancy"], dtype=np.float64), 0, 1)
        where = _over_view(camera, scene, probability.shape)
        if where is not None:
            rows, cols, cells = where
            share = OCCUPANCY_OPACITY * _sampled(probability, cells)[..., None]
            _tint(pen, rows, cols, np.broadcast_to(np.array(palette.PREDICTED), (*share.shape[:2], 3)), share)


def draw_futures(pen: Pen, camera: Camera, scene: Scene) -> None:
    """Where others may go, the likelier the denser; alike where nothing is said about that."""
    futures = np.asarray(scene.overlay.get("futures", np.zeros((0, 0, 0, 2))), dtype=np.float64)[..., :2]
    even = np.full(futures.shape[:2], 1.0 / max(futures.shape[1], 1))
    probabilities = np.asarray(scene.overlay.get("future_probabilities", even), dtype=np.float64)
    for actor, sample in np.argwhere(probabilities >= LEAST_PROBABILITY).tolist():
        line = camera.pixels(scene.in_the_world(futures[actor, sample]))
        share = float(np.clip(probabilities[actor, sample], 0, 1)) ** 0.5
        pen.stroke(line, palette.PREDICTED, width=max(0.3 * camera.scale, 1.6), opacity=0.9 * share)


def draw_lines(pen: Pen, camera: Camera, scene: Scene) -> None:
    """Samples, cheap ones last, then the plan."""
    samples = np.asarray(scene.overlay.get("samples", np.zeros((0, 0, 2))), dtype=np.float64)[..., :2]
    order, colours, opacity = _sample_colours(scene, len(samples))
    for index in order:
        line = camera.pixels(scene.in_the_world(_from_ego(samples[index])))
        pen.stroke(line, colours[index], width=max(0.2 * camera.scale, 1.4), opacity=opacity)
    plan = np.asarray(scene.overlay.get("plan", np.zeros((0, 2))), dtype=np.float64)[..., :2]
    if not len(plan):
        return
    line = camera.pixels(scene.in_the_world(_smooth(_from_ego(plan))))
    for grown, colour in ((2.4, palette.WHITE), (0.0, palette.INTENT)):
        pen.stroke(line, colour, width=max(0.42 * camera.scale, 2.2) + grown, opacity=0.95)
    for x, y in camera.pixels(scene.in_the_world(plan)).tolist():
        pen.disc(x, y, radius=max(0.30 * camera.scale, 1.8), colour=palette.WHITE, sides=14)


def _sample_colours(scene: Scene, count: int) -> tuple[list[int], list[palette.Colour], float]:
    """Order of drawing, colours and opacity: the cheaper, the lighter, and the later."""
    opacity = float(np.clip(16.0 / max(count, 1), 0.35, 0.85))
    if "sample_costs" not in scene.overlay:
        return list(range(count)), [palette.CANDIDATE] * count, opacity
    costs = np.asarray(scene.overlay["sample_costs"], dtype=np.float64)
    known = costs[np.isfinite(costs)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    costs = np.where(np.isfinite(costs), costs, high)
    red, green, blue = heat(-costs, -high, -low).T.tolist()
    return np.argsort(-costs, kind="stable").tolist(), list(zip(red, green, blue, strict=True)), opacity


def _from_ego(points: Float[np.ndarray, "time 2"]) -> Float[np.ndarray, "point 2"]:
    return np.concatenate([np.zeros((1, 2)), points])


def _smooth(points: Float[np.ndarray, "time 2"], *, pieces: int = 6) -> Float[np.ndarray, "point 2"]:
    """A Catmull-Rom spline: smooth, and through every point."""
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[k : len(padded) - 3 + k, None] for k in range(4))
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.concatenate([curve.reshape(-1, 2), points[-1:]])


def _draw_costs(pen: Pen, camera: Camera, scene: Scene, costs: Float[np.ndarray, "row col"]) -> None:
    where = _over_view(camera, scene, costs.shape)
    known = costs[np.isfinite(costs)]
    if where is None or not known.size:
        return
    rows, cols, cells = where
    low, high = float(known.min()), float(known.max())
    filled = np.where(np.isfinite(costs), costs, high)
    share = (_sampled(filled, cells) - low) / max(high - low, 1e-12)
    colours = ramp()[np.clip(share * 255, 0, 255).astype(np.int64)]
    _tint(pen, rows, cols, colours, COST_OPACITY * _sampled(np.ones_like(costs), cells)[..., None])


def _over_view(
    camera: Camera, scene: Scene, shape: tuple[int, ...]
) -> tuple[slice, slice, Float[np.ndarray, "2 y x"]] | None:
    """The pixels that lie in the ego's view, and at which (row, col) of a map over it their middles are."""
    ahead, behind, left, right = scene.extent
    corners = np.array([[ahead, left], [ahead, -right], [-behind, -right], [-behind, left]])
    shown = camera.pixels(scene.in_the_world(corners))
    low = np.maximum(np.floor(shown.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(shown.max(axis=0)), (camera.width, camera.height)).astype(int)
    if np.any(high <= low):
        return None
    y, x = np.meshgrid(np.arange(low[1], high[1]) + 0.5, np.arange(low[0], high[0]) + 0.5, indexing="ij")
    place = scene.in_the_ego_frame(camera.metres(np.stack([x, y], axis=-1)))
    rows = (ahead - place[..., 0]) / (ahead + behind) * shape[0] - 0.5
    cols = (left - place[..., 1]) / (left + right) * shape[1] - 0.5
    return slice(low[1], high[1]), slice(low[0], high[0]), np.stack([rows, cols])


def _sampled(values: Float[np.ndarray, "row col"], cells: Float[np.ndarray, "2 y x"]) -> Float[np.ndarray, "y x"]:
    """Values between the cells' middles, bilinear; 0 outside."""
    padded = np.pad(values, 1)
    row, col = (np.clip(cells[k] + 1, 0, padded.shape[k] - 1.001) for k in range(2))
    top, left = row.astype(np.int64), col.astype(np.int64)
    down, over = row - top, col - left
    flat, at = padded.ravel(), top * padded.shape[1] + left
    upper = flat[at] * (1 - over) + flat[at + 1] * over
    lower = flat[at + padded.shape[1]] * (1 - over) + flat[at + padded.shape[1] + 1] * over
    return upper * (1 - down) + lower * down


def _tint(pen: Pen, rows: slice, cols: slice, colours: np.ndarray, share: np.ndarray) -> None:
    patch = pen.canvas[rows, cols]
    patch[:] = (patch * (1 - share) + colours * share + 0.5).astype(np.uint8)
