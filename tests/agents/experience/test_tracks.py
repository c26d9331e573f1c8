"""Who counts as present: the same body as at frame 0, for as long as it is there."""

import numpy as np

from agents.experience.tracks import tracks_of
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE

GONE = ABSENT


def test_who_leaves_comes_later_or_is_somebody_else_is_not_present():
    kinds = np.array(
        [
            [VEHICLE, VEHICLE, VEHICLE, GONE, PEDESTRIAN, VEHICLE],
            [VEHICLE, GONE, VEHICLE, VEHICLE, PEDESTRIAN, VEHICLE],
            [GONE, VEHICLE, VEHICLE, VEHICLE, PEDESTRIAN, PEDESTRIAN],
        ],
        np.int8,
    )
    lives = np.zeros((3, 6), np.int32)
    lives[2, 1] = 1  # came back as another
    lives[1:, 2] = 1  # replaced between frames
    sizes = np.ones((1, 6, 2), np.float32)
    tracks = tracks_of(np.zeros((1, 3, 6, 3)), kinds[None], lives[None], sizes)
    expected = [
        [True, True, True, False, True, True],
        [True, False, False, False, True, True],
        [True, False, False, False, True, False],
    ]
    assert tracks.present[0].tolist() == expected
    assert tracks.are_pedestrians[0].tolist() == [False] * 4 + [True, False]


def test_one_who_is_gone_for_a_frame_does_not_come_back():
    kinds = np.array([[VEHICLE, VEHICLE], [VEHICLE, GONE], [VEHICLE, VEHICLE]], np.int8)
    tracks = tracks_of(
        np.zeros((1, 3, 2, 3)), kinds[None], np.zeros((1, 3, 2), np.int32), np.ones((1, 2, 2), np.float32)
    )
    assert tracks.present[0, :, 1].tolist() == [True, False, False]
