"""Numbers within bounds, against numpy's comparisons."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from envs.kernels.bounds import is_within

NUMBERS = st.one_of(st.sampled_from([-1.0, 1.0, 0.0, -0.0]), st.floats(width=32))


@given(st.data(), st.integers(1, 4), st.integers(0, 5))
def test_it_agrees_with_numpy_for_any_numbers(data, width, rows):
    found = data.draw(arrays(np.float32, (rows, width), elements=NUMBERS))
    low, high = (data.draw(arrays(np.float32, width, elements=NUMBERS)) for _ in range(2))
    expected = bool(((found >= low) & (found <= high)).all())
    assert is_within(found.ravel(), low, high) == expected


def test_bounds_belong_to_it_and_what_is_no_number_does_not():
    low, high = np.array([-1, 0], np.float32), np.array([1, 0], np.float32)
    for inside in ([-1, 0], [1, 0], [0.5, -0.0]):
        assert is_within(np.array(inside, np.float32), low, high)
    for outside in ([np.nextafter(np.float32(1), np.float32(2)), 0], [np.nan, 0], [0, np.nan], [np.inf, 0], [0, 1e-45]):
        assert not is_within(np.array(outside, np.float32), low, high)
