"""Realism: histograms, weights, and that what happened is more likely under itself than under a worse guess."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twins.road_boxes import box

from envs.driving.realism import FEATURES, Feature, bin_of, histogram, likelihood, realism
from envs.driving.realism_features import Motion, box_distance, features

SIZES = {"lengths": np.full(4, 4.6), "widths": np.full(4, 1.9)}
boxes = st.tuples(
    *(st.floats(-8, 8), st.floats(-8, 8), st.floats(-np.pi, np.pi), st.floats(0.5, 6.0), st.floats(0.5, 3.0))
)


def still(*places, time=5):
    """Poses [time actor 3] of vehicles that stand at (x, y, heading)."""
    return np.broadcast_to(np.array(places, float), (time, len(places), 3)).copy()


def synthetic(seed=0, time=80):
    """Poses [time 4 3] of vehicles that swerve, brake and start again, each in a lane of its own."""
    rng = np.random.default_rng(seed)
    t = 0.1 * np.arange(time)
    poses = np.empty((time, 4, 3))
    for i in range(4):
        speed = 8 + 5 * np.sin(0.9 * t + rng.uniform(0, 6))
        heading = 0.15 * np.sin(1.1 * t + rng.uniform(0, 6))
        poses[:, i, 0] = np.cumsum(speed * np.cos(heading)) * 0.1
        poses[:, i, 1] = 8 * i + np.cumsum(speed * np.sin(heading)) * 0.1
        poses[:, i, 2] = heading
    return poses


def coasting(poses):
    """The same actors at the velocity that they begin with."""
    velocity = poses[1, :, :2] - poses[0, :, :2]
    guess = np.broadcast_to(poses[0], poses.shape).copy()
    guess[..., :2] += np.arange(len(poses))[:, None, None] * velocity
    return guess


def rollouts_of(poses, count=32):
    return Motion(poses=np.repeat(poses[None], count, axis=0), **SIZES)


def test_the_weights_sum_to_one():
    assert sum(feature.weight for feature in FEATURES.values()) == pytest.approx(1.0)


def test_a_histogram_is_a_distribution_and_a_pseudocount_keeps_it_from_zero():
    feature = Feature(0.0, 10.0, 5, 1.0)
    chances = histogram(feature, np.array([1.0, 1.0, 3.0]))
    assert chances == pytest.approx(np.array([2.1, 1.1, 0.1, 0.1, 0.1]) / 3.5)
    assert chances.sum() == pytest.approx(1.0)


def test_values_beyond_the_range_count_to_the_outermost_bins():
    assert bin_of(Feature(-1.0, 1.0, 4, 1.0), np.array([-9.0, -1.0, 0.0, 1.0, 9.0])).tolist() == [0, 0, 2, 3, 3]


def test_a_logged_value_within_the_rollouts_is_likelier_than_one_beyond():
    feature, simulated = FEATURES["linear_speed"], np.random.default_rng(0).normal(10.0, 1.0, (32, 20, 1))
    within = likelihood(feature, np.full((20, 1), 10.0), simulated)
    beyond = likelihood(feature, np.full((20, 1), 20.0), simulated)
    assert within > 10 * beyond > 0.0


def test_the_likelihood_is_the_geometric_mean_over_actors_and_times():
    feature = Feature(0.0, 2.0, 2, 1.0)
    simulated = np.array([[[0.5, 1.5]], [[0.5, 0.5]]])  # actor 0 always low, actor 1 either
    expected = np.sqrt((2.1 / 2.2) * (1.1 / 2.2))
    assert likelihood(feature, np.array([[0.5, 0.5]]), simulated) == pytest.approx(expected)


def test_perfect_replay_beats_constant_velocity():
    for seed in range(3):
        poses = synthetic(seed)
        logged = Motion(poses=poses, **SIZES)
        replay, guess = realism(logged, rollouts_of(poses)), realism(logged, rollouts_of(coasting(poses)))
        assert replay["realism"] > guess["realism"] + 0.05
        assert replay["linear_acceleration"] > guess["linear_acceleration"]
        assert replay["collision"] == pytest.approx(32.1 / 32.2)


def test_traffic_that_collides_or_leaves_the_road_where_the_recording_did_not_is_unlikely():
    places = still((0, 0, 0), (10, 0, 0), (0, 20, 0), (10, 20, 0))
    crashed = still((0, 0, 0), (2, 0, 0), (0, 20, 0), (10, 20, 0))
    inside, outside = np.full(places.shape[:2], -5.0), np.full(places.shape[:2], 5.0)
    logged = Motion(poses=places, edge_distance=inside, light_violation=np.zeros(4, bool), **SIZES)
    worse = Motion(poses=crashed[None], edge_distance=outside[None], light_violation=np.ones((1, 4), bool), **SIZES)
    same = Motion(poses=places[None], edge_distance=inside[None], light_violation=np.zeros((1, 4), bool), **SIZES)
    good, bad = realism(logged, same), realism(logged, worse)
    for name in ("collision", "off_road", "light_violation", "edge_distance", "realism"):
        assert good[name] > bad[name]


def test_features_nothing_is_known_of_leave_the_mean():
    poses = synthetic()
    scores = realism(Motion(poses=poses, **SIZES), rollouts_of(poses))
    assert "off_road" not in scores
    known = {name: FEATURES[name].weight for name in scores if name != "realism"}
    mean = sum(weight * scores[name] for name, weight in known.items()) / sum(known.values())
    assert scores["realism"] == pytest.approx(mean)


def test_speeds_and_turns_are_differences_and_wrap():
    t = 0.1 * np.arange(20)
    heading = np.pi - 0.05 + 0.4 * t
    poses = np.stack([3 * np.cos(heading), 3 * np.sin(heading), np.arctan2(np.sin(heading), np.cos(heading))], axis=-1)
    found = features(Motion(poses=poses[:, None], lengths=np.ones(1), widths=np.ones(1)))
    assert found["linear_speed"][1:, 0] == pytest.approx(1.2, rel=1e-3)
    assert found["angular_speed"][1:, 0] == pytest.approx(0.4)
    assert np.isnan(found["linear_speed"][0, 0])
    assert np.isnan(found["angular_acceleration"][1, 0])
    assert found["angular_acceleration"][2:, 0] == pytest.approx(0.0, abs=1e-9)


def test_time_to_collision_is_the_gap_over_the_closing_speed():
    poses = still((0, 0, 0), (30, 0, 0), (0, 10, 0), (20, 10, np.pi), time=3)
    poses[:, 0, 0] += 0.1 * 10.0 * np.arange(3)  # 10 m/s towards one that stands
    poses[:, 2, 0] += 0.1 * 10.0 * np.arange(3)  # and towards one that faces it
    found = features(Motion(poses=poses, **SIZES))["time_to_collision"]
    assert found[1, 0] == pytest.approx((29.0 - 4.6) / 10.0)
    assert found[1, 1:].tolist() == [5.0, 5.0, 5.0]


def test_who_is_not_there_has_no_features_and_meets_nobody():
    poses = still((0, 0, 0), (1, 0, 0), (50, 0, 0), (90, 0, 0))
    poses[:, 1] = np.nan
    found = features(Motion(poses=poses, **SIZES))
    assert np.isnan(found["collision"][1])
    assert found["collision"][0] == 0.0
    assert found["nearest_distance"][0, 0] == pytest.approx(40.0)


@given(boxes, boxes)
def test_distances_of_boxes_are_those_of_polygons(a, b):
    found = box_distance(np.array([a]), np.array([b]))[0]
    expected = box(*a).distance(box(*b))
    assert max(float(found), 0.0) == pytest.approx(expected, abs=1e-9)
    if box(*a).intersects(box(*b)):
        assert found <= 1e-9


def test_rollouts_of_another_length_are_refused_with_both_shapes():
    logged = Motion(poses=synthetic(), **SIZES)
    with pytest.raises(ValueError, match=r"\[rollout, 80, 4, 3\], got \[32, 70, 4, 3\]"):
        realism(logged, rollouts_of(synthetic(time=70)))
