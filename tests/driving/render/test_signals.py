import numpy as np
import pytest

from envs.driving.render import paint, palette
from envs.driving.render.painter import camera_over
from envs.kernels.road_records import GREEN, RED, YELLOW


def _at_the_bar(scene, tiles):
    camera = camera_over(scene)
    col, row = camera.pixels(np.array([-10.2, 0.0])).astype(int).tolist()
    half = int(2.5 * camera.scale)
    return paint(scene, tiles)[row - half : row + half, col - half : col + half].astype(int)


def _lit(pixels, colour):
    return int((np.abs(pixels - np.array(palette.SIGNALS[colour])) <= 8).all(axis=-1).sum())


@pytest.mark.parametrize("shown", [RED, YELLOW, GREEN])
def test_a_signal_shows_its_colour_and_no_other(make_scene, tiles, shown):
    pixels = _at_the_bar(make_scene(signals=np.array([shown])), tiles)
    counts = [_lit(pixels, colour) for colour in (RED, YELLOW, GREEN)]
    assert counts[shown] > 40
    assert sum(counts) == counts[shown]


def test_a_bar_without_a_signal_has_no_lamps(make_scene, tiles, network):
    bars = network.bars.copy()
    bars["signal"] = -1
    pixels = _at_the_bar(make_scene(network=network._replace(bars=bars)), tiles)
    assert not any(_lit(pixels, colour) for colour in (RED, YELLOW, GREEN))
