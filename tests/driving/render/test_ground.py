import numpy as np
import pytest

from envs.driving.render import palette
from envs.driving.render import tiles as tiles_module
from envs.driving.render.camera import Camera, follow
from envs.driving.render.ground import paint_ground
from envs.driving.render.plan import draft
from envs.driving.render.tiles import Tiles

SCALE = 8.0


@pytest.fixture(scope="module")
def picture_of(network):
    """The ground of the crossing through a camera over its middle, and where points of the world are in it."""
    camera = Camera(-440, -400, SCALE, 800, 880)
    picture = paint_ground(draft(network), camera, has_pavement=True)

    def at(x, y):
        col, row = camera.pixels(np.array([x, y], dtype=float)).astype(int).tolist()
        return picture[row, col].astype(int)

    return at


def _is(pixel, colour, tolerance=14):
    return np.abs(pixel - np.array(colour)).max() <= tolerance


def _is_meadow(pixel):
    return pixel[1] > pixel[0] > pixel[2]


def test_lanes_are_asphalt_kerbed_and_paved_and_the_rest_of_the_world_is_green(picture_of):
    assert _is(picture_of(-45, 0.3), palette.ASPHALT)
    assert _is(picture_of(0.6, -30), palette.ASPHALT)
    assert _is(picture_of(30, -1.9), palette.KERB, 40)
    assert _is(picture_of(30, -3), palette.PAVEMENT)
    assert all(_is_meadow(picture_of(x, y)) for x, y in ((-30, 20), (35, -35), (12, 45)))


def test_a_crosswalk_is_striped_along_the_traffic(picture_of):
    across = np.arange(-1.0, 1.1, 0.5)
    striped = [_is(picture_of(-15, y), palette.PAINT, 25) for y in across]
    assert striped == [True, False] * 2 + [True]
    along = [_is(picture_of(x, -0.1), palette.PAINT, 25) for x in (-16.8, -15.9, -14.1, -13.2)]
    assert along == [False, True, True, False]


def test_markings_have_the_look_of_their_kind(picture_of):
    assert _is(picture_of(-11, 0.7), palette.PAINT, 25)
    along = [picture_of(0, y).min() > 160 for y in np.arange(12, 42, 0.25)]
    changes = np.diff(np.array(along, int))
    begins, ends = (np.flatnonzero(changes == sign) * 0.25 for sign in (1, -1))
    assert len(begins) >= 3
    assert np.allclose(np.diff(begins), 7.5, atol=0.5)
    assert np.allclose(ends[ends > begins[0]][:3] - begins[:3], 3.0, atol=0.5)
    yellow = [picture_of(-30, y) for y in (1.92, 1.58)]
    assert all(pixel[0] > pixel[2] + 30 for pixel in yellow)


def test_a_window_of_tiles_is_the_same_as_the_window_painted_at_once(network):
    tiles = Tiles()
    for x, y in ((-40.0, 3.3), (0.0, 0.0), (11.7, -20.1)):
        camera = follow(x, y, 0.4, scale=7.3, height=300, width=500)
        whole = paint_ground(draft(network), camera, has_pavement=True).astype(int)
        difference = np.abs(tiles.ground(network, camera).astype(int) - whole).max(axis=-1)
        assert np.mean(difference > 6) < 0.002


def test_the_ground_stands_still_under_a_moving_camera(network):
    tiles = Tiles()
    first = follow(-30.0, 0.0, 0.0, scale=7.0, height=200, width=300)
    second = Camera(first.left + 40, first.top + 10, 7.0, 200, 300)
    assert np.array_equal(tiles.ground(network, first)[10:, 40:], tiles.ground(network, second)[:-10, :-40])


def test_the_cache_is_bounded_and_never_mistakes_one_network_for_another(network, monkeypatch):
    monkeypatch.setattr(tiles_module, "NETWORKS", 3)
    monkeypatch.setattr(tiles_module, "CAPACITY", 5)
    tiles = Tiles()
    camera = Camera(10, 10, 4.0, 40, 40)
    nothing = {name: getattr(network, name)[:0] for name in ("lanes", "lines", "bars", "crosswalks")}
    empty = network._replace(**nothing)
    plain = tiles.ground(empty, camera)
    for shift in range(8):
        bars = network.bars.copy()
        bars["x"] += shift
        assert not np.array_equal(tiles.ground(network._replace(bars=bars), camera), plain)
    assert len(tiles._sketches) <= 3
    assert len(tiles._tiles) <= 5
    assert np.array_equal(tiles.ground(empty, camera), plain)


def test_equal_roads_in_other_arrays_are_painted_once(network, monkeypatch):
    tiles, camera = Tiles(), Camera(10, 10, 4.0, 40, 40)
    first = tiles.ground(network, camera)
    monkeypatch.setattr(tiles_module, "paint_ground", None)
    again = network._replace(lanes=network.lanes.copy(), points=network.points.copy())
    assert np.array_equal(tiles.ground(again, camera), first)


def test_a_lane_that_gives_way_begins_with_teeth_and_others_with_a_line(network):
    bars = network.bars.copy()
    bars["signal"] = -1
    teeth = [part for part in draft(network._replace(bars=bars)) if part.layer == "bar"]
    lines = [part for part in draft(network) if part.layer == "bar"]
    assert len(teeth) > 2
    assert all(len(part.points) == 3 for part in teeth)
    assert [len(part.points) for part in lines] == [4]
