"""Time to collision: intervals of four axes tell the same as polygons at ten times."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from road_levels import straight_road
from road_scenes import Scene
from twins import road_ttc as twin

from envs.kernels import road_ttc
from envs.kernels.compilation import kernel

FIELDS = ("x", "y", "heading", "speed", "length", "width")
actors = st.tuples(
    *(st.floats(-12.0, 12.0), st.floats(-12.0, 12.0), st.floats(-np.pi, np.pi)),
    *(st.sampled_from([0.0, 3.0, 8.0, 15.0]), st.floats(0.5, 8.0), st.floats(0.5, 2.5)),
)


@kernel
def _touches_soon(state):
    return road_ttc.touches_soon(state.actors[0, 0], state.actors[0, 1])


@pytest.fixture(scope="module")
def scene():
    return Scene(straight_road(), others=1)


@given(a=actors, b=actors)
def test_boxes_touch_at_one_of_ten_times(scene, a, b):
    for i, values in enumerate((a, b)):
        scene.put(i, **dict(zip(FIELDS, values, strict=True)))
    distances = twin.distances(a, b)
    if distances.min() == 0.0 or distances.min() > 1e-6:
        grazes = distances.min() == 0.0 and twin.distances(a, (*b[:4], b[4] - 1e-6, b[5] - 1e-6)).min() > 0.0
        assert grazes or _touches_soon(scene.state) == (distances.min() == 0.0)


@pytest.mark.parametrize(("gap", "is_soon"), [(8.999, True), (9.0, True), (9.001, False)])
def test_the_last_time_asked_is_nine_tenths_of_a_second(scene, gap, is_soon):
    scene.put(0, x=0.0, speed=10.0)
    scene.put(1, x=4.6 + gap)
    assert _touches_soon(scene.state) == is_soon


def test_a_pass_between_two_of_the_times_is_not_seen(scene):
    scene.put(0, x=0.0, length=1.0, width=1.0)
    scene.put(1, x=0.0, y=-5.1, heading=np.pi / 2, speed=50.0, length=0.5, width=0.5)
    assert _touches_soon(scene.state)
    scene.put(1, x=0.0, y=-7.5, heading=np.pi / 2, speed=50.0, length=0.5, width=0.5)
    assert not _touches_soon(scene.state)


def test_who_moves_alike_never_comes_nearer(scene):
    scene.put(0, x=0.0, speed=20.0, heading=0.3)
    scene.put(1, x=6.0, speed=20.0, heading=0.3)
    assert not _touches_soon(scene.state)
