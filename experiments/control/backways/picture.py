"""The figure of `crossroads control ways`: error by effort and by time, and memory."""

from pathlib import Path
from statistics import median
from typing import Any

from experiments.control.panels import COLOURS, INK, MARKERS, MUTED, panels, save, titled

FAMILIES = ("direct", "conjugate gradient", "normal equations", "Neumann series", "truncated", "unrolled")
LOOK = {name: {"color": COLOURS[k], "marker": MARKERS[k]} for k, name in enumerate(FAMILIES)}
FLOOR = 1e-16
WHAT = {
    "argmin": "argmin by {} steps of descent",
    "mpc": "mpc of a bicycle by Newton's method",
}


def draw_ways(path: Path, results: dict[str, Any]) -> None:
    """A row for each problem; writes .png, .svg or .pdf."""
    figure, axes = panels(3, 2, width=4.1)
    for row, (problem, found) in enumerate(results["problems"].items()):
        efforts, times, memory = axes[3 * row : 3 * row + 3]
        what = WHAT[problem].format(results["iterations"])
        for family in FAMILIES:
            _draw_family(efforts, times, family, [one for one in found["rows"] if one["family"] == family])
        titled(
            efforts, what, xscale="log", yscale="log", xlabel="iterations, terms, last steps", ylabel="gradient error"
        )
        titled(
            times, "and by time", xscale="log", yscale="log", xlabel="CPU ms of the way back", ylabel="gradient error"
        )
        if problem == "argmin":
            _draw_rate(efforts, results)
            _draw_growth(memory, results["memory"])
        else:
            _draw_memory(memory, found["rows"])
    handles = {name: axes[0].plot([], [], ls="-", ms=4, **LOOK[name])[0] for name in FAMILIES}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=6, frameon=False)
    save(figure, path)


def _draw_family(efforts: Any, times: Any, family: str, rows: list[dict[str, Any]]) -> None:
    points = [
        (row["effort"], median(row["backward_ms"]), max(median(row["error"]), FLOOR))
        for row in rows
        if all(error is not None for error in row["error"])
    ]
    known = [point for point in points if point[0] is not None]
    style = {"ms": 4, "lw": 1.3, **LOOK[family]}
    if known:
        steps, spent, errors = zip(*known, strict=True)
        efforts.plot(steps, errors, **{**style, "ls": "--" if family == "truncated" else "-"})
        times.plot(spent, errors, **style)
    for effort, spent, error in points:
        if effort is None:
            times.plot([spent], [error], **{**style, "ms": 8, "mec": "white", "ls": ""})


def _draw_rate(axes: Any, results: dict[str, Any]) -> None:
    """What theory says of the series: rho to the number of terms."""
    rows = [row for row in results["problems"]["argmin"]["rows"] if row["family"] == "Neumann series"]
    last, rho = rows[-1], median(results["rho"])
    steps = [row["effort"] for row in rows]
    shown = [median(last["error"]) * rho ** (step - last["effort"]) for step in steps]
    axes.plot(steps, shown, color=MUTED, lw=3, alpha=0.5, zorder=0)
    axes.annotate("rho^K", (steps[-2], shown[-2]), xytext=(6, 6), textcoords="offset points", color=MUTED, fontsize=8)


def _draw_growth(axes: Any, memory: dict[str, Any]) -> None:
    for family, peaks in memory["peak_kib"].items():
        label = "truncated (20)" if family == "truncated" else family
        axes.plot(memory["iterations"], peaks, ms=4, lw=1.3, **LOOK[family])
        axes.annotate(
            label,
            (memory["iterations"][-1], peaks[-1]),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=7,
            color=INK,
        )
    titled(axes, "memory as iterations grow", xscale="log", yscale="log", xlabel="steps forward", ylabel="peak KiB")
    axes.set_xlim(right=3.5 * memory["iterations"][-1])
    axes.set_xticks(memory["iterations"], [str(steps) for steps in memory["iterations"]])
    axes.minorticks_off()


def _draw_memory(axes: Any, rows: list[dict[str, Any]]) -> None:
    for family in FAMILIES:
        mine = [row for row in rows if row["family"] == family and row["peak_kib"] is not None]
        known = [(row["effort"], row["peak_kib"]) for row in mine if row["effort"] is not None]
        if known:
            axes.plot(*zip(*known, strict=True), ms=4, lw=1.3, **LOOK[family])
        for row in mine:
            if row["effort"] is None and family in ("direct", "unrolled"):
                axes.axhline(row["peak_kib"], color=LOOK[family]["color"], lw=1.2, ls=":")
                what = "direct, and all that take products alone" if family == "direct" else "unrolled"
                axes.text(
                    0.99,
                    row["peak_kib"],
                    what,
                    transform=axes.get_yaxis_transform(),
                    ha="right",
                    va="bottom",
                    fontsize=7,
                )
    titled(
        axes, "memory by effort", xscale="log", yscale="log", xlabel="iterations, terms, last steps", ylabel="peak KiB"
    )
