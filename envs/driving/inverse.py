"""Which controls a recorded track was driven with: the bicycle of `envs.kernels.bicycle`, inverted.

`controls_of_poses` inverts step by step: exact for what a bicycle drove, and then any error of a recording adds up.
`controls_towards_poses` steers a bicycle after the track instead, within its limits, so that errors stay bounded.
`drive` is the way back; `recovery_error` compares.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.linalg import solveh_banded

from envs.kernels.bicycle import approach, inverse, step
from envs.kernels.road_lines import wrap
from envs.kernels.road_poses import poses_control

SMOOTHNESS = 0.03
"""Weight of the squared change of acceleration per step beside that of the squared error of a speed."""
PREVIEW = 3
"""Frames between the poses that `controls_towards_poses` looks at."""


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """What the bicycle is told of a vehicle."""

    wheelbase: float = 2.8
    """[m]"""
    dt: float = 0.1
    """Between two poses [s]."""
    max_acceleration: float = 6.0
    max_jerk: float = 20.0
    max_steering: float = 0.6
    max_steering_rate: float = 1.2


def speeds_of_poses(
    poses: Float64[np.ndarray, "time 3"], *, dt: float = 0.1, smoothness: float = SMOOTHNESS
) -> Float64[np.ndarray, " time"]:
    """Speeds [m/s] at the poses, of which the mean of every two neighbours is about the speed between them.

    With smoothness -> 0 exactly the mean; the one degree of freedom left makes the change of acceleration least.
    """
    check_poses(poses)
    between = _distances(poses) / dt
    count = len(poses)
    if count == 2:
        return np.full(2, between[0])
    bands = np.zeros((3, count))  # upper diagonals of the normal equations, the main one last
    bands[2, :-1] += 0.25
    bands[2, 1:] += 0.25
    bands[1, 1:] += 0.25
    for shift, weight in ((0, 1.0), (1, 4.0), (2, 1.0)):
        bands[2, shift : count - 2 + shift] += smoothness * weight
    bands[1, 1:-1] -= 2.0 * smoothness
    bands[1, 2:] -= 2.0 * smoothness
    bands[0, 2:] += smoothness
    right = np.zeros(count)
    right[:-1] += 0.5 * between
    right[1:] += 0.5 * between
    return np.maximum(solveh_banded(bands, right), 0.0)


def controls_of_poses(
    poses: Float64[np.ndarray, "time 3"],
    *,
    speeds: Float64[np.ndarray, " time"] | None = None,
    vehicle: Vehicle | None = None,
) -> Float64[np.ndarray, "steps 2"]:
    """(acceleration [m/s^2], steering [rad]) of each step from one pose to the next, without regard to limits.

    `speeds` at the poses, where they are known, else `speeds_of_poses`.
    """
    check_poses(poses)
    vehicle = vehicle or Vehicle()
    if speeds is None:
        speeds = speeds_of_poses(poses, dt=vehicle.dt)
    turns = [wrap(turn) for turn in np.diff(poses[:, 2])]
    return np.array(
        [
            inverse(speeds[k], speeds[k + 1], turn, vehicle.wheelbase, vehicle.dt)  # type: ignore[arg-type]
            for k, turn in enumerate(turns)
        ]
    )


def drive(
    pose: Float64[np.ndarray, " 3"],
    speed: float,
    controls: Float64[np.ndarray, "steps 2"],
    *,
    vehicle: Vehicle | None = None,
) -> Float64[np.ndarray, "time 3"]:
    """The poses of a bicycle under these controls, from `pose` on, which is the first."""
    vehicle = vehicle or Vehicle()
    poses = np.empty((len(controls) + 1, 3))
    poses[0] = pose
    for k, (acceleration, steering) in enumerate(controls):
        *after, speed = step(*poses[k], speed, acceleration, steering, vehicle.wheelbase, vehicle.dt)  # type: ignore[misc]
        poses[k + 1] = after
    return poses


def controls_towards_poses(
    poses: Float64[np.ndarray, "time 3"], *, vehicle: Vehicle | None = None
) -> Float64[np.ndarray, "steps 2"]:
    """The controls of a bicycle that follows the track within its limits, beginning on its first pose.

    At each step it tracks the recorded poses ahead (`envs.kernels.road_poses`), `PREVIEW` frames apart, seen from
    where it is itself.
    """
    vehicle = vehicle or Vehicle()
    speed = float(speeds_of_poses(poses, dt=vehicle.dt)[0])
    pose, acceleration, steering = tuple(float(value) for value in poses[0]), 0.0, 0.0
    controls = np.empty((len(poses) - 1, 2))
    extended = _go_on(poses, 5 * PREVIEW)
    for k in range(len(controls)):
        ahead = _seen_from(pose, extended[k + PREVIEW : k + 5 * PREVIEW + 1 : PREVIEW])
        spacing = PREVIEW * vehicle.dt
        wanted, angle = poses_control(ahead, spacing, vehicle.dt, speed, steering, vehicle.wheelbase)  # type: ignore[misc]
        if k > 0:
            wanted = approach(acceleration, wanted, vehicle.max_jerk * vehicle.dt)
            angle = approach(steering, angle, vehicle.max_steering_rate * vehicle.dt)
        acceleration = float(np.clip(wanted, -vehicle.max_acceleration, vehicle.max_acceleration))  # type: ignore[arg-type]
        steering = float(np.clip(angle, -vehicle.max_steering, vehicle.max_steering))  # type: ignore[arg-type]
        controls[k] = acceleration, steering
        *after, speed = step(*pose, speed, acceleration, steering, vehicle.wheelbase, vehicle.dt)  # type: ignore[misc]
        pose = tuple(after)
    return controls


def recovery_error(
    poses: Float64[np.ndarray, "time 3"],
    controls: Float64[np.ndarray, "steps 2"],
    *,
    window: int | None = None,
    vehicle: Vehicle | None = None,
) -> Float64[np.ndarray, " time"]:
    """Distance [m] of each pose from what `drive` makes of the controls; from a window's first pose on, if given.

    Every `window` steps the bicycle is put back on the track, at the speed that the track shows there.
    """
    vehicle = vehicle or Vehicle()
    speeds = speeds_of_poses(poses, dt=vehicle.dt)
    errors = np.zeros(len(poses))
    window = window or len(controls)
    for begin in range(0, len(controls), window):
        end = min(begin + window, len(controls))
        driven = drive(poses[begin], float(speeds[begin]), controls[begin:end], vehicle=vehicle)
        away = driven[1:, :2] - poses[begin + 1 : end + 1, :2]
        errors[begin + 1 : end + 1] = np.hypot(away[:, 0], away[:, 1])
    return errors


def check_poses(poses: Float64[np.ndarray, "time 3"]) -> None:
    """Raise unless there are two poses or more, all finite."""
    if len(poses) < 2:
        raise ValueError(f"poses need at least 2 rows to tell a motion, got {len(poses)}")
    wrong = np.argwhere(~np.isfinite(poses))
    if len(wrong):
        row, col = (int(index) for index in wrong[0])
        raise ValueError(f"poses must be finite, got {poses[row, col]} in row {row}, column {col} (x, y, heading)")


def _distances(poses: np.ndarray) -> np.ndarray:
    """Way from each pose to the next, along the heading: 0 where a recording jumps back."""
    east, north = np.diff(poses[:, 0]), np.diff(poses[:, 1])
    ahead = east * np.cos(poses[:-1, 2]) + north * np.sin(poses[:-1, 2])
    return np.where(ahead > 0.0, np.hypot(east, north), 0.0)


def _go_on(poses: np.ndarray, count: int) -> np.ndarray:
    """The poses, and `count` more: straight on at the speed of the end."""
    heading = poses[-1, 2]
    way = speeds_of_poses(poses, dt=1.0)[-1] * np.arange(1, count + 1)
    more = np.stack([poses[-1, 0] + way * np.cos(heading), poses[-1, 1] + way * np.sin(heading)], axis=1)
    return np.concatenate([poses, np.column_stack([more, np.full(count, heading)])])


def _seen_from(pose: tuple[float, ...], poses: np.ndarray) -> np.ndarray:
    cosine, sine = np.cos(pose[2]), np.sin(pose[2])
    east, north = poses[:, 0] - pose[0], poses[:, 1] - pose[1]
    turned = np.array([wrap(heading - pose[2]) for heading in poses[:, 2]])
    return np.stack([east * cosine + north * sine, north * cosine - east * sine, turned], axis=1)
