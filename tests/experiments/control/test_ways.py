"""What ways back cost, measured."""

import json

import pytest
import torch

from experiments.control import ways
from experiments.control.backways.measuring import difference_error, error, gradients, measured
from experiments.control.backways.memory import peak_bytes
from experiments.control.backways.problems import bicycles, quartics, slowest, step_of
from world_models.control import Direct, Neumann, Truncated

REST = {"arguments": {"seeds": [0]}, "hardware": {"cpu": "a processor"}, "cpu_seconds": 1.0}


def test_the_peak_is_of_what_is_held_at_once():
    start = torch.zeros(1000)
    assert peak_bytes(lambda: start + 1) == 4000
    assert peak_bytes(lambda: [start + 1, start + 2]) == 8000
    assert peak_bytes(lambda: [float((start + k)[0]) for k in range(5)]) < 4100
    assert peak_bytes(lambda: start[:10].add_(0.0)) == 0


def test_errors_are_of_the_worst_input_and_none_where_there_is_no_gradient():
    exact = [torch.tensor([3.0, 4.0]), torch.tensor([1.0])]
    assert error([torch.tensor([3.0, 4.5]), torch.tensor([1.0])], exact) == pytest.approx(0.1)
    assert error([torch.tensor([3.0, torch.nan]), torch.tensor([1.0])], exact) is None


def test_both_problems_have_the_gradients_of_finite_differences():
    assert difference_error(quartics(0, 300)) < 1e-5
    assert difference_error(bicycles(0, 2, 4)) < 1e-4


def test_series_and_last_steps_are_off_by_the_same_which_falls_at_least_as_theory_says():
    subject = quartics(0, 300)
    exact = gradients(subject, Direct())
    ways_back = (Neumann(40, step_of()), Truncated(40), Neumann(80, step_of()))
    off, same, further = (float(measured(subject, way, exact)["error"] or torch.nan) for way in ways_back)
    assert off == pytest.approx(same, rel=1e-3)
    assert further < 1.1 * slowest(0) ** 40 * off


def test_tables_and_figures_take_ways_without_gradients(tmp_path):
    row = {"family": "direct", "effort": None, "peak_kib": 1.0, "forward_ms": [1.0], "backward_ms": [2.0]}
    rows = [{**row, "error": [0.0]}, {**row, "family": "Neumann series", "effort": 32, "error": [None]}]
    rows.append({**row, "family": "Neumann series", "effort": 256, "error": [0.5]})
    problem = {"difference_error": [1e-9], "rows": rows}
    memory = {"iterations": [25, 50], "peak_kib": {"direct": [1.0, 1.0], "unrolled": [1.0, 2.0]}}
    results = {
        "iterations": 60,
        "problems": {"argmin": problem, "mpc": problem},
        "memory": memory,
        "rho": [0.9],
        **REST,
    }
    shown = ways.table(results)
    assert "| argmin | Neumann series | 32 terms | - | 1 | 2 | 1 |" in shown
    ways.draw(tmp_path / "ways.png", results)
    assert (tmp_path / "ways.png").stat().st_size > 10_000


@pytest.mark.slow
def test_a_quick_run_fills_the_table(tmp_path):
    results = {**ways.run((0,), quick=True), **REST}
    json.dumps(results, allow_nan=False)
    assert "| mpc | unrolled | all iterations |" in ways.table(results)
    ways.draw(tmp_path / "ways.png", results)
