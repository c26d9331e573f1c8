"""Cells and rows of tables in Markdown."""

from typing import Any

from experiments.comparison.tables import row

Results = dict[str, Any]
ROAD_COLUMNS = {"score": 1.0, "success": 100.0, "at_fault_collision": 100.0, "off_road": 100.0, "comfort": 100.0}
"""Metric -> what its mean is multiplied by: 100 shows per cent."""


def rule(left: int, right: int) -> str:
    """The line below the head: so many columns that begin at the left, and then so many that end at the right."""
    return row([*["---"] * left, *["---:"] * right])


def title_of(metric: str, scale: float) -> str:
    """A metric as a head: with its unit where it is shown in per cent."""
    return metric.replace("_", " ") + ("" if scale == 1.0 else " [%]")


def interval(found: Results, scale: float = 1.0) -> str:
    """A mean with its interval; shares of one have three digits, per cent one."""
    digits = 3 if scale == 1.0 else 1
    mean, low, high = (f"{scale * found[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
