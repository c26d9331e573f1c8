"""Crosswalks as the rectangles of the CROSSWALK record."""

import numpy as np
from jaxtyping import Float64


def crosswalk_along(
    a: Float64[np.ndarray, "a 2"], b: Float64[np.ndarray, "b 2"]
) -> tuple[float, float, float, float, float, int]:
    """(x, y, heading, length, width, signal) of a crosswalk whose two long sides are `a` and `b`."""
    if np.hypot(*(a[0] - b[0])) > np.hypot(*(a[0] - b[-1])):  # they run against each other
        b = b[::-1]
    begin, end = 0.5 * (a[0] + b[0]), 0.5 * (a[-1] + b[-1])
    x, y = 0.5 * (begin + end)
    east, north = end - begin
    heading = np.arctan2(north, east)
    sides = np.array([a[0] - b[0], a[-1] - b[-1]])
    width = np.abs(sides @ np.array([-np.sin(heading), np.cos(heading)])).mean()
    return float(x), float(y), float(heading), float(np.hypot(east, north)), float(width), -1
