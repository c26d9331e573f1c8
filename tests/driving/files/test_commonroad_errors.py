"""Damaged scenarios: the error names the file, the line, the element, and what was expected."""

import importlib
import re

import pytest
from driving.files.scenarios import driving, lanelet, obstacle, scenario, state, write

from envs.driving.files import RecordingFormatError, read_recording

GOOD = lanelet(1) + driving(7, 60)


def refuses(path, *sentences):
    with pytest.raises(RecordingFormatError) as caught:
        read_recording(path)
    message = str(caught.value)
    assert str(path) in message
    for sentence in sentences:
        assert re.search(sentence, message), message


def test_malformed_xml_names_the_line(tmp_path):
    path = write(tmp_path, GOOD)
    path.write_text(path.read_text().replace("</lanelet>", "</lanlet>", 1))
    refuses(path, r"line 6", "well-formed XML", "lanlet")


def test_an_empty_file_is_no_xml(tmp_path):
    path = tmp_path / "empty.xml"
    path.write_text("")
    refuses(path, "well-formed XML")


def test_other_xml_is_no_scenario(tmp_path):
    path = tmp_path / "osm.xml"
    path.write_text("<osm><node/></osm>")
    refuses(path, "line 1", "<osm>", "expected <commonRoad>")


def test_unknown_versions_name_the_known_ones(tmp_path):
    refuses(write(tmp_path, GOOD, version="2020b"), "'2020b'", "2018b", "2020a")


def test_a_time_step_must_be_positive(tmp_path):
    refuses(write(tmp_path, GOOD, step=0), "timeStepSize > 0", "'0'")
    refuses(write(tmp_path, GOOD, step="fast"), "timeStepSize > 0", "'fast'")


def test_without_lanes_there_is_nothing_to_drive_on(tmp_path):
    refuses(write(tmp_path, driving(7, 60)), "at least one <lanelet>")


def test_lanes_for_pedestrians_alone_are_not_enough(tmp_path):
    path = write(tmp_path, lanelet(1, inside="<laneletType>sidewalk</laneletType>") + driving(7, 60))
    refuses(path, "at least one lane for motor vehicles")


def test_states_that_are_no_numbers_name_line_and_element(tmp_path):
    for word in ("nan", "inf"):
        path = write(tmp_path, lanelet(1) + obstacle(7, [state(0, word, tag="initialState")]))
        refuses(path, r"line \d+", "<x>", "finite number", word)
    path = write(tmp_path, lanelet(1) + obstacle(7, [state(0, "left", tag="initialState")]))
    refuses(path, r"line \d+", "<x>", "must hold a number", "'left'")


def test_missing_elements_are_named_with_what_was_found(tmp_path):
    text = scenario(GOOD)
    for element, owner in (("leftBound", "lanelet"), ("shape", "dynamicObstacle"), ("type", "dynamicObstacle")):
        path = tmp_path / "road.xml"
        path.write_text(re.sub(f"<{element}>.*?</{element}>", "", text, count=1, flags=re.S))
        refuses(path, r"line \d+", f"<{owner} id=", f"must contain <{element}>")


def test_states_must_follow_one_another(tmp_path):
    states = [state(0, 0, tag="initialState"), state(2, 1), state(2, 2)]
    refuses(write(tmp_path, lanelet(1) + obstacle(7, states)), "step 2, after step 2", "ascending")


def test_types_are_known_or_named_with_the_nearest(tmp_path):
    path = write(tmp_path, lanelet(1) + obstacle(7, [state(0, 0, tag="initialState")], type_="trukc"))
    refuses(path, "<type>", "'trukc'", "Did you mean 'truck'")


def test_shapes_must_have_a_size(tmp_path):
    shape = "<rectangle><length>0</length><width>2</width></rectangle>"
    refuses(
        write(tmp_path, lanelet(1) + obstacle(7, [state(0, 0, tag="initialState")], shape=shape)), "<length>", "> 0"
    )


def test_one_bad_file_in_a_folder_names_itself(tmp_path):
    inner = tmp_path / "deep" / "er"
    inner.mkdir(parents=True)
    write(tmp_path, GOOD, file="a.xml")
    bad = write(inner, GOOD, file="b.xml", version="1999")
    with pytest.raises(RecordingFormatError, match=re.escape(str(bad))):
        read_recording(tmp_path)


def test_folders_are_searched_recursively_in_order(tmp_path):
    inner = tmp_path / "b" / "deep"
    inner.mkdir(parents=True)
    for folder, name in ((inner, "z"), (tmp_path, "a"), (tmp_path, "c")):
        write(folder, GOOD, file=f"{name}.xml", name=name)
    assert [recording.name for recording in read_recording(tmp_path)] == ["a", "z", "c"]


def test_nothing_to_read_says_what_is_expected(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no recordings.*CommonRoad.*Argoverse"):
        read_recording(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"No file or folder .*nowhere"):
        read_recording(tmp_path / "nowhere")
    strange = tmp_path / "traffic.pb"
    strange.write_bytes(b"\x08")
    with pytest.raises(RecordingFormatError, match=r"traffic\.pb.*unknown format.*CommonRoad"):
        read_recording(strange)


def test_without_lxml_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    path = write(tmp_path, GOOD)
    found = importlib.import_module

    def without(name, *rest):
        if name.partition(".")[0] in ("lxml", "pyarrow"):
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr("envs.driving.files.errors.import_module", without)
    with pytest.raises(ImportError, match=r"lxml.*pip install 'crossroads\[data\]'"):
        read_recording(path)
    table = tmp_path / "scenario_1.parquet"
    table.write_bytes(b"")
    (tmp_path / "log_map_archive_1.json").write_text("{}")
    with pytest.raises(ImportError, match=r"pyarrow.*pip install 'crossroads\[data\]'"):
        read_recording(table)
