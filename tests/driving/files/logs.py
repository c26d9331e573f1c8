"""Argoverse 2 recordings written by the tests: maps, forecasting scenarios, sensor logs."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet


def xyz(rows):
    return [{"x": float(x), "y": float(y), "z": 7.0} for x, y in rows]


def segment(name, left, right, **words):
    """A lane segment; names are whole numbers in the entry and texts as keys, as in the data set."""
    base = {
        "id": name,
        "is_intersection": False,
        "lane_type": "VEHICLE",
        "left_lane_boundary": xyz(left),
        "right_lane_boundary": xyz(right),
        "left_lane_mark_type": "DASHED_WHITE",
        "right_lane_mark_type": "SOLID_WHITE",
        "left_neighbor_id": None,
        "right_neighbor_id": None,
        "successors": [],
        "predecessors": [],
    }
    return {str(name): base | words}


def straight(name, *, y=0.0, start=0.0, length=200.0, **words):
    end = start + length
    return segment(name, [(start, y + 2), (end, y + 2)], [(start, y - 2), (end, y - 2)], **words)


AREA = {"1": {"id": 1, "area_boundary": xyz([(-50, -20), (250, -20), (250, 20), (-50, 20)])}}


def write_map(folder, segments=None, *, crossings=None, areas=AREA, name="tst"):
    folder.mkdir(parents=True, exist_ok=True)
    table = {
        "lane_segments": straight(1) if segments is None else segments,
        "pedestrian_crossings": crossings or {},
        "drivable_areas": areas,
    }
    path = folder / f"log_map_archive_{name}.json"
    path.write_text(json.dumps(table))
    return path


def states(name, steps, x, y=0.0, *, speed=10.0, heading=0.0, type_="vehicle"):
    """Rows of a forecasting table."""
    steps = np.asarray(list(steps))
    x = np.broadcast_to(np.asarray(x, float), steps.shape)
    return [
        {
            "observed": bool(k < 50),
            "track_id": name,
            "object_type": type_,
            "object_category": 3,
            "timestep": int(k),
            "position_x": float(position),
            "position_y": float(y),
            "heading": float(heading),
            "velocity_x": float(speed * np.cos(heading)),
            "velocity_y": float(speed * np.sin(heading)),
            "scenario_id": "tst",
        }
        for k, position in zip(steps, x, strict=True)
    ]


def driving(name="AV", count=110, **words):
    return states(name, range(count), 5.0 + np.arange(count), **words)


def write_scenario(folder, rows, **map_words):
    write_map(folder, **map_words)
    path = folder / "scenario_tst.parquet"
    pa.parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


def yaw(angle):
    """A quaternion (w, x, y, z) round z."""
    return np.cos(angle / 2), 0.0, 0.0, np.sin(angle / 2)


def pose(stamp, x, y, *, turn):
    return dict(zip(("qw", "qx", "qy", "qz"), turn, strict=True)) | {
        "timestamp_ns": int(stamp),
        "tx_m": float(x),
        "ty_m": float(y),
        "tz_m": 60.0,
    }


def box(stamp, name, x, y, *, turn, category="REGULAR_VEHICLE", size=(4.5, 1.9)):
    return pose(stamp, x, y, turn=turn) | {
        "track_uuid": name,
        "category": category,
        "length_m": size[0],
        "width_m": size[1],
        "height_m": 1.5,
        "tz_m": 0.7,
        "num_interior_pts": 0,
    }


def write_log(folder, boxes, poses, *, file="annotations_with_ego.feather", **map_words):
    write_map(folder / "map", name="tst____PIT_city_1", **map_words)
    pa.feather.write_feather(pa.Table.from_pylist(boxes), str(folder / file))
    pa.feather.write_feather(pa.Table.from_pylist(poses), str(folder / "city_SE3_egovehicle.feather"))
    return folder
