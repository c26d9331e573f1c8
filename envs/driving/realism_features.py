"""What realism compares of moving boxes: speeds, turns, gaps, times to collision, and what must not happen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

FARTHEST_TTC = 5.0
"""Times to collision are at most so long [s]."""
SAME_WAY = np.radians(75.0)
"""Headings that differ by less count as following each other."""
NEAREST_CAP = 40.0
"""Nearest distance of who is alone [m]."""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Boxes over time; a leading axis of rollouts is allowed everywhere but in the sizes."""

    poses: Float64[np.ndarray, "*rollout time actor 3"]
    """(x, y, heading) of the boxes' centres; nan while an actor is not there."""
    lengths: Float64[np.ndarray, " actor"]
    widths: Float64[np.ndarray, " actor"]
    edge_distance: Float64[np.ndarray, "*rollout time actor"] | None = None
    """How far outside the drivable area each box reaches [m], negative within; None: no map."""
    light_violation: Bool[np.ndarray, "*rollout actor"] | None = None
    """Whether it passed a red light; None: not known."""
    bystanders: Bool[np.ndarray, "*rollout actor"] | None = None
    """Whom the others meet, but who are not judged themselves: they have no features; None: nobody."""
    dt: float = 0.1
    """[s]"""


def features(motion: Motion) -> dict[str, np.ndarray]:
    """Each feature as [*rollout time actor], and those that happen or not as 0 or 1 [*rollout actor]; nan: no value."""
    speed = _speeds(motion)
    turning = _turning(motion)
    nearest, ahead = _pairs(motion, speed)
    found = {
        "linear_speed": speed,
        "linear_acceleration": _difference(speed, motion.dt),
        "angular_speed": turning,
        "angular_acceleration": _difference(turning, motion.dt),
        "nearest_distance": nearest,
        "collision": _ever(nearest < 0.0, nearest),
        "time_to_collision": ahead,
    }
    if motion.edge_distance is not None:
        found["edge_distance"] = motion.edge_distance
        found["off_road"] = _ever(motion.edge_distance > 0.0, motion.edge_distance)
    if motion.light_violation is not None:
        found["light_violation"] = motion.light_violation.astype(np.float64)
    return found if motion.bystanders is None else _of_the_judged(found, motion.bystanders)


def box_distance(
    a: Float64[np.ndarray, "*pairs 5"], b: Float64[np.ndarray, "*pairs 5"]
) -> Float64[np.ndarray, "*pairs"]:
    """Distance [m] between boxes (x, y, heading, length, width); of two that overlap minus the depth.

    Apart, the nearest points include a corner of one of them; else the depth is the least shift that parts them.
    """
    outside = np.minimum(_corner_distance(a, b), _corner_distance(b, a))
    gap = np.maximum(_gap(a, b), _gap(b, a))
    return np.where(gap > 0.0, outside, gap)


def _of_the_judged(found: dict[str, np.ndarray], bystanders: np.ndarray) -> dict[str, np.ndarray]:
    of_time = bystanders[..., None, :]
    return {
        name: np.where(bystanders if values.ndim == bystanders.ndim else of_time, np.nan, values)
        for name, values in found.items()
    }


def _difference(values: np.ndarray, dt: float) -> np.ndarray:
    """Rate of change up to each time; unknown at the first."""
    rates = np.full_like(values, np.nan)
    rates[..., 1:, :] = np.diff(values, axis=-2) / dt
    return rates


def _speeds(motion: Motion) -> np.ndarray:
    x, y = _difference(motion.poses[..., 0], motion.dt), _difference(motion.poses[..., 1], motion.dt)
    return np.hypot(x, y)


def _turning(motion: Motion) -> np.ndarray:
    turns = _difference(motion.poses[..., 2], 1.0)
    return np.arctan2(np.sin(turns), np.cos(turns)) / motion.dt


def _ever(happens: np.ndarray, values: np.ndarray) -> np.ndarray:
    """1 where it happens at any time, nan for those never there."""
    return np.where(np.isnan(values).all(axis=-2), np.nan, happens.any(axis=-2).astype(np.float64))


def _pairs(motion: Motion, speed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance to the nearest other, and time to collision with the one ahead; [*rollout time actor] each."""
    sizes = np.broadcast_to(np.stack([motion.lengths, motion.widths], axis=-1), (*motion.poses.shape[:-1], 2))
    boxes = np.concatenate([motion.poses, sizes], axis=-1)
    count = boxes.shape[-2]
    nearest, ahead = np.full(boxes.shape[:-1], NEAREST_CAP), np.full(boxes.shape[:-1], FARTHEST_TTC)
    for i in range(count):
        own = np.broadcast_to(boxes[..., i : i + 1, :], boxes.shape)
        distances = box_distance(own, boxes)
        distances[..., i] = np.nan
        nearest[..., i] = np.fmin(nearest[..., i], np.fmin.reduce(distances, axis=-1))
        ahead[..., i] = _time_to_collision(own, boxes, speed, i)
    is_there = ~np.isnan(motion.poses[..., 0])
    return np.where(is_there, nearest, np.nan), np.where(is_there & ~np.isnan(speed), ahead, np.nan)


def _time_to_collision(own: np.ndarray, boxes: np.ndarray, speed: np.ndarray, i: int) -> np.ndarray:
    """Gap over closing speed, to the nearest box ahead that goes the same way and overlaps the own corridor."""
    cosine, sine = np.cos(own[..., 2]), np.sin(own[..., 2])
    east, north = boxes[..., 0] - own[..., 0], boxes[..., 1] - own[..., 1]
    along, aside = east * cosine + north * sine, north * cosine - east * sine
    turn = boxes[..., 2] - own[..., 2]
    turn = np.abs(np.arctan2(np.sin(turn), np.cos(turn)))
    gap = along - 0.5 * (own[..., 3] + boxes[..., 3])
    follows = (along > 0.0) & (turn < SAME_WAY) & (np.abs(aside) < 0.5 * (own[..., 4] + boxes[..., 4]))
    follows[..., i] = False
    gap = np.where(follows, gap, np.inf)
    leader = np.argmin(gap, axis=-1)[..., None]
    distance = np.maximum(np.take_along_axis(gap, leader, -1)[..., 0], 0.0)
    closing = speed[..., i] - np.take_along_axis(speed, leader, -1)[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        time = np.where((closing > 0.0) & np.isfinite(distance), distance / closing, FARTHEST_TTC)
    return np.minimum(time, FARTHEST_TTC)


def _frame(a: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cosine, sine = np.cos(a[..., 2]), np.sin(a[..., 2])
    east, north = x - a[..., 0], y - a[..., 1]
    return east * cosine + north * sine, north * cosine - east * sine


def _corner_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """From the nearest corner of `b` to the box `a`."""
    best = np.full(np.broadcast_shapes(a.shape, b.shape)[:-1], np.inf)
    cosine, sine = np.cos(b[..., 2]), np.sin(b[..., 2])
    for front, left in ((0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)):
        along, aside = front * b[..., 3], left * b[..., 4]
        x, y = b[..., 0] + along * cosine - aside * sine, b[..., 1] + along * sine + aside * cosine
        ahead, side = _frame(a, x, y)
        away = np.hypot(
            np.maximum(np.abs(ahead) - 0.5 * a[..., 3], 0.0), np.maximum(np.abs(side) - 0.5 * a[..., 4], 0.0)
        )
        best = np.minimum(best, away)
    return best


def _gap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The wider of the gaps along the two axes of `a`; negative where both projections overlap."""
    turn = b[..., 2] - a[..., 2]
    cosine, sine = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    ahead, side = _frame(a, b[..., 0], b[..., 1])
    along = np.abs(ahead) - 0.5 * (a[..., 3] + b[..., 3] * cosine + b[..., 4] * sine)
    across = np.abs(side) - 0.5 * (a[..., 4] + b[..., 3] * sine + b[..., 4] * cosine)
    return np.maximum(along, across)
