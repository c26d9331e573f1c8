"""Tables of experiments, as Markdown."""

from collections.abc import Sequence
from statistics import median


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]], note: str, *, left: int = 1) -> str:
    """Heads, rows and a note below; the first `left` columns are text, the others numbers."""
    rule = ["---"] * left + ["---:"] * (len(heads) - left)
    lines = ["| " + " | ".join(row) + " |" for row in (heads, rule, *rows)]
    return "\n".join(lines) + "\n\n" + note


def middle(values: Sequence[float | None], form: str = ".2g") -> str:
    """Median over seeds and, where there are several, their range; a dash where there is none.

    >>> middle([3.0, 1.0, 2.0])
    '2 [1, 3]'
    """
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    shown = [f"{value:{form}}" for value in (median(known), min(known), max(known))]
    return shown[0] if len(known) == 1 else f"{shown[0]} [{shown[1]}, {shown[2]}]"


def machine(results: dict) -> str:
    """What it ran on, and for how long: the end of a note."""
    seconds = results["cpu_seconds"]
    spent = f"{seconds:.0f} CPU-seconds" if seconds < 120 else f"{seconds / 60:.0f} CPU-minutes"
    return f"{results['hardware']['cpu']}, one thread, {spent} in all."
