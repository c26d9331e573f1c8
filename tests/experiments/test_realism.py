"""The table of realism: means, what JSON holds, where data are looked for, and what mistakes cost."""

import json

import pytest
from driving.files.scenarios import lanelet, write
from worlds_for_tests import write_recording

from envs.driving.realism import FEATURES
from experiments.cli import main
from experiments.realism import PLACES, Compared, compare, find_recordings, means

NAN = float("nan")


def test_the_table_has_a_row_for_each_kind_of_traffic_and_json_the_same(tmp_path, capsys):
    path = write_recording(tmp_path, num_vehicles=3)
    out = tmp_path / "deep" / "realism.json"
    assert main(["realism", "--path", str(path), "--driver", "idm", "--json", str(out)]) == 0
    text = capsys.readouterr().out
    kinds = ["log", "reactive, ego idm", "constant velocity"]
    assert [line.partition("  ")[0] for line in text.splitlines()[1:4]] == kinds
    assert "means over 1 recording: 3 vehicles judged in 3 rollouts" in text
    content = json.loads(out.read_text())
    assert list(content["means"]) == kinds
    assert set(content["means"]["log"]) == {*FEATURES, "realism"}
    assert content["means"]["log"]["light_violation"] is None
    [recording] = content["recordings"]
    assert (recording["rollouts"], recording["actors"]) == (3, 3)
    for kind in kinds:
        assert 0.0 < recording["scores"][kind]["realism"] == content["means"][kind]["realism"] <= 1.0


def test_means_are_over_the_recordings_that_have_a_value():
    scores = [{"collision": 0.2, "realism": 0.5}, {"collision": NAN, "realism": 0.7}]
    found = means([Compared("x", 1, 1, {"log": one}) for one in scores])["log"]
    assert found["collision"] == pytest.approx(0.2)
    assert found["realism"] == pytest.approx(0.6)
    assert found["off_road"] != found["off_road"]


def test_files_and_folders_are_played_in_their_order(tmp_path):
    (tmp_path / "few").mkdir()
    two = write_recording(tmp_path / "few", num_vehicles=2)
    four = write_recording(tmp_path, "four.xml", num_vehicles=4)
    assert [one.actors for one in compare((four, two.parent))] == [4, 2]
    assert [one.rollouts for one in compare((four, two), rollouts=3)] == [3, 2]


def test_without_a_path_the_folder_of_real_data_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSROADS_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"No recordings found .*--path"):
        find_recordings(())
    (tmp_path / "av2").mkdir()
    assert find_recordings(()) == ((tmp_path / "av2").resolve(),)
    assert find_recordings((tmp_path / PLACES[1],)) == (tmp_path / PLACES[1],)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--path", "nowhere"], "No file or folder nowhere."),
        (["--path", "."], "No recordings"),
        (["--path", "small.xml", "--driver", "idmm"], "Unknown driver 'idmm'. Did you mean 'idm'?"),
        (["--path", "small.xml", "--rollouts", "0"], "'rollouts': expected 1 to 128, got 0"),
        (["--path", "small.xml", "--json", "."], "--json . is a folder"),
        (["--path", "broken.xml"], "broken.xml"),
        (["--path", "empty.xml"], "expected vehicles on the road for 3 s, got 'empty.xml'"),
    ],
)
def test_a_mistake_costs_one_line(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    if words[1] != ".":
        write_recording(tmp_path)
        (tmp_path / "broken.xml").write_text("<commonRoad")
        write(tmp_path, lanelet(1), file="empty.xml")
    assert main(["realism", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith("crossroads: ")
    assert error.count("\n") == 1
    assert message.lower() in error.lower()
