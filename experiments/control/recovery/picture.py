"""The figure of `crossroads control recover`."""

from pathlib import Path
from typing import Any

import numpy as np

from experiments.control.panels import COLOURS, MARKERS, MUTED, band, panels, save, titled


def draw_recovery(path: Path, results: dict[str, Any]) -> None:
    """Errors of plans and of parameters while learning; and on held-out starts, by the number of demonstrations."""
    figure, (plans, parameters, few) = panels(3, width=4.2, height=4.0)
    for k, case in enumerate(results["cases"]):
        label = f"{case['unknown']} unknown, {case['seen']} seen; {case['start']}"
        at = np.unique(np.geomspace(1, max(run["evaluations"] for run in case["runs"]), 80).round())
        colour = COLOURS[k % len(COLOURS)]
        band(
            plans, at, [_at(run, "imitation_error", at) for run in case["runs"]], colour=colour, alpha=0.05, label=label
        )
        worst = [np.maximum(*(_at(run, name, at) for name in ("dynamics_error", "cost_error"))) for run in case["runs"]]
        band(parameters, at, worst, colour=colour, alpha=0.05)
    for axes in (plans, parameters):
        axes.set(xscale="log", yscale="log", xlabel="evaluations")
    titled(plans, "error of imitated plans")
    titled(parameters, "error of dynamics or costs")
    _draw_few(few, results["few"])
    figure.legend(handles=plans.get_lines(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    save(figure, path)


def _at(run: dict[str, Any], name: str, at: np.ndarray) -> np.ndarray:
    """A curve at other evaluations: the last known value."""
    curve = run["curve"]
    where = np.searchsorted(curve["evaluation"], at, side="right") - 1
    return np.asarray(curve[name])[where]


def _draw_few(axes: Any, few: dict[str, Any]) -> None:
    for k, (name, errors) in enumerate(few["errors"].items()):
        band(axes, few["counts"], errors, colour=COLOURS[-1 - k], marker=MARKERS[k], ms=4, label=name)
    axes.axhline(few["noise"], color=MUTED, ls=":", lw=0.9)
    axes.set(xscale="log", yscale="log", xlabel="demonstrations")
    axes.set_xticks(few["counts"], [str(count) for count in few["counts"]], minor=False)
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=8)
    titled(axes, f"error on held-out starts, {100 * few['noise']:.0f} % noise")
