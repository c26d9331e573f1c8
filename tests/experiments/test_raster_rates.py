"""What is timed against each other draws the same."""

import numpy as np

from envs.kernels.road_views import CROSSWALK, DRIVABLE, LANE_BOUNDARY, draw_grounds, draw_views
from experiments.raster_rates import crop_plainly, drawn, open_crowd

GROUND = [DRIVABLE, LANE_BOUNDARY, CROSSWALK]


def test_a_plain_crop_gives_the_ground_of_the_views():
    worlds = open_crowd(16)
    views, ground, plain = (drawn(worlds, draw)[:, :, GROUND] for draw in (draw_views, draw_grounds, crop_plainly))
    np.testing.assert_array_equal(views, ground)
    # Views are drawn in fixed-point numbers: a centre within 1/2048 of an edge may fall into the cell beside its own.
    assert (ground != plain).mean() < 2e-3
    assert all(0.0 < (plain[:, :, k] > 0).mean() < 1.0 for k in range(len(GROUND)))


def test_the_ground_is_nothing_but_the_ground():
    others = np.delete(drawn(open_crowd(2), draw_grounds), GROUND, axis=2)
    assert not others.any()
