"""Damaged Argoverse 2 recordings: the error names the file, the column or entry, and what was expected."""

import json
import re

import numpy as np
import pytest
from driving.files import logs

from envs.driving.files import RecordingFormatError, read_recording


def refuses(path, *sentences, named=None):
    with pytest.raises(RecordingFormatError) as caught:
        read_recording(path)
    message = str(caught.value)
    assert str(named or path) in message
    for sentence in sentences:
        assert re.search(sentence, message), message


def log(folder, **changes):
    stamps = np.arange(60) * 100_000_000
    boxes = [logs.box(k, "own", 0, 0, turn=logs.yaw(0), category="EGO_VEHICLE") for k in stamps]
    poses = [logs.pose(k, 10e-9 * k, 0, turn=logs.yaw(0)) for k in stamps]
    return logs.write_log(folder / "log", boxes, poses) if not changes else (boxes, poses)


def test_a_file_that_is_no_table(tmp_path):
    path = logs.write_scenario(tmp_path, logs.driving())
    path.write_bytes(b"not parquet")
    refuses(path, "expected a table in the format parquet")


def test_missing_columns_are_named(tmp_path):
    rows = [{k: v for k, v in row.items() if k != "heading"} for row in logs.driving()]
    refuses(logs.write_scenario(tmp_path, rows), r"must have the columns \['heading'\]", "position_x")


def test_nan_states_name_column_and_row(tmp_path):
    rows = logs.driving()
    rows[17]["position_y"] = float("nan")
    refuses(logs.write_scenario(tmp_path, rows), "'position_y' must be finite, found nan in row 17")


def test_unknown_types_name_the_track_and_the_nearest(tmp_path):
    rows = logs.driving() + logs.states("9", range(3), 0, type_="pedestrain")
    refuses(logs.write_scenario(tmp_path, rows), "track 9", "'pedestrain'", "Did you mean 'pedestrian'")


def test_a_timestep_comes_once(tmp_path):
    refuses(logs.write_scenario(tmp_path, logs.driving() + logs.driving()), "track AV", "each timestep >= 0 once")


def test_a_scenario_needs_its_map(tmp_path):
    path = logs.write_scenario(tmp_path, logs.driving())
    (tmp_path / "log_map_archive_tst.json").unlink()
    refuses(path, r"expected its map log_map_archive_\*\.json")


def test_boxes_without_a_pose_at_their_time(tmp_path):
    boxes, poses = log(tmp_path, raw=True)
    folder = logs.write_log(tmp_path / "log", boxes, poses[:30] + poses[31:])
    refuses(folder, "must hold the pose at timestamp_ns 3000000000", named=folder / "city_SE3_egovehicle.feather")


def test_unknown_categories_name_the_track(tmp_path):
    boxes, poses = log(tmp_path, raw=True)
    boxes.append(logs.box(0, "thing", 9, 9, turn=logs.yaw(0), category="UFO"))
    refuses(logs.write_log(tmp_path / "log", boxes, poses), "track thing", "'UFO'")


def test_boxes_need_a_size(tmp_path):
    boxes, poses = log(tmp_path, raw=True)
    boxes.append(logs.box(0, "thing", 9, 9, turn=logs.yaw(0), size=(0.0, 1.0)))
    refuses(logs.write_log(tmp_path / "log", boxes, poses), "track thing", "length_m and width_m > 0")


def test_maps_that_are_no_json_name_the_line(tmp_path):
    path = logs.write_scenario(tmp_path, logs.driving())
    found = tmp_path / "log_map_archive_tst.json"
    found.write_text("{\n'lane_segments': {}}")
    refuses(path, "line 2", "expected a JSON object", named=found)


def test_maps_without_lanes(tmp_path):
    path = logs.write_scenario(tmp_path, logs.driving(), segments={})
    refuses(path, "'lane_segments' with at least one lane", named=tmp_path / "log_map_archive_tst.json")


def test_broken_entries_are_named(tmp_path):
    path = logs.write_scenario(tmp_path, logs.driving())
    found = tmp_path / "log_map_archive_tst.json"
    good = json.loads(found.read_text())

    def broken(**words):
        found.write_text(json.dumps(good | {"lane_segments": {"1": good["lane_segments"]["1"] | words}}))

    broken(left_lane_boundary=[{"x": 1.0}])
    refuses(path, "lane_segments/1/left_lane_boundary", "points with x and y", named=found)
    broken(left_lane_boundary=logs.xyz([(0, float("nan")), (1, 1)]))
    refuses(path, "lane_segments/1/left_lane_boundary", "finite", named=found)
    broken(right_lane_boundary=logs.xyz([(0, 0)]))
    refuses(path, "lane_segments/1/right_lane_boundary", "at least 2", named=found)
    broken(lane_type="VEHICEL")
    refuses(path, "lane_segments/1", "Did you mean 'VEHICLE'", named=found)
