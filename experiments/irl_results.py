"""The table and the figure of `crossroads irl`."""

from pathlib import Path
from typing import Any

import numpy as np

Results = dict[str, Any]
COLOURS = ("#2563eb", "#16a34a", "#ca8a04", "#9333ea", "#dc2626", "#0891b2")
INK, MUTED = "#1f2937", "#94a3b8"
SHOWN = (4, 16, 64, 256, 2048)
"""Numbers of demonstrations in the table, where they were asked for."""
LEAST_REGRET = 1e-5
"""Of scores, on a logarithmic axis."""


def worst_factor(costs: Any, true_costs: Any) -> float:
    """The largest factor by which one of the costs is off, above or below, once their geometric means agree."""
    ratio = np.log(np.asarray(costs)) - np.log(np.asarray(true_costs))
    return float(np.exp(np.abs(ratio - ratio.mean()).max()))


def irl_table(results: Results) -> str:
    """Recovered costs, and how one drives on them, as Markdown."""
    names, true_costs = results["classes"], results["true_costs"]
    heads = ["", "demonstrations", "labels", *names, "off by at most", "score", "CPU s", "seeds"]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    oracle = ["`oracle`, true costs", "", "", *(f"{cost:g}" for cost in true_costs), "", _interval(results["oracle"])]
    rows.append([*oracle, "", ""])
    counts = {found["demonstrations"] for found in results["summary"]}
    shown = [count for count in SHOWN if count in counts] or sorted(counts)
    chosen = [found for found in results["summary"] if found["demonstrations"] in shown]
    for found in sorted(chosen, key=lambda found: list(_agents(results)).index(found["agent"])):
        costs = [f"{cost:.2f}" for cost in found["costs"]] if "costs" in found else [""] * len(names)
        factor = f"x {found['worst_factor']['mean']:.2f}" if "costs" in found else ""
        rows.append(
            [
                f"`{found['agent']}`",
                str(found["demonstrations"]),
                f"{found['labels']:.0f}",
                *costs,
                factor,
                _interval(found),
                f"{found['cpu_seconds']:.1f}",
                str(found["seeds"]),
            ]
        )
    machine = results["hardware"]
    note = (
        "Means over seeds, each with demonstrations of its own, on the same "
        f"{results['arguments']['episodes']} held-out levels. Costs are scaled to the geometric mean of the "
        "true ones, and off by a factor up or down. Intervals, "
        f"{results['intervals']}. {machine['cpu']}, one core."
    )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n\n" + note


def draw_irl(path: Path, results: Results) -> None:
    """Recovered against true costs as demonstrations grow, a panel a method; and what of the score is missing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    methods = [name for name in _agents(results) if "costs" in _of(results, name)[0]]
    if not methods:
        return
    figure = Figure(figsize=(3.6 * (len(methods) + 1), 3.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    *panels, last = figure.subplots(1, len(methods) + 1)
    for axes, name in zip(panels, methods, strict=True):
        _draw_costs(axes, results, name)
    panels[0].set_ylabel("recovered cost (scaled), dashed: true")
    panels[0].legend(frameon=False, fontsize=7, ncols=2, loc="lower right")
    _draw_regret(last, results)
    for axes in (*panels, last):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("demonstrations")
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)


def _draw_costs(axes: Any, results: Results, name: str) -> None:
    found = _of(results, name)
    counts = [one["demonstrations"] for one in found]
    for k, (kind, cost) in enumerate(zip(results["classes"], results["true_costs"], strict=True)):
        colour = COLOURS[k % len(COLOURS)]
        low, high = ([one[key][k] for one in found] for key in ("costs_low", "costs_high"))
        axes.axhline(cost, color=colour, ls="--", lw=0.9)
        axes.fill_between(counts, low, high, color=colour, alpha=0.13, lw=0)
        axes.plot(counts, [one["costs"][k] for one in found], color=colour, marker="o", ms=3, lw=1.4, label=kind)
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_title(name, loc="left", color=INK, fontsize=10)


def _draw_regret(axes: Any, results: Results) -> None:
    best = results["oracle"]["score"]["mean"]
    for k, name in enumerate(_agents(results)):
        found = _of(results, name)
        counts = [one["demonstrations"] for one in found]
        middle, low, high = (
            np.maximum(best - np.array([one["score"][key] for one in found]), LEAST_REGRET)
            for key in ("mean", "high", "low")
        )
        axes.fill_between(counts, low, high, color=COLOURS[3 + k], alpha=0.13, lw=0)
        axes.plot(counts, middle, color=COLOURS[3 + k], marker="o", ms=3, lw=1.4, label=name)
    axes.set_yscale("log")
    axes.set_title("oracle's score, less theirs", loc="left", color=INK, fontsize=10)
    axes.legend(frameon=False, fontsize=7)


def _agents(results: Results) -> dict[str, None]:
    return dict.fromkeys(found["agent"] for found in results["summary"])


def _of(results: Results, name: str) -> list[Results]:
    found = [one for one in results["summary"] if one["agent"] == name]
    return sorted(found, key=lambda one: one["demonstrations"])


def _interval(found: Results) -> str:
    mean, low, high = (f"{found['score'][key]:.4f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
