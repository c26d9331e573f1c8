"""What does an LQR take in time and memory, forward and back, as problems become longer, more, and larger?

Random problems as in the public benchmark, without bounds and with |u| <= 1; cvxpylayers beside, as it comes, where it
is installed.
"""

from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from experiments.control.cells import machine, markdown
from experiments.control.growth.measuring import BOUNDS, ours, theirs
from experiments.control.growth.picture import draw_growth
from experiments.control.growth.sizes import BASE, CONVEX, GROWING, QUICK, QUICK_BASE, Size, grown
from experiments.progress import progress_bar
from experiments.tables import number


def run(seeds: tuple[int, ...], *, quick: bool = False) -> dict[str, Any]:
    """Every size with every seed."""
    sizes, base = (QUICK, QUICK_BASE) if quick else (GROWING, BASE)
    jobs = [(axis, value, seed) for seed in seeds for axis, values in sizes.items() for value in values]
    found: dict[str, dict[str, list[Any]]] = {who: {axis: [] for axis in sizes} for who in ("ours", "theirs")}
    has_theirs = find_spec("cvxpylayers") is not None
    ours(Size(1, 2, 2), 0)  # what is compiled at the first call is not what grows
    with progress_bar(len(jobs), "scaling", unit="sizes") as bar:
        for axis, value, seed in jobs:
            bar.set_postfix({axis: value})
            found["ours"][axis].append(ours(grown(base, axis, value), seed))
            if has_theirs and value <= CONVEX[axis]:
                found["theirs"][axis].append(theirs(grown(base, axis, value), seed))
            bar.update()
    return {"base": asdict(base), **found}


def table(results: dict[str, Any]) -> str:
    """The least, the usual and the largest of each size."""
    heads = ["problems", "steps", "states", "no bounds [ms]", "derivatives", "\\|u\\| ≤ 1 [ms]", "derivatives"]
    heads += ["peak [MiB]", "cvxpylayers [ms]", "derivatives", "\\|u\\| ≤ 1 [ms]", "derivatives"]
    rows = [_row(results, axis, value) for axis, value in _chosen(results)]
    off = [row[kind]["gradient_error"] for rows_ in results["theirs"].values() for row in rows_ for kind in BOUNDS]
    note = "Half as many controls as states; medians over seeds of CPU time; the peak is that of a "
    note += "bounded solution and its derivatives, problem not counted. "
    if off:
        note += f"cvxpylayers with its own tolerances: its gradients are off by {median(off):.0e} (median) to "
        note += f"{max(off):.0e}. "
    return markdown(heads, rows, note + machine(results), left=0)


def draw(path: Path, results: dict[str, Any]) -> None:
    """Time and memory against sizes."""
    draw_growth(path, results)


def _chosen(results: dict[str, Any]) -> list[tuple[str, int]]:
    chosen, seen = [], set()
    for axis, rows in results["ours"].items():
        values = sorted({row[axis] for row in rows})
        for value in (values[0], results["base"][axis], values[-1]):
            size = grown(Size(**results["base"]), axis, value)
            if value in values and size not in seen:
                chosen.append((axis, value))
                seen.add(size)
    return chosen


def _row(results: dict[str, Any], axis: str, value: int) -> list[str]:
    size = grown(Size(**results["base"]), axis, value)
    mine, other = ([row for row in results[who][axis] if row[axis] == value] for who in ("ours", "theirs"))
    cells = [f"{size.batch:,}", str(size.horizon), str(size.states)]
    cells += [_cell(mine, kind, way) for kind in BOUNDS for way in ("forward_ms", "backward_ms")]
    cells.append(_cell(mine, "bounded", "peak_mib"))
    return cells + [_cell(other, kind, way) for kind in BOUNDS for way in ("forward_ms", "backward_ms")]


def _cell(rows: list[dict[str, Any]], kind: str, what: str) -> str:
    return number(median(row[kind][what] for row in rows)) if rows else "-"
