"""Figures of experiments: panels beside each other, alike in type and colour."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from experiments.comparison.pictures import COLOURS, INK, MARKERS, MUTED

__all__ = ["COLOURS", "INK", "MARKERS", "MUTED", "band", "panels", "save", "titled"]


def panels(columns: int, rows: int = 1, *, width: float = 3.8, height: float = 3.4) -> tuple[Any, list[Any]]:
    """The figure and its axes, row by row; inches are those of one panel."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height * rows), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def titled(axes: Any, title: str, **settings: Any) -> None:
    """A title at the left, and `axes.set(...)`."""
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    axes.set(**settings)


def band(axes: Any, at: ArrayLike, curves: ArrayLike, *, colour: str, alpha: float = 0.13, **style: Any) -> None:
    """Median over seeds as a line, least to most as a band; curves [seed point]."""
    values = np.asarray(curves, np.float64)
    axes.fill_between(at, values.min(0), values.max(0), color=colour, alpha=alpha, lw=0)
    axes.plot(at, np.median(values, 0), color=colour, **{"lw": 1.5, **style})


def save(figure: Any, path: Path) -> None:
    """As PNG, SVG or PDF by the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
