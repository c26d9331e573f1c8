"""The plot of `crossroads gates`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

COLOURS = ("#2563eb", "#ea580c", "#059669", "#9333ea", "#ca8a04", "#64748b")
INK = "#1f2937"
Curve = tuple[Sequence[int], Sequence[float]]


def draw_gates(path: Path, curves: Mapping[str, Sequence[Curve]], *, title: str) -> None:
    """Success against queries: a line for each gate's mean over seeds, a band from the least to the most.

    Args:
        path: Of the picture.
        curves: Gate -> for each seed (queries, success).
        title: Above the plot.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for index, (gate, seeds) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        queries, success = on_one_axis(seeds)
        axes.fill_between(queries, success.min(axis=0), success.max(axis=0), color=colour, alpha=0.12, lw=0)
        axes.plot(queries, success.mean(axis=0), color=colour, marker="o", ms=3.5, label=gate)
    axes.set(xlabel="expert queries", ylabel="success on validation levels")
    least = min(min(success) for seeds in curves.values() for _, success in seeds)
    axes.set_ylim(max(0.0, 0.1 * int(10 * least) - 0.05), 1.02)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e2e8f0", lw=0.6)
    axes.legend(frameon=False, loc="lower right")
    axes.set_title(title, loc="left", color=INK, fontweight="bold", fontsize=11)
    figure.savefig(path)


def on_one_axis(seeds: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray]:
    """(mean queries of each round [round], success [seed round]): seeds may have asked differently often."""
    return np.mean([queries for queries, _ in seeds], axis=0), np.array([success for _, success in seeds])
