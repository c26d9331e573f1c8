"""`crossroads irl`: what it recovers and writes, what it does not do twice, and its mistakes."""

import json

import numpy as np
import pytest

from experiments.cli import main
from experiments.irl import scaled
from experiments.irl_results import irl_table, worst_factor

SMALL = ["--env-args", "size=8", "--episodes", "20", "--clone", "--method", "max-margin"]


def run(folder, *words):
    out = folder / "irl.json"
    assert main(["irl", *SMALL, *words, "--json", str(out)]) == 0
    return json.loads(out.read_text())


def test_costs_and_scores_are_written_drawn_and_shown(tmp_path, capsys):
    found = run(tmp_path, "--demonstrations", "2", "16", "--seeds", "2", "--figure", str(tmp_path / "irl.png"))
    assert (tmp_path / "irl.png").stat().st_size > 10_000
    assert [(run["seed"], run["demonstrations"]) for run in found["runs"]] == [(0, 2), (0, 16), (1, 2), (1, 16)]
    assert found["true_costs"] == [1.0, 2.0, 4.0, 8.0]
    for run_ in found["runs"]:
        assert np.prod(run_["costs"]) == pytest.approx(64.0)
        assert len(run_["episodes"]["score"]) == 20
    few, many = found["summary"]
    assert few["score"]["mean"] <= many["score"]["mean"] <= found["oracle"]["score"]["mean"] == 1.0
    assert many["worst_factor"]["mean"] < few["worst_factor"]["mean"]
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("| `max-margin` | 16 "))
    assert f"{many['costs'][3]:.2f}" in row
    assert row in irl_table(found).splitlines()


def test_what_is_there_is_not_done_again(tmp_path):
    before = run(tmp_path, "--demonstrations", "2", "--seeds", "1")
    after = run(tmp_path, "--demonstrations", "2", "4", "--seeds", "1")
    assert after["runs"][: len(before["runs"])] == before["runs"]
    assert len(after["runs"]) == 2 * len(before["runs"])


def test_the_scale_of_costs_does_not_matter():
    assert worst_factor([3, 6, 12], [1, 2, 4]) == pytest.approx(1.0)
    assert worst_factor([1, 2, 8], [1, 2, 4]) == pytest.approx(2 ** (2 / 3))
    np.testing.assert_allclose(scaled([3, 6, 12], [1, 2, 4]), [1, 2, 4])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--method", "max-margn"], "Did you mean 'max-margin'?"),
        (["--seeds", "0"], "--seeds: expected at least 1, got 0"),
        (["--env-args", "sise=8"], "'sise'"),
    ],
)
def test_mistakes_cost_a_line(words, told, capsys):
    assert main(["irl", *words]) == 2
    assert told in capsys.readouterr().err.strip().splitlines()[-1]


def test_other_levels_are_not_mixed_in(tmp_path, capsys):
    run(tmp_path, "--demonstrations", "2", "--seeds", "1")
    words = [*SMALL, "--demonstrations", "2", "--json", str(tmp_path / "irl.json"), "--episodes", "10"]
    assert main(["irl", *words]) == 2
    assert "was made with episodes=20, not 10" in capsys.readouterr().err
