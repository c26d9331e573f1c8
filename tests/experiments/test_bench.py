import json

import pytest

from experiments import bench
from experiments.bench import Row, figure
from experiments.measurements import Effort, Measurement, measurements

TINY = Effort(repeats=2, seconds=0.01, cold=False)


def test_what_is_measured_in_this_process_is_a_positive_rate():
    planned = [item for item in measurements(TINY, peers=False) if item.unit != "s"]
    assert len(planned) == 37
    for row in bench.run(planned, TINY):
        assert len(row.values) == 2
        assert min(row.values) > 0


def test_the_table_shows_median_range_and_target(capsys, tmp_path, monkeypatch):
    planned = [Measurement("drawing", "steps/s", lambda: iter([5.0, 1.0, 3.0]).__next__, ">= 3")]
    monkeypatch.setattr(bench, "measurements", lambda effort, peers: planned)
    bench.main(bench.Args(quick=True, json=tmp_path / "bench.json"))
    header, row = capsys.readouterr().out.splitlines()[3:5]
    assert row.split() == ["drawing", "3", "1", "to", "5", "steps/s", "3", ">=", "3"]
    assert header.split() == ["median", "range", "unit", "repeats", "target"]
    content = json.loads((tmp_path / "bench.json").read_text())
    assert content["rows"][0]["values"] == [5.0, 1.0, 3.0]
    assert {"cpu", "cores", "python", "numba"} <= set(content["hardware"])


def test_a_single_repeat_has_no_range():
    assert Row("compiling", "s", "<= 60", (41.0,)).cells == ["compiling", "41", "", "s", "1", "<= 60"]


@pytest.mark.parametrize(("value", "text"), [(5.412e6, "5.41 M"), (214_000, "214 k"), (1.724, "1.72"), (60.0, "60")])
def test_figures_have_three_digits(value, text):
    assert figure(value) == text
