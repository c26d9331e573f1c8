"""Which lanes lie in a junction, where the map does not say: those whose centrelines cross."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from envs.driving.files.polylines import centreline
from envs.driving.files.road_map import MapLane

LEAST_ANGLE = 0.3
"""Lanes that merge or part meet at less [rad]."""
_SLACK = 1e-3


def with_crossings(lanes: tuple[MapLane, ...]) -> tuple[MapLane, ...]:
    """The same lanes, those that cross others in a junction too: the other's, or a new one."""
    lines = [centreline(lane.left, lane.right) for lane in lanes]
    boxes = [(line.min(axis=0), line.max(axis=0)) for line in lines]
    junctions = [lane.junction for lane in lanes]
    for i, (low, high) in enumerate(boxes):
        for j in range(i):
            if (low > boxes[j][1]).any() or (boxes[j][0] > high).any() or not do_cross(lines[i], lines[j]):
                continue
            number = max(junctions[i], junctions[j])
            number = max(junctions) + 1 if number < 0 else number
            merged = {junctions[i], junctions[j]} - {-1}
            junctions = [number if own in merged else own for own in junctions]
            junctions[i] = junctions[j] = number
    return tuple(replace(lane, junction=own) for lane, own in zip(lanes, junctions, strict=True))


def do_cross(a: Float64[np.ndarray, "a 2"], b: Float64[np.ndarray, "b 2"]) -> bool:
    """Whether two polylines cut each other at more than a flat angle; meeting at their ends does not count."""
    along_a, along_b = np.diff(a, axis=0)[:, None], np.diff(b, axis=0)[None, :]
    apart = b[None, :-1] - a[:-1, None]
    sine = _cross(along_a, along_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        t, u = _cross(apart, along_b) / sine, _cross(apart, along_a) / sine
    is_steep = np.abs(sine) > np.sin(LEAST_ANGLE) * np.linalg.norm(along_a, axis=2) * np.linalg.norm(along_b, axis=2)
    return bool((_is_within(t, 0) & _is_within(u, 1) & is_steep).any())


def _is_within(share: Float64[np.ndarray, "a b"], axis: int) -> Bool[np.ndarray, "a b"]:
    """Whether places on segments lie on them, but not at the ends of the whole line."""
    segment = np.arange(share.shape[axis]).reshape((-1, 1) if axis == 0 else (1, -1))
    place = segment + share
    return (share >= 0) & (share <= 1) & (place > _SLACK) & (place < share.shape[axis] - _SLACK)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
