"""While testing, arguments are what annotations say, with arrays among them or without."""

import numpy as np
import pytest

from envs.core.arguments import check_count
from world_models.forecasts import soft_iou


def test_a_wrong_type_is_refused_where_there_are_no_arrays():
    check_count("num_envs", 3)
    with pytest.raises(Exception, match="check_count"):
        check_count(3, 3)


def test_axes_of_one_name_have_one_size():
    p, t = np.full((2, 5), 0.5), np.ones((2, 5), np.bool_)
    assert soft_iou(p, t).shape == (2,)
    with pytest.raises(Exception, match="cell"):
        soft_iou(p, t[:, :4])
