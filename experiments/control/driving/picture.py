"""The figure of `crossroads control wheelbase`."""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.control.driving.tables import RULES, off_of
from experiments.control.panels import COLOURS, INK, MUTED, panels, save, titled

Results = dict[str, Any]
COLOUR = dict(zip(RULES, COLOURS, strict=False))
LIMIT = 1.5
"""Of ratios that are drawn, from 1."""
LEAST = 1e-11
"""Error that is drawn [m]."""


def draw_wheelbase(path: Path, results: Results) -> None:
    """A row for each task: ratios of derivatives to differences, and learning from two experts."""
    tasks = list(results["gradients"])
    figure, axes = panels(3, len(tasks), width=4.0, height=2.9)
    for k, task in enumerate(tasks):
        ratios, same, others = axes[3 * k : 3 * k + 3]
        _draw_ratios(ratios, results["gradients"][task])
        titled(ratios, f"{task}: derivative / difference", ylabel="share of problems below")
        _draw_learning(same, results, task, "the same", is_error=True)
        titled(same, f"{task}: expert weighs as the learner", ylabel="error of the wheelbase [m]", yscale="log")
        same.set_ylim(LEAST, 3.0)
        _draw_learning(others, results, task, "others", is_error=False)
        titled(others, f"{task}: expert minds steering less", ylabel="wheelbase [m]", ylim=(0.9, 3.1))
        others.axhline(results["wheelbase"], color=MUTED, lw=0.9, ls=":")
    for one in axes[-2:]:
        one.set_xlabel("steps of gradient descent")
    figure.legend(handles=axes[0].get_lines()[: len(RULES)], loc="outside lower center", ncols=3, frameon=False)
    save(figure, path)


def _draw_ratios(axes: Any, runs: list[Results]) -> None:
    for rule, name in RULES.items():
        values = np.sort(1.0 + off_of(runs, "path", rule))
        shares = (np.arange(len(values)) + 1) / len(values)
        axes.plot(np.clip(values, 1 - LIMIT, 1 + LIMIT), shares, color=COLOUR[rule], lw=1.6, label=name)
    axes.axvline(0.0, color=MUTED, lw=0.9, ls=":")
    axes.set(xlim=(1 - LIMIT, 1 + LIMIT), ylim=(0, 1.01))
    axes.annotate("wrong sign", (-0.05, 0.3), ha="right", rotation=90, fontsize=7, color=INK)


def _draw_learning(axes: Any, results: Results, task: str, expert: str, *, is_error: bool) -> None:
    """A thin line for each seed: they start on either side."""
    for found in results["learning"]:
        if (found["task"], found["expert"]) != (task, expert):
            continue
        for run in found["runs"]:
            values = np.array(run["wheelbases"])
            values = np.abs(values - results["wheelbase"]) if is_error else values
            axes.plot(values, color=COLOUR[found["rule"]], lw=1.0, alpha=0.8)
