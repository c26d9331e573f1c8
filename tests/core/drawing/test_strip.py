import numpy as np
import pytest

from envs.core.drawing import palette
from envs.core.drawing.strip import write_facts, write_pill


def _paper():
    image = np.empty((40, 400, 3), dtype=np.uint8)
    image[:] = palette.PAPER
    return image


def _inked_columns(image):
    return np.flatnonzero((image != np.array(palette.PAPER)).any(axis=(0, 2)))


@pytest.mark.parametrize("count", [1, 3, 40])
def test_facts_stay_between_left_and_right_and_end_where_it_says(count):
    image = _paper()
    caption = "  ".join(f"fact number {n}" for n in range(count))
    end = write_facts(image, caption, size=24, left=30, right=300, middle=20)
    columns = _inked_columns(image)
    assert columns.min() >= 30
    assert columns.max() <= 300
    assert abs(columns.max() - end) <= 4


def test_the_first_fact_is_darker_than_the_rest():
    image = _paper()
    write_facts(image, "first  second", size=24, left=10, right=390, middle=20)
    columns = _inked_columns(image)
    gap = columns[np.argmax(np.diff(columns))]
    assert image[:, : gap + 1].min() < image[:, gap + 1 :].min()


def test_a_pill_ends_at_its_right_and_keeps_its_distance_from_what_comes_before():
    image = _paper()
    begin = write_pill(image, "success", size=22, right=380, middle=20.0, half=12.0, colour=palette.STATUS["success"])
    columns = _inked_columns(image)
    assert abs(columns.max() - 380) <= 2
    assert 8 <= columns.min() - begin <= 16
    assert (image == np.array(palette.STATUS["success"])).all(axis=-1).sum() > 200
