"""Obstacles of CommonRoad as tracks: `<obstacle>` with a `<role>` (2018b), `<dynamicObstacle>`, `<staticObstacle>`."""

import numpy as np

from envs.core.naming import unknown_name
from envs.driving.files.commonroad_shapes import Box, position_centre, shape_box
from envs.driving.files.elements import Element
from envs.driving.files.polylines import wrapped
from envs.driving.files.tracks import RawTrack
from envs.kernels.road_records import OBSTACLE, PEDESTRIAN, VEHICLE

KINDS = {
    **dict.fromkeys(
        ("car", "truck", "bus", "motorcycle", "taxi", "priorityVehicle", "train", "parkedVehicle"), VEHICLE
    ),
    **dict.fromkeys(("bicycle", "pedestrian"), PEDESTRIAN),
    **dict.fromkeys(("constructionZone", "building", "pillar", "median_strip", "unknown"), OBSTACLE),
}
NO_ACTORS = ("roadBoundary",)
"""Types that are part of the map, not bodies on the road."""


def read_tracks(root: Element, *, step: float) -> list[RawTrack]:
    """All obstacles in the order of the file; static ones are there from the first to the last frame of others."""
    obstacles = root.children("obstacle", "dynamicObstacle", "staticObstacle")
    found = [(_is_static(obstacle), _samples(obstacle)) for obstacle in obstacles if _kind(obstacle) >= 0]
    last = max((samples[-1][0] for is_static, samples in found if not is_static), default=0)
    kept = [obstacle for obstacle in obstacles if _kind(obstacle) >= 0]
    always = [[(k, *samples[0][1:]) for k in range(last + 1)] if is_static else samples for is_static, samples in found]
    return [_track(obstacle, samples, step) for obstacle, samples in zip(kept, always, strict=True)]


def _is_static(obstacle: Element) -> bool:
    if obstacle.tag != "obstacle":
        return obstacle.tag == "staticObstacle"
    role = obstacle.need("role")
    if role.text not in ("static", "dynamic"):
        raise role.error(f"must be 'static' or 'dynamic', found {role.text!r}.")
    return role.text == "static"


def _kind(obstacle: Element) -> int:
    """VEHICLE, PEDESTRIAN or OBSTACLE; -1: no actor."""
    type_ = obstacle.need("type")
    if type_.text in NO_ACTORS:
        return -1
    if type_.text not in KINDS:
        raise type_.error(unknown_name("type of obstacle", type_.text, (*KINDS, *NO_ACTORS)))
    if type_.text == "unknown" and not _is_static(obstacle):
        return VEHICLE
    return KINDS[type_.text]


def _samples(obstacle: Element) -> list[tuple[int, float, float, float, float]]:
    """(step, x, y, heading, speed) of all states, which must follow one another; speed NaN where not given."""
    states = [obstacle.need("initialState")]
    trajectory = obstacle.find("trajectory")
    states += trajectory.children("state") if trajectory is not None else []
    samples = [_sample(state) for state in states]
    for state, (before, *_), (after, *_) in zip(states[1:], samples[:-1], samples[1:], strict=True):
        if after <= before:
            raise state.error(f"comes at step {after}, after step {before}: expected ascending times.")
    return samples


def _sample(state: Element) -> tuple[int, float, float, float, float]:
    time, velocity = state.need("time"), state.find("velocity")
    x, y = position_centre(state.need("position"))
    step = time.middle()
    if step < 0 or step != int(step):
        raise time.error(f"must be a whole number of steps >= 0, found {step:g}.")
    speed = np.nan if velocity is None else velocity.middle()
    return int(step), float(x), float(y), float(wrapped(state.need("orientation").middle())), speed


def _track(obstacle: Element, samples: list[tuple[int, float, float, float, float]], step: float) -> RawTrack:
    box: Box = shape_box(obstacle.need("shape"))
    table = np.array(samples, np.float64)
    poses, speeds = table[:, 1:4].copy(), table[:, 4]
    if box.x != 0.0 or box.y != 0.0:  # the reference point is not the centre of the box
        cosine, sine = np.cos(poses[:, 2]), np.sin(poses[:, 2])
        poses[:, 0] += box.x * cosine - box.y * sine
        poses[:, 1] += box.x * sine + box.y * cosine
    poses[:, 2] = wrapped(poses[:, 2] + box.heading)
    if _is_static(obstacle):
        speeds = np.zeros(len(speeds))
    name = obstacle.attribute("id")
    return RawTrack(name, _kind(obstacle), box.length, box.width, table[:, 0] * step, poses, speeds)
