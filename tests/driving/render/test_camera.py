import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.driving.render.camera import LOOK_AHEAD, follow, zoom

FEW = settings(max_examples=50, deadline=None)
POSES = st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(-np.pi, np.pi))


@FEW
@given(POSES, st.floats(3, 10))
def test_metres_to_pixels_and_back_is_the_same_place(pose, scale):
    camera = follow(*pose, scale=scale, height=492, width=720)
    points = np.array(pose[:2]) + np.random.default_rng(0).uniform(-50, 50, (20, 2))
    assert np.allclose(camera.metres(camera.pixels(points)), points, atol=1e-9)


@FEW
@given(POSES)
def test_the_ego_stands_behind_the_middle_by_as_much_as_it_looks_ahead(pose):
    camera = follow(*pose, scale=7.0, height=492, width=720)
    x, y = camera.pixels(np.array(pose[:2])).tolist()
    away = np.array([360 - x, y - 246])
    expected = LOOK_AHEAD * np.array([720 * np.cos(pose[2]), 492 * np.sin(pose[2])])
    assert np.abs(away - expected).max() <= 1


def test_north_is_up_and_east_is_right():
    camera = follow(3.0, 4.0, 1.0, scale=6.0, height=100, width=100)
    here, north, east = camera.pixels(np.array([[3.0, 4.0], [3.0, 5.0], [4.0, 4.0]]))
    assert np.allclose(north - here, (0, -6))
    assert np.allclose(east - here, (6, 0))


def test_faster_roads_are_seen_from_higher_up():
    scales = [zoom(limit) for limit in (5, 14, 22, 36)]
    assert scales == sorted(scales, reverse=True)
    assert scales[0] > scales[-1]


def test_a_box_is_seen_iff_it_comes_within_the_margin():
    camera = follow(0.0, 0.0, 0.0, scale=5.0, height=100, width=100)
    corner = camera.metres(np.array([[100.0, 50.0]]))
    outside, inside = corner - (-1, 0), corner - (1, 0)
    assert camera.sees(inside, 0.0)
    assert not camera.sees(outside, 0.0)
    assert camera.sees(outside, 2.0)
