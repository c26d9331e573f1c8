"""Which lanes a track follows, and the path along them."""

import itertools

import numpy as np
import pytest
from driving.files.scenarios import driving, lanelet, obstacle, state, write

from envs.driving.files import read_recording
from envs.kernels.road_records import PATH_STEP


def read(tmp_path, body, **words):
    (recording,) = read_recording(write(tmp_path, body, **words))
    return recording


def route_of(recording, ego=0):
    network = recording.network
    route = network.routes[ego]
    lanes = network.route_lanes[route["first"] : route["first"] + route["count"]]
    path = network.path[route["first_point"] : route["first_point"] + route["num_points"]]
    return route, lanes.tolist(), path


def track(name, rows):
    """A vehicle along (x, y) rows, heading as it moves."""
    rows = np.asarray(rows, float)
    headings = np.arctan2(*np.gradient(rows, axis=0).T[::-1])
    states = [
        state(k, x, y, heading=h, tag="state" if k else "initialState")
        for k, ((x, y), h) in enumerate(zip(rows, headings, strict=True))
    ]
    return obstacle(name, states)


def successors(*names):
    return "".join(f'<successor ref="{name}"/>' for name in names)


THREE = lanelet(1, length=60, inside=successors(2)) + lanelet(2, start=60, length=60, inside=successors(3))
THREE += lanelet(3, start=120, length=80)


def test_a_track_along_lanes_follows_their_sequence(tmp_path):
    recording = read(tmp_path, THREE + driving(7, 101, x=20.0, y=0.6))
    route, lanes, path = route_of(recording)
    assert lanes == [0, 1, 2]
    np.testing.assert_allclose(path["y"], 0.0, atol=1e-9)
    np.testing.assert_allclose(np.diff(path["x"]), PATH_STEP, atol=1e-9)
    assert path["x"][0] + route["start"] == pytest.approx(20.0)
    assert path["x"][0] + route["goal"] == pytest.approx(120.0)
    assert path["x"][-1] > 120.0 + 50.0, "the path goes on beyond the goal"
    np.testing.assert_allclose(path["heading"], 0.0, atol=1e-9)
    expected = np.clip(np.searchsorted([60.0, 120.0], path["x"]), 0, 2)
    away = np.abs(path["x"][:, None] - [60.0, 120.0]).min(axis=1) > 0.5
    np.testing.assert_array_equal(path["lane"][away], expected[away])
    np.testing.assert_allclose(
        path["lane_s"][away & (path["x"] < 200)], (path["x"] - 60 * expected)[away & (path["x"] < 200)], atol=1e-6
    )


def test_beyond_the_map_the_path_goes_straight_on(tmp_path):
    recording = read(tmp_path, lanelet(1, length=110.0) + driving(7, 101, x=5.0))
    _, lanes, path = route_of(recording)
    assert lanes == [0]
    np.testing.assert_allclose(path["y"], 0.0, atol=1e-9)
    assert path["x"][-1] > 150.0
    assert path["x"][0] < -4.0


def test_a_lane_change_is_blended_into_the_path(tmp_path):
    right = lanelet(1, length=300.0, inside='<adjacentLeft ref="2" drivingDir="same"/>')
    left = lanelet(2, y=4.0, length=300.0, inside='<adjacentRight ref="1" drivingDir="same"/>')
    x = 10.0 + np.arange(0, 201, 1.0)
    recording = read(tmp_path, right + left + track(7, np.stack((x, 4.0 / (1 + np.exp(-(x - 110) / 6))), axis=1)))
    route, lanes, path = route_of(recording)
    assert lanes == [0, 1]
    np.testing.assert_allclose(path["y"][path["x"] < 85], 0.0, atol=1e-9)
    np.testing.assert_allclose(path["y"][path["x"] > 135], 4.0, atol=1e-9)
    assert np.interp(110.0, path["x"], path["y"]) == pytest.approx(2.0, abs=0.6)
    steps = np.hypot(np.diff(path["x"]), np.diff(path["y"]))
    np.testing.assert_allclose(steps, PATH_STEP, rtol=1e-3)
    curvature = np.diff(path["heading"]) / PATH_STEP
    assert np.abs(curvature).max() < 0.08
    assert route["goal"] - route["start"] == pytest.approx(200.0, abs=2.0)


def test_a_track_on_no_lane_gets_a_lane_of_its_own(tmp_path):
    angle = np.linspace(0, 1.5, 80)
    yard = np.stack((400 + 60 * np.sin(angle), 60 - 60 * np.cos(angle)), axis=1)
    recording = read(tmp_path, lanelet(1) + track(7, yard) + driving(8, 60))
    route, lanes, path = route_of(recording)
    network = recording.network
    assert lanes == [1]
    assert len(network.lanes) == 2
    lane = network.lanes[1]
    assert (lane["num_next"], lane["left"], lane["right"]) == (0, -1, -1)
    along = path[int(route["start"]) + 1 : int(route["goal"])]
    np.testing.assert_allclose(np.hypot(along["x"] - 400, along["y"] - 60), 60.0, atol=0.2)
    assert route_of(recording, 1)[1] == [0]


def test_driving_against_the_flow_is_following_no_lane(tmp_path):
    x = 150.0 - np.arange(0, 100, 1.0)
    recording = read(tmp_path, lanelet(1) + track(7, np.stack((x, 0 * x), axis=1)))
    _, lanes, path = route_of(recording)
    assert lanes == [1]
    np.testing.assert_allclose(np.abs(path["heading"]), np.pi, atol=1e-6)


def test_every_step_of_a_route_is_a_successor_or_a_neighbour(recordings):
    for recording in recordings:
        network = recording.network
        for ego in recording.egos:
            route, lanes, path = route_of(recording, ego)
            for here, there in itertools.pairwise(lanes):
                row = network.lanes[here]
                assert there in (*row["next"][: row["num_next"]], row["left"], row["right"])
            frames = network.frames[ego, network.tracks[ego]["first"] : network.tracks[ego]["last"] + 1]
            off = np.hypot(path["x"] - frames["x"][:, None], path["y"] - frames["y"][:, None]).min(axis=1)
            assert off.max() < 4.2
            assert 0 < route["start"] < route["goal"] < route["num_points"] - 40
            steps = np.hypot(np.diff(path["x"]), np.diff(path["y"]))
            np.testing.assert_allclose(steps, PATH_STEP, rtol=0.02)
            assert np.abs(np.diff(np.unwrap(path["heading"]))).max() < 0.5
            assert set(path["lane"]) <= set(lanes)
