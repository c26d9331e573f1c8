"""Tables and figures of comparisons: the numbers of the JSON, and nothing made up where there are none."""

import json

import numpy as np
import pytest

from experiments import report
from experiments.comparison.crossed import crossed
from experiments.comparison.pictures import draw_results
from experiments.comparison.results import _compact, _ways
from experiments.comparison.tables import figure, places_table, positions_table
from experiments.statistics import Interval


def agent(share, *, seeds=(0, 1, 2), ways=None, timings=True, **extra):
    found = {"mean": share, "low": max(0.0, share - 0.1), "high": min(1.0, share + 0.1)}
    times = {"p50": 0.5, "p95": 0.75, "cpu_p50": 0.5, "step": 0.2, "per_second": 12345.0}
    return {
        "agent": "explicit-policy",
        "config": {},
        "seeds": list(seeds),
        "summary": {"success": found, "score": {**found, "mean": 0.5}, **extra},
        "ways": ways,
        "evaluations": 10,
        "training_cpu_seconds": [10.0, 20.0, 30.0],
        "whole_config": {"updates": 2500},
        "timings": times if timings else None,
    }


def place(name, position=None, **agents):
    return {
        "name": name,
        "position": position,
        "drawn": False,
        "levels": {"count": 500, "first": 7, "last": 506},
        "demonstrations": {"episodes": 2000, "steps": 9},
        "agents": agents,
    }


def results(*places):
    machine = {"cpu": "a processor", "cores": 2}
    facts = {"seeds": [0, 1, 2], "intervals": "95 %: by some bootstrap", "hardware": machine}
    return {"study": "small", "title": "A small one", "axis": "dimensions", **facts, "places": list(places)}


def rows(text):
    return [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if line.startswith("|")
    ]


def test_a_study_along_an_axis_has_a_column_for_each_place_and_a_row_for_each_agent():
    text = positions_table(
        results(place("N = 1", 1, mse=agent(1.0)), place("N = 2", 2, mse=agent(0.5), flow=agent(0.25)))
    )
    head, _, *body = rows(text)
    assert head[:3] == ["success [%]", "N = 1", "N = 2"]
    assert body[0][:3] == ["mse", "100.0 [90.0, 100.0]", "50.0 [40.0, 60.0]"]
    assert body[1][:3] == ["flow", "", "25.0 [15.0, 35.0]"]
    assert body[1][3:] == ["10", "0.5, 0.75", "20"]
    assert "500 held-out levels each, 3 training seeds" in text
    assert "2,000 demonstrations in 2,500 updates" in text


def test_a_study_about_scores_shows_them_along_its_axis(tmp_path):
    found = {**results(place("few", 1, mse=agent(1.0)), place("many", 2, mse=agent(1.0))), "metric": "score"}
    head, _, body = rows(positions_table(found))
    assert head[0] == "score"
    assert body[:3] == ["mse", "0.500 [0.900, 1.000]", "0.500 [0.900, 1.000]"]
    draw_results(tmp_path / "figure.png", found)
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_missing_seeds_and_timings_are_told_and_columns_without_anything_left_out():
    text = places_table(results(place("here", mse=agent(0.5, seeds=(0,), timings=False))))
    head, _, (name, *_) = rows(text)
    assert name == "mse (1 of 3 seeds)"
    assert not any(word in cell for cell in head for word in ("ways", "ms", "at-fault", "decisions"))


@pytest.mark.parametrize(
    ("mode", "shares", "least", "entropy"),
    [
        ([0, 0, 1, 1], [0.5, 0.5], 0.5, 1.0),
        ([1, 1, 1, 1], [0.0, 1.0], 0.0, 0.0),
        ([0, 1, 1, 1], [0.25, 0.75], 0.25, 0.811278),
    ],
)
def test_ways_are_counted_among_successes(mode, shares, least, entropy):
    both = np.array([mode, mode], float)
    failed = np.concatenate([both, np.zeros((2, 3))], axis=1)
    success = np.concatenate([np.ones((2, 4)), np.zeros((2, 3))], axis=1)
    found = _ways({"success": success, "mode": failed})
    assert found["shares"] == shares
    assert found["least"] == least
    assert found["least_by_seed"] == [least, least]
    assert found["entropy"] == pytest.approx(entropy, abs=1e-5)
    assert found["neither"] == 0.0


def test_without_a_success_there_are_no_ways():
    found = _ways({"success": np.zeros((1, 3)), "mode": np.full((1, 3), np.nan)})
    assert (found["shares"], found["least"], found["entropy"]) == ([None, None], None, None)
    shown = places_table(results(place("here", mse=agent(0.0, ways=found))))
    assert "nan" not in shown.lower()


def test_episodes_are_kept_in_few_letters():
    assert _compact(np.array([0.0, 1.0, np.nan])) == "01-"
    assert _compact(np.array([0.5, 1.0, np.nan])) == [0.5, 1.0, None]


@pytest.mark.parametrize(
    ("value", "text"), [(0.01234, "0.0123"), (12.34, "12.3"), (999.4, "999"), (12345, "12.3 k"), (1.68e7, "16.8 M")]
)
def test_figures_have_three_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("positions", [False, True])
def test_a_figure_is_drawn_of_everything_that_has_results(tmp_path, count, positions):
    places = [
        place(f"place {k}", 2.0**k if positions else None, a=agent(0.5), b=agent(0.9, timings=k > 0))
        for k in range(count)
    ]
    draw_results(tmp_path / "figure.png", results(*places, place("nobody yet", 16.0)))
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    draw_results(tmp_path / "none.png", results(place("nobody yet")))
    assert not (tmp_path / "none.png").exists()


def test_readme_has_tables_of_the_studies_that_have_results(tmp_path, monkeypatch):
    assert not any(name.startswith("compare") for name in report.tables()) or (report.ROOT / "results").is_dir()
    at_fault = {"at_fault_collision": Interval(0.02, 0.0, 0.05)._asdict()}
    ways = _ways({"success": np.ones((1, 4)), "mode": np.array([[0.0, 0.0, 0.0, 1.0]])})
    made = {
        "particle": results(place("N = 1", 1, mse=agent(1.0))),
        "two_ways": results(place("Bypass-v0", mse=agent(1.0, ways=ways))),
        "roads": results(place("Intersection-v0", mse=agent(1.0, **at_fault))),
    }
    (tmp_path / "results").mkdir()
    for file in (report.ROOT / "results").glob("*.json"):
        (tmp_path / "results" / file.name).write_text(file.read_text())
    for name, content in made.items():
        (tmp_path / f"results/compare_{name}.json").write_text(json.dumps(content))
    monkeypatch.setattr(report, "ROOT", tmp_path)
    found = report.tables()
    assert "N = 1" in found["compare-particle"]
    assert "75 : 25" in found["compare-two-ways"]
    assert "2.0 [0.0, 5.0]" in found["compare-roads"]
    readme = "<!-- compare-roads -->\nold\n<!-- /compare-roads -->"
    filled = report.filled(readme, {"compare-roads": found["compare-roads"]})
    assert "old" not in filled


def test_an_interval_around_all_or_nothing_is_not_empty():
    assert crossed("mode", np.ones((3, 20))).low < 1.0
