import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from envs.core.drawing.palette import AGENT
from envs.driving.render import paint, palette
from envs.driving.render.painter import camera_over
from envs.driving.render.traffic import BLINKS
from envs.kernels.road_records import ABSENT, OBSTACLE, PEDESTRIAN

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
AHEAD = {"x": -25.0, "y": 0.0, "heading": 0.0}


def _near(image, colour, tolerance=12):
    return (np.abs(image.astype(int) - np.array(colour)) <= tolerance).all(axis=-1)


def _around(scene, tiles, x, y, reach=4.0):
    """The pixels of a square around a place."""
    camera = camera_over(scene)
    col, row = camera.pixels(np.array([x, y])).astype(int).tolist()
    half = int(reach * camera.scale)
    return paint(scene, tiles)[max(row - half, 0) : row + half, max(col - half, 0) : col + half]


@FEW
@given(st.floats(-60, 60), st.floats(-60, 60), st.floats(-np.pi, np.pi))
def test_the_ego_is_drawn_where_its_pose_says(make_scene, tiles, x, y, heading):
    scene = make_scene({"x": x, "y": y, "heading": heading}, judged={"route": -1})
    row, col = np.nonzero(_near(paint(scene, tiles)[:492], AGENT, 6))
    middle = camera_over(scene).metres(np.array([col.mean() + 0.5, row.mean() + 0.5]))
    # the windows are not blue, and their middle is not the body's
    assert np.hypot(*(middle - (x, y))) < 0.6
    spread = camera_over(scene).metres(np.stack([col, row], axis=1) + 0.5) - (x, y)
    along, across = spread @ (np.cos(heading), np.sin(heading)), spread @ (-np.sin(heading), np.cos(heading))
    assert np.abs(along).max() <= 2.3
    assert np.abs(across).max() <= 0.95


def test_a_braking_vehicle_shines_red_behind_and_a_cruising_one_does_not(make_scene, tiles):
    shares = {}
    for acceleration in (-3.0, -0.9, -0.5, 0.0, 2.0):
        scene = make_scene(others=[{**AHEAD, "acceleration": acceleration, "lives": 1}])
        found = _near(_around(scene, tiles, -27.3, 0.0, 2.0), palette.BRAKE, 25)
        shares[acceleration] = int(found.sum())
        assert not _near(_around(scene, tiles, -22.7, 0.0, 1.5), palette.BRAKE, 25).any()
    assert min(shares[-3.0], shares[-0.9]) > 8
    assert shares[-0.5] == shares[0.0] == shares[2.0] == 0


@pytest.mark.parametrize(("shift", "side"), [(-1.5, 1), (1.5, -1)])
def test_a_vehicle_blinks_on_the_side_it_moves_to(make_scene, tiles, shift, side):
    scene = make_scene(others=[{**AHEAD, "shift": shift}], steps=0)
    lit, other = (_around(scene, tiles, -23.0, s * 0.9, 0.5) for s in (side, -side))
    assert _near(lit, palette.BLINKER, 12).sum() > 5
    assert not _near(other, palette.BLINKER, 12).any()


def test_blinkers_go_on_and_off_and_only_while_a_lane_is_changed(make_scene, tiles):
    def amber(shift, steps):
        scene = make_scene(others=[{**AHEAD, "shift": shift}], steps=steps)
        return _near(_around(scene, tiles, -25.0, 0.0), palette.BLINKER, 12).any()

    flashes = [amber(1.5, steps) for steps in range(2 * BLINKS)]
    assert flashes == [True] * 4 + [False] * 4 + [True] * 4 + [False] * 4
    assert not any(amber(0.05, steps) for steps in range(BLINKS))


def test_vehicles_keep_their_colour_wherever_they_are_and_none_is_like_the_ego(make_scene, tiles):
    seen = set()
    for x, heading in ((-25.0, 0.0), (-20.0, 2.0), (5.0, -1.0)):
        scene = make_scene(others=[{"x": x, "y": 0.0, "heading": heading}])
        pixels = _around(scene, tiles, x, 0.0, 2.0).reshape(-1, 3)
        seen.add(bool(_near(pixels, palette.paintwork(1), 40).any()))
    assert seen == {True}
    for colour in palette.PAINTWORK:
        assert np.abs(np.array(colour) - AGENT).max() > 60
    assert len(set(palette.PAINTWORK)) == len(palette.PAINTWORK)


def test_whoever_is_absent_is_not_drawn(make_scene, tiles):
    absent = make_scene(others=[{**AHEAD, "kind": ABSENT}])
    assert np.array_equal(paint(absent, tiles), paint(make_scene(), tiles))


@pytest.mark.parametrize(("kind", "size"), [(PEDESTRIAN, (0.5, 0.6)), (PEDESTRIAN, (1.8, 0.6)), (OBSTACLE, (2.0, 1.0))])
def test_people_cyclists_and_obstacles_are_small_and_where_they_are(make_scene, tiles, kind, size):
    body = {**AHEAD, "kind": kind, "length": size[0], "width": size[1], "speed": 1.2}
    with_it, without = make_scene(others=[body]), make_scene()
    changed = (paint(with_it, tiles) != paint(without, tiles)).any(axis=-1)
    row, col = np.nonzero(changed)
    assert len(row) > 30
    away = camera_over(with_it).metres(np.stack([col, row], axis=1) + 0.5) - (-25.0, 0.0)
    assert np.abs(away).max() < 2.2


def test_somebody_who_has_collided_is_marked(make_scene, tiles):
    calm = make_scene(others=[AHEAD])
    crashed = make_scene(others=[{**AHEAD, "collided": 1, "desired": 1.0}])
    assert _near(_around(crashed, tiles, -25.0, 0.0), palette.SIGNALS[1]).sum() > 20
    assert not _near(_around(calm, tiles, -25.0, 0.0), palette.SIGNALS[1]).any()


def test_who_has_broken_down_has_hit_nobody_and_flashes_on_both_sides(make_scene, tiles):
    stands = {**AHEAD, "collided": 1, "desired": 0.0, "speed": 0.0}
    lit, dark = (_around(make_scene(others=[stands], steps=steps), tiles, -25.0, 0.0) for steps in (0, BLINKS // 2))
    row, _ = np.nonzero(_near(lit, palette.BLINKER))
    middle = lit.shape[0] / 2
    assert (row < middle).sum() > 3
    assert (row > middle).sum() > 3
    assert not _near(dark, palette.BLINKER).any()
    assert not _near(dark, palette.SIGNALS[1]).any()
