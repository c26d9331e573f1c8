"""Recorded-v0: which levels there are, what wrong arguments are told, and what the others do."""

import re
from itertools import pairwise

import numpy as np
import pytest
from road_worlds import act, begin, open_recorded, open_worlds
from twins.road_boxes import overlap
from worlds_for_tests import SMALL, write_recording

from envs.core.levels import SPLITS
from envs.driving.files import RecordingFormatError
from envs.driving.recorded import Recorded
from envs.kernels.road_records import ABSENT, VEHICLE


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with ten small recordings of three vehicles each."""
    folder = tmp_path_factory.mktemp("recordings")
    for k in range(10):
        write_recording(folder, f"scene_{k:02d}.xml", num_vehicles=3)
    return folder


def make(path, **arguments):
    return Recorded(1, 1, **SMALL | {"path": path, "split": "all"} | arguments)


def levels_of(worlds):
    levels = worlds.levels
    return levels.ids.tolist() if levels.ids.size else list(range(levels.low, levels.low + levels.count))


def test_levels_count_recordings_or_vehicles(files):
    assert levels_of(make(str(files))) == list(range(10))
    every = make(str(files), ego="every")
    assert levels_of(every) == list(range(30))
    assert every.tasks[:4].tolist() == [[0, 0], [0, 1], [0, 2], [1, 0]]
    for level in (0, 5, 29):
        begin(every, level)
        assert every.state.worlds["track"][0] == level % 3
        assert every.recording_of(level).path.name == f"scene_{level // 3:02d}.xml"
        assert every.network().name.endswith("recorded")


def test_the_longest_way_is_driven_unless_every_one_is(files):
    worlds = make(str(files))
    begin(worlds, 7)
    tracks, frames = worlds.network().tracks, worlds.network().frames
    ways = [np.hypot(*(np.diff(frames[k][name][[0, int(tracks[k]["last"])]])[0] for name in "xy")) for k in range(3)]
    assert worlds.state.worlds["track"][0] == np.argmax(ways)


def test_no_recording_is_split_between_training_and_testing(files):
    worlds = {split: make(str(files), ego="every", split=split) for split in SPLITS}
    of = {split: {int(found.tasks[level, 0]) for level in levels_of(found)} for split, found in worlds.items()}
    assert not of["train"] & of["validation"]
    assert not of["train"] & of["test"]
    assert not of["validation"] & of["test"]
    assert set().union(*of.values()) == set(range(10))
    assert len(of["train"]) == 8


def test_the_vehicles_of_a_single_recording_are_split_one_by_one(tmp_path):
    path = str(write_recording(tmp_path))
    found = {split: levels_of(make(path, ego="every", split=split)) for split in SPLITS}
    assert found == {"train": [*range(8), 10, 11], "validation": [8], "test": [9]}
    with pytest.raises(ValueError, match=r"'test' holds none of the 1 levels.*split='all'"):
        make(path, split="test")


def test_several_paths_are_read_in_their_order(files, tmp_path):
    other = write_recording(tmp_path, "other.xml", num_vehicles=2)
    worlds = make((str(other), files / "scene_03.xml"))
    assert [found.path.name for found in worlds.recordings] == ["other.xml", "scene_03.xml"]
    assert worlds.config.path == (str(other), str(files / "scene_03.xml"))


def test_wrong_paths_are_named(tmp_path, files):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.xml"):
        make(str(tmp_path / "nowhere.xml"))
    (tmp_path / "broken.xml").write_text("<commonRoad")
    with pytest.raises(RecordingFormatError, match=r"broken\.xml"):
        make(str(tmp_path / "broken.xml"))
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises((FileNotFoundError, ValueError), match="empty"):
        make(str(empty))
    with pytest.raises(ValueError, match=r"'path': expected vehicles on the road for 100 s, got '.*scene_00\.xml'"):
        make(str(files / "scene_00.xml"), least_seconds=100.0)
    with pytest.raises(ValueError, match="'path': expected a file or a folder of recordings"):
        Recorded(1, 1, **SMALL)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"ego": "evry"}, "Unknown ego 'evry'. Did you mean 'every'? Known egos: ['longest', 'every']"),
        ({"traffic": "reactiv"}, "Unknown traffic 'reactiv'. Did you mean 'reactive'?"),
        ({"demand": 0.5}, "'demand': expected None: the traffic is recorded, got 0.5"),
        ({"lanes": 3}, "Unknown argument 'lanes'"),
    ],
)
def test_wrong_arguments_are_named(files, wrong, expected):
    with pytest.raises((ValueError, TypeError), match=re.escape(expected)):
        make(str(files), **wrong)


def test_levels_that_no_file_holds_do_not_exist(files):
    worlds = make(str(files))
    with pytest.raises(ValueError, match="Level 10 does not exist: expected 0 to 9, the recorded vehicles"):
        begin(worlds, 10)


@pytest.mark.parametrize("level", [0, 7])
def test_replayed_traffic_is_the_recorded_frames_exactly(level, tmp_path):
    worlds = open_recorded(tmp_path, level=level, num_actors=20, on_collision="ignore", on_off_road="ignore")
    network = worlds.network()
    for step in range(1, 60):
        act(worlds, 0.0, 0.0)
        if worlds.output.is_over[0]:
            break
        actors = worlds.state.actors[0]
        tracks = actors["track"][1:][actors["kind"][1:] != ABSENT].tolist()
        assert sorted(tracks) == sorted(set(range(12)) - {level})
        for actor in actors[1:][actors["kind"][1:] != ABSENT]:
            there = network.frames[actor["track"], step]
            for name in ("x", "y", "heading", "speed"):
                assert actor[name] == there[name]
    assert step > 40


def test_the_ego_begins_as_recorded_and_has_a_little_more_time(tmp_path):
    for level in range(0, 12, 3):
        worlds = open_recorded(tmp_path, level=level)
        ego, there = worlds.state.actors[0, 0], worlds.network().frames[level, 0]
        for name in ("x", "y", "heading", "speed"):
            assert ego[name] == there[name]
        assert worlds.state.worlds["limit"][0] == int(1.2 * 69) + 10


def boxes(actors):
    return [
        tuple(actor[name] for name in ("x", "y", "heading", "length", "width"))
        for actor in actors
        if actor["kind"] == VEHICLE
    ]


@pytest.mark.parametrize(("traffic", "touches"), [("replay", True), ("reactive", False)])
def test_reactive_traffic_does_not_run_into_an_ego_that_stops(traffic, touches, tmp_path):
    """The foremost vehicle of a lane stops: who is replayed drives through it."""
    worlds = open_recorded(
        tmp_path, level=0, traffic=traffic, num_actors=20, on_collision="ignore", on_off_road="ignore"
    )
    foremost = int(np.argmax(np.where(worlds.network().frames["y"][:, 0] < 2, worlds.network().frames["x"][:, 0], 0)))
    begin(worlds, foremost)
    touched, standing = False, 0
    while not worlds.output.is_over[0]:
        act(worlds, -1.0, 0.0)
        ego, *others = boxes(worlds.state.actors[0])
        touched = touched or any(overlap(ego, other) for other in others)
        standing += worlds.state.actors["speed"][0, 0] < 0.01
        if not touches:
            behind = [actor for actor in worlds.state.actors[0, 1:] if actor["kind"] == VEHICLE and actor["y"] < 2]
            ordered = sorted(boxes(behind))
            assert not any(overlap(one, other) for one, other in pairwise(ordered))
    assert standing > 30
    assert touched == touches


def test_every_real_vehicle_can_be_driven(data_folder):
    for folder in ("commonroad", "av2"):
        worlds = open_worlds(
            "Recorded", path=str(data_folder / folder), ego="every", split="all", num_actors=20, on_collision="ignore"
        )
        assert len(worlds.tasks) > 10
        for level in range(len(worlds.tasks)):
            begin(worlds, level)
            for _ in range(5):
                assert worlds.observation_space.contains(worlds.first_observation())
                worlds.step(worlds.driver_action("oracle"))
            assert worlds.state.agents["off_road"][0, 0] == 0 or worlds.output.is_over[0] == 0
            assert np.isfinite(worlds.state.actors["x"]).all()
