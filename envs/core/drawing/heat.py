"""A perceptually uniform ramp of colours for values, low to high."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, UInt8

# (lightness, green-red, blue-yellow) in OKLab: indigo, teal, pale lime.  The dark end stays well above the
# obstacles' slate, so that a low value is never mistaken for a wall.
_ANCHORS = np.array([[0.50, 0.035, -0.135], [0.62, -0.045, -0.085], [0.75, -0.105, 0.030], [0.94, -0.055, 0.125]])
_STEPS = 256


@lru_cache(maxsize=1)
def ramp() -> UInt8[np.ndarray, "step 3"]:
    """256 colours whose neighbours are equally far apart in OKLab."""
    dense = np.linspace(0, len(_ANCHORS) - 1, 4096)
    lab = np.stack([np.interp(dense, np.arange(len(_ANCHORS)), axis) for axis in _ANCHORS.T], axis=1)
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(lab, axis=0), axis=1)))
    even = np.linspace(0, length[-1], _STEPS)
    colours = oklab_to_srgb(np.stack([np.interp(even, length, axis) for axis in lab.T], axis=1))
    colours.flags.writeable = False
    return colours


def heat(values: Float[np.ndarray, "*shape"], low: float, high: float) -> UInt8[np.ndarray, "*shape 3"]:
    """Colours of finite values between `low` and `high`; a single value gets the middle of the ramp."""
    share = (values - low) / (high - low) if high > low else np.full(values.shape, 0.5)
    return ramp()[(np.clip(share, 0, 1) * (_STEPS - 1) + 0.5).astype(np.int64)]


def oklab_to_srgb(lab: Float[np.ndarray, "*shape 3"]) -> UInt8[np.ndarray, "*shape 3"]:
    """OKLab to 8-bit sRGB (Ottosson, "A perceptual color space for image processing", 2020)."""
    to_cones = np.array([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728]])
    to_cones = np.vstack([to_cones, [1, -0.0894841775, -1.2914855480]])
    to_linear = np.array([[4.0767416621, -3.3077115913, 0.2309699292]])
    to_linear = np.vstack([to_linear, [-1.2684380046, 2.6097574011, -0.3413193965]])
    to_linear = np.vstack([to_linear, [-0.0041960863, -0.7034186147, 1.7076147010]])
    linear = np.clip((lab @ to_cones.T) ** 3 @ to_linear.T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(srgb * 255).astype(np.uint8)
