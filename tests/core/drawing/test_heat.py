import numpy as np
import pytest

from envs.core.drawing.heat import heat, oklab_to_srgb, ramp


def _lab(srgb):
    """sRGB to OKLab, the way back, written from the matrices of Ottosson (2020) in the forward direction."""
    share = srgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = (
        linear
        @ np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        ).T
    )
    return (
        np.cbrt(cones)
        @ np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        ).T
    )


def test_equal_steps_of_value_look_equally_large():
    steps = np.linalg.norm(np.diff(_lab(ramp()[::15].astype(float)), axis=0), axis=1)
    assert steps.std() / steps.mean() < 0.1


def test_greater_values_are_lighter():
    assert (np.diff(_lab(ramp()[::5].astype(float))[:, 0]) > 0).all()


def test_there_and_back_through_oklab_is_the_same_colour():
    colours = np.random.default_rng(0).integers(0, 256, (200, 3))
    assert np.abs(oklab_to_srgb(_lab(colours.astype(float))).astype(int) - colours).max() <= 1


@pytest.mark.parametrize(("value", "step"), [(-1.0, 0), (2.0, 0), (6.0, 255), (9.0, 255), (4.0, 128)])
def test_values_are_placed_between_low_and_high(value, step):
    assert np.array_equal(heat(np.array([value]), 2.0, 6.0)[0], ramp()[step])
