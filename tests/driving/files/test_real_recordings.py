"""All recordings at hand: what they hold, and that frames are what the files say."""

import xml.etree.ElementTree as ElementTree

import numpy as np


def test_every_file_is_read(recordings):
    assert len(recordings) == 9
    assert [len(recording.network.tracks) for recording in recordings] == [9, 8, 24, 9, 12, 22, 3, 58, 115]
    assert sum(len(recording.egos) for recording in recordings) >= 50


def test_arrays_are_whole(recordings):
    for recording in recordings:
        network = recording.network
        lanes, points = network.lanes, network.points
        assert (lanes["first"][1:] == (lanes["first"] + lanes["count"])[:-1]).all()
        assert lanes["first"][-1] + lanes["count"][-1] == len(points)
        np.testing.assert_array_equal(points["s"][lanes["first"]], 0.0)
        np.testing.assert_allclose(points["s"][lanes["first"] + lanes["count"] - 1], lanes["length"])
        assert (lanes["length"] > 0.1).all()
        assert ((lanes["width"] > 0.5) & (lanes["width"] < 12)).all()
        assert ((lanes["limit"] > 2) & (lanes["limit"] < 60)).all()
        for name in ("left", "right"):
            assert ((lanes[name] >= -1) & (lanes[name] < len(lanes))).all()
        assert (lanes["next"].max(axis=1) < len(lanes)).all()
        headings = network.frames["heading"]
        assert ((headings > -np.pi) & (headings <= np.pi)).all()
        for field in ("x", "y", "speed"):
            assert np.isfinite(network.frames[field]).all()
        assert (network.frames["speed"] >= 0).all()
        assert (network.frames["speed"][network.frames["valid"] == 1] < 60).all()


def test_neighbours_agree(recordings):
    for recording in recordings:
        lanes = recording.network.lanes
        for k in np.flatnonzero(lanes["left"] >= 0):
            assert lanes["right"][lanes["left"][k]] in (k, -1)


def test_commonroad_positions_are_those_of_the_file_exactly(recordings):
    checked = 0
    for recording in recordings:
        if recording.path.suffix != ".xml":
            continue
        root = ElementTree.parse(recording.path).getroot()
        stride = round(float(root.get("timeStepSize", "0")) / 0.1)
        for obstacle in [*root.iter("obstacle"), *root.iter("dynamicObstacle")]:
            row = recording.track_names.index(str(obstacle.get("id")))
            for state in [*obstacle.iter("initialState"), *obstacle.iter("state")]:
                frame = stride * int(state.findtext("time/exact") or 0)
                there = recording.network.frames[row, frame]
                position = state.find("position")
                assert position is not None
                assert there["valid"]
                assert there["x"] == float(next(position.iter("x")).text or "nan")
                assert there["y"] == float(next(position.iter("y")).text or "nan")
                checked += 1
    assert checked > 3000


def test_recorded_speeds_agree_with_how_positions_change(recordings):
    for recording in recordings:
        frames = recording.network.frames[list(recording.egos)]
        moved = np.hypot(np.diff(frames["x"], axis=1), np.diff(frames["y"], axis=1)) / 0.1
        both = (frames["valid"][:, 1:] & frames["valid"][:, :-1]) == 1
        if both.any():
            gap = np.abs(moved - 0.5 * (frames["speed"][:, 1:] + frames["speed"][:, :-1]))[both]
            assert np.median(gap) < 0.5
