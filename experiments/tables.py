"""Text in aligned columns, and numbers in a width that people read."""

from collections.abc import Sequence
from math import isnan


def table(rows: Sequence[Sequence[str]], *, align: str, header: Sequence[str] | None = None) -> str:
    """Rows as lines; `align` has one ``<`` or ``>`` per column, and columns are two spaces apart.

    >>> print(table([["oracle", "1.00"], ["random", "0.03"]], align="<>", header=["agent", "score"]))
    agent   score
    oracle   1.00
    random   0.03
    """
    lines = [list(row) for row in ([header] if header else []) + list(rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(align))]
    padded = [
        [f"{cell:{side}{width}}" for cell, side, width in zip(line, align, widths, strict=True)] for line in lines
    ]
    return "\n".join("  ".join(line).rstrip() for line in padded)


def number(value: float) -> str:
    """Four digits or so; a dash where there is no number."""
    if isnan(value):
        return "-"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{3 if size < 10 else 2 if size < 100 else 1}f}"


def percent(value: float) -> str:
    """A share with one decimal."""
    return "-" if isnan(value) else f"{100 * value:.1f} %"
