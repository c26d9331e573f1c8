"""Obstacles of CommonRoad, one test for each way in which files differ."""

import numpy as np
import pytest
from driving.files.scenarios import RECTANGLE, driving, lanelet, obstacle, state, write

from envs.driving.files import read_recording
from envs.kernels.road_records import OBSTACLE, PEDESTRIAN, VEHICLE


def read(tmp_path, body, **words):
    (recording,) = read_recording(write(tmp_path, body, **words))
    return recording


def poses_of(recording, track=0):
    network = recording.network
    own = network.tracks[track]
    frames = network.frames[track, own["first"] : own["last"] + 1]
    return np.stack((frames["x"], frames["y"], frames["heading"]), axis=1), frames


def test_both_versions_say_the_same(tmp_path):
    old = read(tmp_path, lanelet(1) + driving(7, 80, version="2018b"), version="2018b")
    new = read(tmp_path, lanelet(1) + driving(7, 80), version="2020a")
    assert old.egos == new.egos == (0,)
    np.testing.assert_array_equal(old.network.frames, new.network.frames)
    np.testing.assert_array_equal(old.network.tracks, new.network.tracks)
    assert new.network.tracks[0]["length"] == 4.5
    assert new.network.tracks[0]["width"] == 1.8


def test_frames_are_the_states_of_the_file_exactly(tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(30, 3)) * (100, 100, 1)
    states = [
        state(k, repr(float(x)), repr(float(y)), heading=repr(float(h)), tag="state" if k else "initialState")
        for k, (x, y, h) in enumerate(rows)
    ]
    recording = read(tmp_path, lanelet(1) + obstacle(7, states))
    poses, frames = poses_of(recording)
    np.testing.assert_array_equal(poses[:, :2], rows[:, :2])
    np.testing.assert_allclose(np.cos(poses[:, 2] - rows[:, 2]), 1.0, atol=1e-15)
    assert frames["valid"].all()


def test_steps_of_a_fifth_of_a_second_become_frames_of_a_tenth(tmp_path):
    recording = read(tmp_path, lanelet(1) + driving(7, 31, step=0.2), step=0.2)
    poses, frames = poses_of(recording)
    assert len(poses) == 61
    np.testing.assert_allclose(poses[:, 0], 5.0 + np.arange(61), atol=1e-9)
    np.testing.assert_allclose(frames["speed"], 10.0)
    assert frames["valid"].all()


def test_intervals_and_rectangles_stand_for_their_middle(tmp_path):
    box = (
        "<rectangle><length>3</length><width>1</width><orientation>0.3</orientation>"
        "<center><x>{x}</x><y>2</y></center></rectangle>"
    )
    states = [
        state(
            k,
            0,
            heading=(-0.1, 0.3),
            speed=(8.0, 12.0),
            position=box.format(x=4.0 + k),
            tag="state" if k else "initialState",
        )
        for k in range(5)
    ]
    poses, frames = poses_of(read(tmp_path, lanelet(1) + obstacle(7, states)))
    np.testing.assert_allclose(poses, [(4.0 + k, 2.0, 0.1) for k in range(5)])
    np.testing.assert_allclose(frames["speed"], 10.0)


def test_acceleration_may_be_given_or_missing(tmp_path):
    without = [state(k, k, tag="state" if k else "initialState") for k in range(4)]
    having = [state(k, k, tag="state" if k else "initialState", acceleration=1.0) for k in range(4)]
    a = read(tmp_path, lanelet(1) + obstacle(7, without)).network.frames
    b = read(tmp_path, lanelet(1) + obstacle(7, having)).network.frames
    np.testing.assert_array_equal(a, b)


def test_headings_past_pi_are_wrapped_and_interpolated_the_short_way(tmp_path):
    headings = (3.0, 3.1, 3.2, 3.3)
    states = [state(k, -k, heading=h, tag="state" if k else "initialState") for k, h in enumerate(headings)]
    poses, _ = poses_of(read(tmp_path, lanelet(1) + obstacle(7, states), step=0.2))
    expected = np.array([3.0, 3.05, 3.1, 3.15, 3.2, 3.25, 3.3])
    np.testing.assert_allclose(poses[:, 2], np.where(expected > np.pi, expected - 2 * np.pi, expected), atol=1e-12)


def test_short_tracks_leave_early_and_late_ones_come_late(tmp_path):
    late = obstacle(9, [state(20, 50.0, tag="initialState"), state(21, 51.0), state(22, 52.0)])
    recording = read(tmp_path, lanelet(1) + driving(7, 80) + driving(8, 2, x=30.0) + late)
    network = recording.network
    spans = {name: (t["first"], t["last"]) for name, t in zip(recording.track_names, network.tracks, strict=True)}
    assert spans == {"7": (0, 79), "8": (0, 1), "9": (20, 22)}
    row = recording.track_names.index("9")
    np.testing.assert_array_equal(np.flatnonzero(network.frames[row]["valid"]), [20, 21, 22])
    assert recording.egos == (0,), "two frames are too short to drive"


def test_missing_states_leave_a_gap_that_is_not_valid(tmp_path):
    states = [state(k, k, tag="state" if k else "initialState") for k in range(70) if not 20 <= k < 30]
    recording = read(tmp_path, lanelet(1) + obstacle(7, states))
    _, frames = poses_of(recording)
    np.testing.assert_array_equal(np.flatnonzero(frames["valid"] == 0), np.arange(20, 30))
    assert recording.egos == (), "an ego must be there all the time"


def test_a_shape_with_its_own_centre_moves_the_box(tmp_path):
    shape = (
        "<rectangle><length>4</length><width>2</width><orientation>0.0</orientation>"
        "<center><x>1.5</x><y>0.5</y></center></rectangle>"
    )
    poses, _ = poses_of(
        read(tmp_path, lanelet(1) + obstacle(7, [state(0, 10, 20, heading=np.pi / 2, tag="initialState")], shape=shape))
    )
    np.testing.assert_allclose(poses[0], (9.5, 21.5, np.pi / 2))


def test_polygons_get_the_smallest_box_round_them(tmp_path):
    corners = np.array([(-2, -1), (2, -1), (2, 1), (-2, 1)]) @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    shape = f"<polygon>{''.join(f'<point><x>{x}</x><y>{y}</y></point>' for x, y in corners)}</polygon>"
    recording = read(tmp_path, lanelet(1) + obstacle(7, [state(0, 0, tag="initialState")], shape=shape))
    track = recording.network.tracks[0]
    np.testing.assert_allclose((track["length"], track["width"]), (4.0, 2.0))
    np.testing.assert_allclose(poses_of(recording)[0][0], (0, 0, np.arctan2(0.6, 0.8)), atol=1e-12)


@pytest.mark.parametrize("version", ["2018b", "2020a"])
def test_static_obstacles_stand_there_from_the_first_frame_to_the_last(tmp_path, version):
    wall = obstacle(
        5, [state(0, 60, 3, tag="initialState", speed=None)], version=version, role="static", type_="pillar"
    )
    parked = wall.replace('id="5"', 'id="6"').replace("pillar", "parkedVehicle")
    recording = read(tmp_path, lanelet(1) + wall + parked + driving(7, 60, version=version), version=version)
    network = recording.network
    rows = {name: k for k, name in enumerate(recording.track_names)}
    for name, kind in (("5", OBSTACLE), ("6", VEHICLE)):
        own = network.tracks[rows[name]]
        assert (own["kind"], own["first"], own["last"]) == (kind, 0, 59)
        frames = network.frames[rows[name]]
        assert frames["valid"].all()
        assert (frames["speed"] == 0).all()
        assert (frames["x"] == 60).all()


def test_types_become_kinds_and_road_boundaries_become_nobody(tmp_path):
    body = lanelet(1) + "".join(
        obstacle(k, [state(0, 10 * k, tag="initialState")], type_=type_)
        for k, type_ in enumerate(("truck", "bicycle", "pedestrian", "unknown", "roadBoundary"))
    )
    recording = read(tmp_path, body)
    kinds = dict(zip(recording.track_names, recording.network.tracks["kind"], strict=True))
    assert kinds == {"0": VEHICLE, "1": PEDESTRIAN, "2": PEDESTRIAN, "3": VEHICLE}


def test_egos_are_vehicles_that_stay_and_move_the_furthest_moving_first(tmp_path):
    still = obstacle(1, [state(k, 50, speed=0.0, tag="state" if k else "initialState") for k in range(80)])
    body = (
        lanelet(1)
        + still
        + driving(2, 80, speed=5.0)
        + driving(3, 80, x=90.0, speed=12.0)
        + driving(4, 80, x=60, speed=9.0, type_="bicycle")
        + driving(5, 40, x=30.0, speed=20.0)
    )
    recording = read(tmp_path, body)
    assert recording.egos == (0, 1)
    assert recording.track_names[:2] == ("3", "2")
    (shorter,) = read_recording(tmp_path / "road.xml", least_seconds=3.0)
    assert shorter.track_names[: len(shorter.egos)] == ("3", "5", "2")


def test_the_goal_of_the_planning_problem_is_kept(tmp_path):
    goal = (
        '<planningProblem id="9">{initial}<goalState><position>{place}</position><time>'
        "<intervalStart>50</intervalStart><intervalEnd>60</intervalEnd></time></goalState></planningProblem>"
    )
    initial = state(0, 0, tag="initialState")
    box = RECTANGLE.replace("</rectangle>", "<center><x>100</x><y>1</y></center></rectangle>")
    found = read(tmp_path, lanelet(1) + driving(7, 60) + goal.format(initial=initial, place=box)).goal
    assert found is not None
    assert found.time == (5.0, 6.0)
    np.testing.assert_allclose(sorted(map(tuple, found.areas[0]))[0], (97.75, 0.1))
    found = read(tmp_path, lanelet(1) + driving(7, 60) + goal.format(initial=initial, place='<lanelet ref="1"/>')).goal
    assert found is not None
    np.testing.assert_allclose((found.areas[0].min(axis=0), found.areas[0].max(axis=0)), ((0, -2), (200, 2)))
