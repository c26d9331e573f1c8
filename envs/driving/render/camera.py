"""From metres to pixels: north up, the ego near the middle."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

LOOK_AHEAD = 0.15
"""How far the ego stands behind the middle of the frame, as a share of the frame's width and height."""


@dataclass(frozen=True)
class Camera:
    """A window of whole pixels on the plane (x * scale, -y * scale), so that standing ground never shimmers."""

    left: int
    top: int
    scale: float
    """[px/m]"""
    height: int
    width: int

    def pixels(self, points: Float[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape 2"]:
        """World (x, y) [m] to frame (x, y) [px, y down]."""
        return points * (self.scale, -self.scale) - (self.left, self.top)

    def metres(self, pixels: Float[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape 2"]:
        """Frame (x, y) [px, y down] to world (x, y) [m]."""
        return np.add(pixels, (self.left, self.top)) / (self.scale, -self.scale)

    def sees(self, points: Float[np.ndarray, "*shape 2"], margin: float) -> bool:
        """Whether the box around some world points comes within `margin` metres of the frame."""
        pixels, rim = self.pixels(points), margin * self.scale
        low, high = pixels.reshape(-1, 2).min(axis=0), pixels.reshape(-1, 2).max(axis=0)
        return bool(np.all(high > -rim) and low[0] < self.width + rim and low[1] < self.height + rim)


def follow(x: float, y: float, heading: float, *, scale: float, height: int, width: int) -> Camera:
    """The camera over a vehicle: it keeps no state, and is as smooth as the vehicle's own motion."""
    middle_x = x * scale + LOOK_AHEAD * width * np.cos(heading)
    middle_y = -y * scale - LOOK_AHEAD * height * np.sin(heading)
    return Camera(int(np.floor(middle_x - width / 2)), int(np.floor(middle_y - height / 2)), scale, height, width)


def zoom(limit: float) -> float:
    """Pixels per metre for roads with this highest speed limit [m/s]: the faster, the wider."""
    return float(np.clip(9.0 - 0.12 * limit, 5.5, 8.0))
