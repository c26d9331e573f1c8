"""Argoverse 2: forecasting scenarios, sensor logs and vector maps, one test for each trap."""

import numpy as np
from driving.files import logs

from envs.driving.files import read_recording
from envs.driving.files.argoverse_sensor import REAR_AXLE_TO_CENTRE
from envs.kernels.road_records import CONNECTOR, OBSTACLE, PEDESTRIAN, ROAD, VEHICLE


def read(path):
    (recording,) = read_recording(path)
    return recording


def row_of(recording, name):
    return recording.track_names.index(name)


def frames_of(recording, name):
    network, row = recording.network, row_of(recording, name)
    own = network.tracks[row]
    return network.frames[row, own["first"] : own["last"] + 1]


def test_forecasting_states_are_frames_exactly(tmp_path):
    x = 50 + np.random.default_rng(0).normal(size=110)
    recording = read(logs.write_scenario(tmp_path, logs.driving() + logs.states("9", range(110), x, y=3.25)))
    frames = frames_of(recording, "9")
    np.testing.assert_array_equal(frames["x"], x)
    assert (frames["y"] == 3.25).all()
    assert recording.name == "Argoverse 2 tst"
    assert "AV" in [recording.track_names[k] for k in recording.egos]


def test_forecasting_has_no_sizes_so_types_have_usual_ones(tmp_path):
    rows = logs.driving() + [
        row
        for k, type_ in enumerate(("bus", "pedestrian", "cyclist", "static", "riderless_bicycle"))
        for row in logs.states(type_, range(5), 10 * k, type_=type_)
    ]
    recording = read(logs.write_scenario(tmp_path, rows))
    tracks = {name: recording.network.tracks[k] for k, name in enumerate(recording.track_names)}
    kinds = {name: track["kind"] for name, track in tracks.items()}
    assert kinds == {
        "AV": VEHICLE,
        "bus": VEHICLE,
        "pedestrian": PEDESTRIAN,
        "cyclist": PEDESTRIAN,
        "static": OBSTACLE,
        "riderless_bicycle": OBSTACLE,
    }
    assert tracks["bus"]["length"] > 2 * tracks["AV"]["length"] > 4 * tracks["pedestrian"]["length"] > 0


def test_missing_timesteps_are_a_gap(tmp_path):
    steps = [*range(20), *range(25, 60)]
    recording = read(logs.write_scenario(tmp_path, logs.states("9", steps, np.array(steps, float))))
    frames = frames_of(recording, "9")
    np.testing.assert_array_equal(np.flatnonzero(frames["valid"] == 0), np.arange(20, 25))
    assert recording.egos == ()


def sensor_log(tmp_path, *, stamps=None, with_ego=True, **words):
    """The ego drives along +x at 10 m/s, then everything is turned by `city`; a car keeps 20 m ahead, 3 m left."""
    stamps = np.arange(80) * 100_000_000 if stamps is None else stamps
    begin, boxes, poses, city = 315_975_581_000_000_000, [], [], 0.7
    cosine, sine = np.cos(city), np.sin(city)
    for stamp in stamps:
        s = 10.0 * stamp * 1e-9
        poses.append(logs.pose(begin + stamp, s * cosine, s * sine, turn=logs.yaw(city)))
        poses.append(logs.pose(begin + stamp + 1000, 1e6, 1e6, turn=logs.yaw(0)))
        boxes.append(logs.box(begin + stamp, "car", 20, 3, turn=logs.yaw(0.2)))
        boxes.append(logs.box(begin + stamp, "cone", 30 - s, -3, turn=logs.yaw(-city), category="CONSTRUCTION_CONE"))
        if with_ego:
            boxes.append(logs.box(begin + stamp, "own", 0, 0, turn=logs.yaw(0), category="EGO_VEHICLE"))
    return logs.write_log(tmp_path / "log", boxes[::-1], poses[::-1], **words), city


def test_boxes_in_the_egos_frame_are_composed_with_its_pose(tmp_path):
    path, city = sensor_log(tmp_path)
    frames = frames_of(read(path), "car")
    t = 0.1 * np.arange(80)
    forward, left = 10 * t + 20, 3.0
    np.testing.assert_allclose(frames["x"], forward * np.cos(city) - left * np.sin(city), atol=1e-6)
    np.testing.assert_allclose(frames["y"], forward * np.sin(city) + left * np.cos(city), atol=1e-6)
    np.testing.assert_allclose(frames["heading"], city + 0.2)
    np.testing.assert_allclose(frames["speed"], 10.0 * np.cos(0.2), atol=1e-6)


def test_static_things_stay_where_they_are_and_are_obstacles(tmp_path):
    path, city = sensor_log(tmp_path)
    recording = read(path)
    frames = frames_of(recording, "cone")
    assert recording.network.tracks[row_of(recording, "cone")]["kind"] == OBSTACLE
    np.testing.assert_allclose(frames["x"], 30 * np.cos(city) + 3 * np.sin(city), atol=1e-6)
    np.testing.assert_allclose(frames["speed"], 0.0, atol=1e-6)


def test_the_ego_box_at_the_rear_axle_is_moved_to_its_centre(tmp_path):
    path, city = sensor_log(tmp_path)
    frames = frames_of(read(path), "own")
    s = 10 * 0.1 * np.arange(80) + REAR_AXLE_TO_CENTRE
    np.testing.assert_allclose(frames["x"], s * np.cos(city), atol=1e-6)
    np.testing.assert_allclose(frames["y"], s * np.sin(city), atol=1e-6)


def test_without_an_ego_box_the_ego_follows_from_its_poses(tmp_path):
    boxed, _ = sensor_log(tmp_path / "a")
    bare, _ = sensor_log(tmp_path / "b", with_ego=False, file="annotations.feather")
    a, b = frames_of(read(boxed), "own"), frames_of(read(bare), "ego")
    for name in ("x", "y", "heading", "speed", "valid"):
        np.testing.assert_allclose(a[name], b[name], atol=1e-6)


def test_uneven_timestamps_are_resampled_to_tenths_of_a_second(tmp_path):
    rng = np.random.default_rng(1)
    stamps = np.concatenate(([0], np.cumsum(rng.integers(96_000_000, 103_000_000, 90))))
    path, city = sensor_log(tmp_path, stamps=stamps)
    frames = frames_of(read(path), "car")
    assert frames["valid"].all()
    forward = 10 * 0.1 * np.arange(len(frames)) + 20
    np.testing.assert_allclose(frames["x"], forward * np.cos(city) - 3 * np.sin(city), atol=1e-6)
    assert len(frames) == int(stamps[-1] * 1e-8) + 1


def test_boundaries_with_different_numbers_of_points_make_a_line_midway(tmp_path):
    angle = np.linspace(0, np.pi / 2, 60)
    coarse = np.linspace(0, np.pi / 2, 9)
    left = np.stack((28 * np.sin(coarse), -28 * np.cos(coarse)), axis=1)
    right = np.stack((32 * np.sin(angle), -32 * np.cos(angle)), axis=1)
    network = read(logs.write_scenario(tmp_path, logs.driving(), segments=logs.segment(1, left, right))).network
    lane = network.lanes[0]
    points = network.points[lane["first"] : lane["first"] + lane["count"]]
    np.testing.assert_allclose(np.hypot(points["x"], points["y"]), 30.0, atol=0.3)
    assert 3.9 < lane["width"] < 4.3


def test_links_that_dangle_are_dropped_and_bike_lanes_are_no_lanes(tmp_path):
    segments = (
        logs.straight(1, length=100, successors=[2, 77], right_neighbor_id=3)
        | logs.straight(2, start=100, length=100)
        | logs.straight(3, y=-4, lane_type="BIKE")
        | logs.straight(4, y=8, lane_type="BUS")
    )
    lanes = read(logs.write_scenario(tmp_path, logs.driving(), segments=segments)).network.lanes
    assert len(lanes) >= 3
    assert lanes["next"][0].tolist() == [1, -1, -1, -1]
    assert lanes["right"][0] == -1


def test_neighbours_across_a_yellow_line_are_no_neighbours(tmp_path):
    back = logs.segment(2, [(200, 2), (0, 2)], [(200, 6), (0, 6)], left_neighbor_id=1)
    segments = (
        logs.straight(1, left_neighbor_id=2, right_neighbor_id=3) | back | logs.straight(3, y=-4, left_neighbor_id=1)
    )
    lanes = read(logs.write_scenario(tmp_path, logs.driving(), segments=segments)).network.lanes
    assert lanes["left"].tolist() == [-1, -1, 0]
    assert lanes["right"].tolist() == [2, -1, -1]


def test_segments_of_an_intersection_are_connectors(tmp_path):
    segments = (
        logs.straight(1, length=90, successors=[2])
        | logs.straight(2, start=90, length=20, is_intersection=True)
        | logs.segment(5, [(98, -10), (98, 10)], [(102, -10), (102, 10)], is_intersection=True)
        | logs.straight(7, start=400, length=20, is_intersection=True)
    )
    lanes = read(logs.write_scenario(tmp_path, logs.driving(), segments=segments)).network.lanes
    assert lanes["kind"][:4].tolist() == [ROAD, CONNECTOR, CONNECTOR, CONNECTOR]
    assert lanes["junction"][:4].tolist() == [-1, 0, 0, 1]


def test_crosswalks_lie_between_their_edges_whichever_way_these_run(tmp_path):
    for turned in (False, True):
        edges = [[(50, -6), (50, 6)], [(54, -6), (54, 6)]]
        edges[1] = edges[1][::-1] if turned else edges[1]
        crossing = {"3": {"id": 3, "edge1": logs.xyz(edges[0]), "edge2": logs.xyz(edges[1])}}
        path = logs.write_scenario(tmp_path / str(turned), logs.driving(), crossings=crossing)
        walk = read(path).network.crosswalks[0]
        np.testing.assert_allclose(
            [walk[k] for k in ("x", "y", "heading", "length", "width")], (52, 0, np.pi / 2, 12, 4)
        )


def test_edges_run_round_the_union_of_drivable_areas_not_between_them(tmp_path):
    halves = {
        "1": {"id": 1, "area_boundary": logs.xyz([(0, -9), (100, -9), (100, 9), (0, 9)])},
        "2": {"id": 2, "area_boundary": logs.xyz([(100, -9), (200, -9), (200, 9), (100, 9)])},
    }
    network = read(logs.write_scenario(tmp_path, logs.driving(), areas=halves)).network
    edges = np.concatenate([line.points for line in network.lines if line.kind == "edge"])
    inside = (np.abs(edges[:, 0] - 100) < 5) & (np.abs(edges[:, 1]) < 7)
    assert not inside.any()
    assert len(network.areas) == 2
