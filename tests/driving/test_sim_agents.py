"""Rollouts of recorded scenes: whose they are, what they last, and that the order of their scores is the right one."""

import re
from dataclasses import replace

import numpy as np
import pytest
from driving.files.scenarios import lanelet, obstacle, state, write
from worlds_for_tests import write_recording

from envs.driving.realism import FEATURES, PSEUDOCOUNT, realism
from envs.driving.realism_features import features
from envs.driving.sim_agents import common_start, scene_of, straight_on, usable_recordings
from envs.kernels.road_records import TRACK

DRIVERS = ("log-replay", "idm")


def swinging(name, x, y):
    """Seven seconds of a vehicle that slows down and speeds up again."""
    states = []
    for k in range(70):
        speed = 9.0 + 3.0 * np.cos(0.09 * k)
        states.append(state(k, x, y, speed=speed, tag="state" if k else "initialState"))
        x += 0.1 * speed
    return obstacle(name, states)


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    """Twelve vehicles at constant speed."""
    return scene_of(usable_recordings(write_recording(tmp_path_factory.mktemp("steady")))[0], drivers=DRIVERS)


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """Six that swing."""
    body = lanelet(1, length=400.0) + "".join(swinging(10 + k, 8.0 + 30.0 * k, 0.0) for k in range(6))
    return scene_of(usable_recordings(write(tmp_path_factory.mktemp("lively"), body))[0], drivers=DRIVERS)


def test_each_vehicle_is_the_ego_once_and_judged_in_all_other_rollouts(steady):
    assert steady.num_rollouts == steady.num_judged == 12
    assert list(steady.simulated) == ["log", "reactive, ego log-replay", "reactive, ego idm", "constant velocity"]
    for motion in steady.simulated.values():
        assert motion.poses.shape == (12, 70, 12, 3)
        assert (motion.bystanders == np.eye(12, dtype=bool)).all()


def test_all_kinds_know_the_same_times(lively):
    known = [~np.isnan(motion.poses[..., 0]) for motion in lively.simulated.values()]
    assert all((one == known[0]).all() for one in known)
    assert known[0][:, :30].all()


def test_round_egos_that_do_as_recorded_reactive_traffic_is_the_log(lively):
    log, played = lively.simulated["log"], lively.simulated["reactive, ego log-replay"]
    judged = ~played.bystanders[:, None, :, None] & ~np.isnan(played.poses)
    assert np.allclose(played.poses[judged], log.poses[judged], atol=1e-9)


def test_the_log_of_steady_traffic_scores_what_its_pseudocounts_leave(steady):
    scores, motion = realism(steady.logged, steady.simulated["log"]), steady.simulated["log"]
    values = features(motion)["linear_speed"]
    count = (~np.isnan(values)).sum(axis=(0, 1))  # all in one bin, for each actor
    bins = FEATURES["linear_speed"].bins
    expected = (count + PSEUDOCOUNT) / (count + bins * PSEUDOCOUNT)
    assert scores["linear_speed"] == pytest.approx(np.exp(np.log(expected).mean()))
    assert scores["collision"] == scores["off_road"] == pytest.approx(11.1 / 11.2)


def test_steady_traffic_is_at_constant_velocity(steady):
    log, guess = (realism(steady.logged, steady.simulated[kind]) for kind in ("log", "constant velocity"))
    assert guess == pytest.approx(log)


def test_the_log_is_more_realistic_than_constant_velocity_and_reactive_traffic_lies_between(lively):
    scores = {kind: realism(lively.logged, motion)["realism"] for kind, motion in lively.simulated.items()}
    assert scores["log"] == pytest.approx(scores["reactive, ego log-replay"], abs=0.01)
    assert scores["log"] > scores["reactive, ego idm"] > scores["constant velocity"] + 0.02


def test_bystanders_are_met_but_not_judged(steady):
    motion = replace(steady.simulated["log"], bystanders=None)
    everybody, judged = features(motion), features(steady.simulated["log"])
    for name, values in judged.items():
        ego = (
            np.eye(12, dtype=bool)
            if values.ndim == 2
            else np.broadcast_to(np.eye(12, dtype=bool)[:, None], values.shape)
        )
        assert np.isnan(values[ego]).all()
        np.testing.assert_array_equal(values[~ego], everybody[name][~ego])


def test_a_scene_begins_where_most_tracks_do():
    tracks = np.zeros(6, TRACK)
    tracks["first"] = [3, 0, 3, 7, 3, 0]
    egos, first = common_start(tracks, 16)
    assert (egos.tolist(), first) == ([0, 2, 4], 3)
    assert common_start(tracks, 2)[0].tolist() == [0, 2]
    assert common_start(tracks[[1, 3]], 16)[1] == 0


def test_straight_on_keeps_speed_and_heading():
    poses = straight_on(np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 0.5 * np.pi]]), np.array([10.0, 5.0]), 11)
    assert poses[-1] == pytest.approx(np.array([[11.0, 2.0, 0.0], [0.0, 5.0, 0.5 * np.pi]]))


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"drivers": ("idmm",)}, "Unknown driver 'idmm'. Did you mean 'idm'?"),
        ({"drivers": ()}, "'drivers': expected one driver of the egos or several"),
        ({"rollouts": 0}, "'rollouts': expected 1 to 128, got 0"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, wrong, expected):
    recording = usable_recordings(write_recording(tmp_path))[0]
    with pytest.raises(ValueError, match=re.escape(expected)):
        scene_of(recording, **wrong)


def test_recordings_without_an_ego_are_refused_by_name(tmp_path):
    path = write(tmp_path, lanelet(1))
    with pytest.raises(ValueError, match=r"'path': expected vehicles on the road for 3 s, got '.*road\.xml'"):
        usable_recordings(path)


def test_real_reactive_traffic_is_more_realistic_than_constant_velocity(data_folder):
    for name in ("USA_Peach-4_8_T-1", "USA_US101-3_3_T-1", "ZAM_Tutorial-1_2_T-1"):
        [recording] = usable_recordings(data_folder / f"commonroad/{name}.xml")
        scene = scene_of(recording, drivers=("idm",), rollouts=4)
        log, reactive, guess = (realism(scene.logged, motion)["realism"] for motion in scene.simulated.values())
        assert log + 0.01 > reactive > guess
