"""Figures of a comparison: success against the places' positions, or against what a decision costs."""

from pathlib import Path
from typing import Any

from experiments.comparison.tables import METRICS, metric_of

Results = dict[str, Any]
INK, MUTED = "#1f2937", "#94a3b8"
COLOURS = ("#2563eb", "#ea580c", "#16a34a", "#9333ea", "#dc2626", "#0891b2", "#ca8a04", "#db2777", "#4b5563", "#65a30d")
MARKERS = "osD^vPX*<>"


def draw_results(path: Path, results: Results) -> None:
    """One figure for a study, as PNG, SVG or PDF by its suffix; nothing where no run is finished."""
    places = [place for place in results["places"] if place["agents"]]
    if not places:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(places) > 1 and all(place["position"] is not None for place in places):
        draw_positions(path, results, places)
    else:
        draw_costs(path, results, places)


def draw_positions(path: Path, results: Results, places: list[Results]) -> None:
    """The study's metric against the position of the place, a line per agent."""
    metric = metric_of(results)
    figure, (axes,) = _figure(results["title"], 1, width=7.6)
    labels = list(dict.fromkeys(label for place in places for label in place["agents"]))
    colours = colours_of(labels)
    for label in labels:
        found = [(place["position"], place["agents"][label]) for place in places if label in place["agents"]]
        positions = [position for position, _ in found]
        shares = [agent["summary"][metric] for _, agent in found]
        colour, marker = colours[label]
        axes.fill_between(
            positions, [s["low"] for s in shares], [s["high"] for s in shares], color=colour, alpha=0.12, lw=0
        )
        axes.plot(positions, [s["mean"] for s in shares], color=colour, marker=marker, ms=4.5, lw=1.6, label=label)
    positions = sorted({place["position"] for place in places})
    if positions[0] > 0 and positions[-1] / positions[0] >= 8:
        axes.set_xscale("log", base=2)
    axes.set_xticks(positions, [f"{position:g}" for position in positions])
    if metric == "success":
        axes.axhline(0.95, color=MUTED, lw=0.8, ls=":")
    axes.set(xlabel=results["axis"] or "", ylabel=f"{metric} on held-out levels", ylim=(-0.02, 1.04))
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
    figure.savefig(path)


def draw_costs(path: Path, results: Results, places: list[Results]) -> None:
    """Success, and the score where it says something else, against milliseconds: a panel for each place."""
    metrics = [name for name in METRICS if name == "success" or any(map(_has_own_score, places))]
    figure, panels = _figure(results["title"], len(places), rows=len(metrics), width=4.6 * len(places) + 1.6)
    colours = colours_of(list(dict.fromkeys(label for place in places for label in place["agents"])))
    for r, name in enumerate(metrics):
        for c, place in enumerate(places):
            axes = panels[r * len(places) + c]
            _draw_panel(axes, place, name, colours)
            if r == 0 and len(places) > 1:
                axes.set_title(place["name"], color=INK, fontsize=10, loc="left")
            if r == len(metrics) - 1:
                axes.set_xlabel("ms per decision (p50 to p95, batch 1, one thread)")
            if c == 0:
                axes.set_ylabel(f"{name} on held-out levels")
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    panels[0].figure.legend(handles.values(), handles, frameon=False, loc="outside right center", fontsize=8)
    figure.savefig(path)


def colours_of(labels: list[str]) -> dict[str, tuple[str, str]]:
    """Label -> colour and marker."""
    return {label: (COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]) for k, label in enumerate(labels)}


def _draw_panel(axes: Any, place: Results, metric: str, colours: dict[str, tuple[str, str]]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    for label, agent in place["agents"].items():
        found, timings = agent["summary"][metric], agent["timings"]
        if timings is None or found["mean"] is None:
            continue
        colour, marker = colours[label]
        up = [[max(0.0, found["mean"] - found["low"])], [max(0.0, found["high"] - found["mean"])]]
        along = [[0.0], [max(0.0, timings["p95"] - timings["p50"])]]
        axes.errorbar(
            timings["p50"], found["mean"], yerr=up, xerr=along, color=colour, marker=marker, ms=6, lw=1.2, ls="",
            label=label,
        )  # fmt: skip
    axes.set(xscale="log", ylim=(-0.02, 1.04))
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))  # "2" and "5", and none on top of another
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _has_own_score(place: Results) -> bool:
    means = [
        (agent["summary"]["score"]["mean"], agent["summary"]["success"]["mean"]) for agent in place["agents"].values()
    ]
    return any(score is not None and score != success for score, success in means)


def _figure(title: str, columns: int, *, rows: int = 1, width: float) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 1.0 + 3.2 * rows), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", color=INK, fontweight="bold")
    return figure, panels
