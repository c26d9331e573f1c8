"""Samples at any times become frames at tenths of a second."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from envs.driving.files.tracks import EgoNeeds, RawTrack, ego_worth, frames_of, track_arrays
from envs.kernels.road_records import PEDESTRIAN, VEHICLE


def raw(times, x, *, speeds=None, kind=VEHICLE, heading=0.0):
    times, x = np.asarray(times, float), np.asarray(x, float)
    poses = np.stack((x, 0 * x, 0 * x + heading), axis=1)
    speeds = np.full(len(times), np.nan) if speeds is None else np.asarray(speeds, float)
    return RawTrack("7", kind, 4.5, 1.8, times, poses, speeds)


@given(st.integers(0, 2**32 - 1))
def test_at_times_of_samples_frames_are_samples_and_between_them_lie_between(seed):
    rng = np.random.default_rng(seed)
    steps = np.unique(rng.integers(0, 60, 30))
    x = rng.normal(size=len(steps)) * 50
    first, frames = frames_of(raw(steps * 0.1, x), sample_step=0.1)
    assert first == steps[0]
    assert len(frames) == steps[-1] - steps[0] + 1
    np.testing.assert_array_equal(frames["x"][steps - first], x)
    np.testing.assert_allclose(frames["x"], np.interp(np.arange(first, steps[-1] + 1), steps, x), atol=1e-9)
    np.testing.assert_array_equal(np.flatnonzero(frames["valid"]) + first, steps)


def test_frames_begin_and_end_inside_the_samples():
    first, frames = frames_of(raw([0.05, 0.15, 0.25, 0.349], [0, 1, 2, 3]), sample_step=0.1)
    assert (first, len(frames)) == (1, 3)
    np.testing.assert_allclose(frames["x"][:2], (0.5, 1.5))


def test_unknown_speeds_are_slopes_and_standing_still_is_near_zero_in_spite_of_noise():
    t = np.arange(40) * 0.1
    _, frames = frames_of(raw(t, 7.0 * t), sample_step=0.1)
    np.testing.assert_allclose(frames["speed"], 7.0)
    _, frames = frames_of(raw(t, -7.0 * t), sample_step=0.1)
    np.testing.assert_allclose(frames["speed"], 0.0)
    _, frames = frames_of(raw(t, -1.5 * t, kind=PEDESTRIAN), sample_step=0.1)
    np.testing.assert_allclose(frames["speed"], 1.5)
    noise = np.random.default_rng(0).normal(size=40) * 0.02
    _, frames = frames_of(raw(t, noise), sample_step=0.1)
    assert frames["speed"].mean() < 0.1


def test_trembling_on_the_spot_is_no_movement():
    t = np.arange(100) * 0.1
    noise = np.random.default_rng(0).normal(size=100) * 0.1
    tracks, frames = track_arrays([raw(t, noise), raw(t, 2 * t)], sample_step=0.1)
    worth = [ego_worth(track, rows, EgoNeeds()) for track, rows in zip(tracks, frames, strict=True)]
    assert worth[0] == 0.0
    assert abs(worth[1] - 19.8) < 0.6


def test_a_single_sample_is_one_frame():
    first, frames = frames_of(raw([0.3], [5.0]), sample_step=0.1)
    assert (first, len(frames), frames["valid"][0], frames["speed"][0]) == (3, 1, 1, 0.0)
