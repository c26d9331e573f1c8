import dataclasses

import numpy as np
import pytest

from envs.core.drawing import palette
from envs.core.drawing.palette import GOAL
from envs.driving.render import STATUSES, Tiles, channel_view, paint
from envs.driving.render.caption import BAD, GOOD, POOR, verdicts
from envs.driving.render.inset import composite
from envs.driving.render.palette import VIEW

CHANNELS = ("drivable", "lane_boundary", "route", "stop", "crosswalk", "ego", "vehicles", "pedestrians", "vehicles_1")
OTHER = {"x": -20.0, "y": 1.0, "heading": 0.5, "acceleration": -2.0}


def _is(image, colour):
    return (image == np.array(colour, dtype=np.uint8)).all(axis=-1)


def _view():
    view = np.zeros((len(CHANNELS), 64, 64), np.uint8)
    view[0, :, 20:44] = view[5, 46:51, 31:33] = view[6, 20:25, 36:38] = view[8, 22:27, 36:38] = 255
    return view


def test_the_same_scene_gives_the_same_bytes_whatever_was_drawn_before(make_scene, tiles):
    fields = {"others": [OTHER], "caption": "Crossing-v0  level 3", "view": _view(), "channels": CHANNELS}
    first = paint(make_scene(**fields), tiles)
    paint(make_scene({"x": 20.0}), tiles)
    assert np.array_equal(first, paint(make_scene(**fields), tiles))
    assert np.array_equal(first, paint(make_scene(**fields), Tiles()))


def test_painting_leaves_the_scene_and_the_next_image_alone(make_scene, tiles):
    scene = make_scene(others=[OTHER], view=_view(), channels=CHANNELS)
    actors, view = scene.actors.copy(), scene.view.copy()
    image = paint(scene, tiles)
    kept = image.copy()
    image[:] = 0
    assert np.array_equal(paint(scene, tiles), kept)
    assert np.array_equal(scene.actors, actors)
    assert np.array_equal(scene.view, view)


@pytest.mark.parametrize("status", STATUSES)
def test_frames_are_even_and_equally_large_and_say_how_it_ended(make_scene, tiles, status):
    image = paint(make_scene(status=status), tiles)
    assert image.shape == (560, 720, 3)
    assert image.dtype == np.uint8
    framed = len({tuple(pixel) for pixel in image[1, :400]}) == 1
    assert framed == (status != "running")


@pytest.mark.parametrize(
    ("judged", "name", "colour"),
    [
        ({"collisions": 1, "at_fault": 1}, "at fault", BAD),
        ({"collisions": 1}, "collision", POOR),
        ({"off_road": 1}, "off road", BAD),
        ({"direction": 0.5}, "direction", POOR),
        ({"direction": 0.0}, "direction", BAD),
        ({"red_lights": 1}, "red lights", BAD),
        ({"ttc": 0}, "ttc", POOR),
        ({"overspeed": 0.2}, "speed limit", POOR),
        ({"comfort": 0}, "comfort", POOR),
    ],
)
def test_a_term_of_the_score_that_suffers_changes_its_colour_and_no_other(make_scene, tiles, judged, name, colour):
    scene = make_scene(judged=judged)
    assert [term for term in verdicts(scene.agent) if term.colour != GOOD] == [(name, colour)]
    strip = paint(scene, tiles)[-34:, 120:590]
    assert _is(strip, colour).sum() > 20
    assert not _is(paint(make_scene(), tiles)[-34:, 120:590], colour).any()


def test_the_terms_end_before_the_speed_begins(make_scene, tiles):
    slow, fast = (paint(make_scene({"speed": speed}), tiles)[-68:] for speed in (0.0, 39.0))
    speed_columns = np.flatnonzero((slow != fast).any(axis=(0, 2)))
    terms = np.flatnonzero(_is(slow[34:], GOOD).any(axis=0))
    assert terms.max() < speed_columns.min()


def test_the_bar_grows_with_the_way_that_is_done(make_scene, tiles):
    lengths = []
    for furthest in (5.0, 50.0, 100.0, 150.0, 400.0):
        strip = paint(make_scene(judged={"furthest_s": furthest}), tiles)[-30:, :90]
        lengths.append(int(_is(strip, palette.AGENT).any(axis=0).sum()))
    assert lengths == sorted(lengths)
    assert lengths[0] + 10 < lengths[1] < lengths[2] < lengths[3] == lengths[4]


def test_the_goal_is_marked_in_sight_and_pointed_at_out_of_sight(make_scene, tiles):
    far, near = paint(make_scene(), tiles)[:492], paint(make_scene({"x": 50.0}), tiles)[:492]
    assert _is(far, GOAL).sum() > 60
    assert np.nonzero(_is(far, GOAL))[1].min() > 600
    assert (np.abs(near.astype(int) - np.array(GOAL)).max(axis=-1) < 16).sum() > 60
    assert not _is(paint(make_scene(judged={"route": -1}), tiles)[:492], GOAL).any()


def test_the_route_lies_ahead_and_not_behind(make_scene, tiles):
    with_route, without = (paint(make_scene(judged={"route": r}), tiles)[:492].astype(int) for r in (0, -1))
    bluer = (with_route - without)[..., 2] - (with_route - without)[..., 0] > 15
    row, col = np.nonzero(bluer)
    assert len(row) > 500
    assert col.min() > 260
    assert np.ptp(row) < 24


def test_the_view_of_the_agent_is_shown_in_its_colours_and_the_past_is_paler():
    picture = composite(_view(), CHANNELS)
    assert tuple(picture[48, 31]) == VIEW["ego"]
    assert tuple(picture[22, 36]) == VIEW["vehicles"]
    assert tuple(picture[5, 22]) == VIEW["drivable"]
    past = picture[26, 36].astype(int)
    assert all(min(a, b) < c < max(a, b) for a, b, c in zip(VIEW["vehicles"], VIEW["drivable"], past, strict=True))


def test_the_inset_shows_the_view(make_scene, tiles):
    image = paint(make_scene(view=_view(), channels=CHANNELS), tiles)
    assert _is(image[:170, 560:], VIEW["vehicles"]).sum() == 10 * 4
    assert not _is(paint(make_scene(), tiles)[:170, 560:], VIEW["vehicles"]).any()


def test_every_channel_is_on_the_sheet_in_its_colour():
    sheet = channel_view(_view(), CHANNELS, columns=3)
    assert _is(sheet, VIEW["vehicles"]).sum() == 2 * 10 * 4
    assert _is(sheet, VIEW["ego"]).sum() == 10 * 4
    with pytest.raises(ValueError, match="one name per channel"):
        channel_view(_view(), CHANNELS[:3])


def test_an_ego_that_is_nobody_and_an_unknown_status_are_refused(make_scene):
    with pytest.raises(ValueError, match="ego must be one of the 1 actors, got 3"):
        dataclasses.replace(make_scene(), ego=3)
    with pytest.raises(ValueError, match=r"Unknown status 'succes'\. Did you mean 'success'"):
        make_scene(status="succes")


def test_a_long_view_lies_on_its_side_with_what_is_ahead_to_the_right(make_scene, tiles):
    view = np.zeros((len(CHANNELS), 128, 32), np.uint8)
    view[6, 10:14, 5:7] = 255
    image = paint(make_scene(view=view, channels=CHANNELS), tiles)
    row, col = np.nonzero(_is(image[:120, 400:], VIEW["vehicles"]))
    assert (np.ptp(row) + 1, np.ptp(col) + 1) == (4, 8)
    assert col.mean() > 250
