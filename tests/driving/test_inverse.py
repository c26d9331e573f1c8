"""Controls are recovered from poses: exactly where a bicycle drove, closely where people did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.driving.inverse import (
    Vehicle,
    controls_of_poses,
    controls_towards_poses,
    drive,
    recovery_error,
    speeds_of_poses,
)


def smooth_controls(seed, steps=80):
    rng, t = np.random.default_rng(seed), 0.1 * np.arange(steps)
    acceleration = 1.2 * np.sin(0.8 * t + rng.uniform(0, 6))
    return np.stack([acceleration, 0.1 * np.sin(0.7 * t + rng.uniform(0, 6))], axis=1)


def speeds_under(speed, controls):
    return np.concatenate([[speed], speed + 0.1 * np.cumsum(controls[:, 0])])


@given(st.integers(0, 1000), st.floats(5.0, 25.0))
def test_inverse_then_forward_is_the_identity(seed, speed):
    controls = smooth_controls(seed)
    poses = drive(np.array([3.0, -2.0, 2.5]), speed, controls)
    found = controls_of_poses(poses, speeds=speeds_under(speed, controls))
    assert found == pytest.approx(controls, abs=1e-9)
    assert drive(poses[0], speed, found) == pytest.approx(poses, abs=1e-9)


def test_speeds_are_recovered_from_places_alone():
    controls = smooth_controls(1)
    poses = drive(np.zeros(3), 10.0, controls)
    assert speeds_of_poses(poses) == pytest.approx(speeds_under(10.0, controls), abs=0.02)
    assert recovery_error(poses, controls_of_poses(poses)).max() < 0.1


def test_who_stands_has_no_speed_and_no_controls():
    poses = np.tile([1.0, 2.0, 3.0], (20, 1))
    assert not speeds_of_poses(poses).any()
    assert not controls_of_poses(poses).any()
    assert not controls_towards_poses(poses).any()


def test_two_poses_are_enough():
    poses = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    assert speeds_of_poses(poses).tolist() == [10.0, 10.0]
    assert controls_of_poses(poses).tolist() == [[0.0, 0.0]]


def test_a_rough_recording_is_followed_closely_within_the_limits():
    controls = smooth_controls(2, steps=150)
    poses = drive(np.zeros(3), 12.0, controls)
    rough = poses + np.random.default_rng(3).normal(0.0, [0.05, 0.05, 0.01], poses.shape)
    found = controls_towards_poses(rough)
    assert recovery_error(rough, found).max() < 0.5
    assert np.abs(found[:, 0]).max() <= 6.0
    assert np.abs(np.diff(found[:, 1])).max() <= 0.12 + 1e-12


def test_errors_are_counted_from_each_windows_beginning():
    poses = drive(np.zeros(3), 10.0, np.zeros((20, 2)))
    wrong = np.tile([1.0, 0.0], (20, 1))
    whole, windows = recovery_error(poses, wrong), recovery_error(poses, wrong, window=10)
    assert whole[-1] == pytest.approx(0.5 * 2.0**2, rel=0.01)
    assert windows[[10, 20]] == pytest.approx([0.5, 0.5], rel=0.01)


@pytest.mark.parametrize(
    ("poses", "message"),
    [
        (np.zeros((1, 3)), "at least 2 rows"),
        (np.array([[0.0, 0.0, 0.0], [1.0, np.nan, 0.0]]), r"got nan in row 1, column 1 \(x, y, heading\)"),
    ],
)
def test_poses_that_tell_no_motion_are_refused(poses, message):
    for recover in (speeds_of_poses, controls_of_poses, controls_towards_poses):
        with pytest.raises(ValueError, match=message):
            recover(poses)


def test_recorded_tracks_are_recovered(data_folder):
    from envs.driving.files.reading import read_recording

    path = data_folder / "commonroad" / "USA_US101-3_3_T-1.xml"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    network = read_recording(path)[0].network
    errors, followed = [], []
    for track, frames in list(zip(network.tracks, network.frames, strict=True))[:12]:
        rows = frames[track["first"] : track["last"] + 1]
        poses = np.stack([rows["x"], rows["y"], rows["heading"]], axis=1)
        if len(poses) < 20 or not rows["valid"].all() or np.hypot(*(poses[-1] - poses[0])[:2]) < 5:
            continue
        vehicle = Vehicle(wheelbase=0.6 * float(track["length"]))
        errors.append(recovery_error(poses, controls_of_poses(poses, vehicle=vehicle), window=10, vehicle=vehicle))
        followed.append(recovery_error(poses, controls_towards_poses(poses, vehicle=vehicle), vehicle=vehicle))
    assert np.percentile(np.concatenate(errors), 95) < 0.2
    assert np.percentile(np.concatenate(followed), 95) < 0.3
