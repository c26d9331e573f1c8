"""The figure of `crossroads control scaling`: time above, memory below, against each of the sizes."""

from pathlib import Path
from typing import Any

from experiments.control.growth.sizes import AXES
from experiments.control.panels import COLOURS, INK, MUTED, band, panels, save, titled

KINDS = {"free": COLOURS[0], "bounded": COLOURS[1]}
WAYS = {"forward_ms": "-", "backward_ms": "--"}
WHOSE: dict[str, dict[str, Any]] = {
    "ours": {"marker": "o", "ms": 3.5},
    "theirs": {"marker": "x", "ms": 5.0},
}
LABELS = {"free": "no bounds", "bounded": "|u| ≤ 1", "forward_ms": "solution", "backward_ms": "derivatives"}


def draw_growth(path: Path, results: dict[str, Any]) -> None:
    """Medians over seeds, bands from the least to the most."""
    figure, axes = panels(len(AXES), 2, height=3.0)
    for column, (axis, name) in enumerate(AXES.items()):
        time, memory = axes[column], axes[column + len(AXES)]
        for one in (time, memory):
            one.set(xscale="log", yscale="log")
        for kind, colour in KINDS.items():
            for who, style in WHOSE.items():
                for way, line in WAYS.items():
                    at, curves = series(results[who][axis], axis, kind, way)
                    if at:
                        band(time, at, curves, colour=colour, ls=line, **style)
            at, curves = series(results["ours"][axis], axis, kind, "peak_mib")
            band(memory, at, curves, colour=colour, **WHOSE["ours"])
        at, curves = series(results["ours"][axis], axis, None, "inputs_mib")
        band(memory, at, curves, colour=MUTED, ls=":")
        titled(time, fixed(results["base"], axis), ylabel="" if column else "CPU time [ms]")
        titled(memory, "", xlabel=name, ylabel="" if column else "peak of memory [MiB]")
        for one in (time, memory):
            one.set_xticks(at, labels=[f"{value:,}" for value in at])
            one.minorticks_off()
            one.yaxis.set_major_formatter("{x:,g}")
            one.grid(color="#e2e8f0", lw=0.6)
    figure.legend(
        handles=_handles(bool(results["theirs"]["horizon"])), frameon=False, loc="outside lower center", ncol=7
    )
    save(figure, path)


def fixed(base: dict[str, int], axis: str) -> str:
    """What does not grow."""
    words = {"batch": "problems", "horizon": "steps", "states": "states"}
    return ", ".join(f"{base[name]} {word}" for name, word in words.items() if name != axis)


def series(rows: list[dict[str, Any]], axis: str, kind: str | None, what: str) -> tuple[list[int], list[list[float]]]:
    """(sizes, values [seed size])."""
    at = sorted({row[axis] for row in rows})
    seeds = sorted({row["seed"] for row in rows})
    known = {(row["seed"], row[axis]): (row if kind is None else row[kind])[what] for row in rows}
    return at, [[known[seed, value] for value in at] for seed in seeds]


def _handles(has_theirs: bool) -> list[Any]:
    """Of the legend."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=colour, label=LABELS[kind]) for kind, colour in KINDS.items()]
    handles += [Line2D([], [], color=INK, ls=line, label=LABELS[way]) for way, line in WAYS.items()]
    names = {"ours": "lqr", **({"theirs": "cvxpylayers"} if has_theirs else {})}
    handles += [Line2D([], [], color=INK, ls="", label=name, **WHOSE[who]) for who, name in names.items()]
    return [*handles, Line2D([], [], color=MUTED, ls=":", label="the problem itself")]
