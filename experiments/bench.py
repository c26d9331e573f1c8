"""Measure how fast everything is: medians over repeats with the range they had, and the targets beside them.

  crossroads bench
  crossroads bench --quick
  crossroads bench --peers --json bench.json

Figures are for the machine named above the table; close other programs first.
"""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numba

from envs.core.atomic import write_atomically
from experiments.measurements import Effort, Measurement, measurements
from experiments.progress import progress_bar
from experiments.tables import table
from experiments.threads import available_cores


@dataclass(frozen=True)
class Args:
    """How thorough to be."""

    quick: bool = False
    """Three short repeats instead of seven, and no compilation from scratch."""
    peers: bool = True
    """Also measure what others made, where it is installed: MiniGrid, highway-env and cvxpylayers."""
    json: Path | None = None
    """Write all repeats here."""


@dataclass(frozen=True)
class Row:
    """A finished measurement."""

    name: str
    unit: str
    target: str
    values: tuple[float, ...]

    @property
    def cells(self) -> list[str]:
        """What the table shows: name, median, range, unit, repeats, target."""
        low, middle, high = (figure(value) for value in (min(self.values), median(self.values), max(self.values)))
        spread = f"{low} to {high}" if len(self.values) > 1 else ""
        return [self.name, middle, spread, self.unit, str(len(self.values)), self.target]


def main(args: Args) -> None:
    """Measure everything, one row at a time, and print the table."""
    effort = Effort(repeats=3, seconds=0.4, cold=False) if args.quick else Effort(repeats=7, seconds=1.0, cold=True)
    rows = run(measurements(effort, peers=args.peers), effort)
    machine = hardware()
    print(f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}")
    print(f"Python {machine['python']}, numba {machine['numba']}, load before {machine['load']}\n")
    header = ["", "median", "range", "unit", "repeats", "target"]
    print(table([row.cells for row in rows], align="<>><><", header=header))
    if args.json is not None:
        content = {"hardware": machine, "rows": [{**asdict(row), "median": median(row.values)} for row in rows]}
        args.json.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(args.json, (json.dumps(content, indent=2) + "\n").encode())
        print(f"\nwritten: {args.json}")


def run(planned: Sequence[Measurement], effort: Effort) -> list[Row]:
    """The measurements one after the other; what cannot be measured here is left out."""
    rows = []
    with progress_bar(len(planned), "measuring", unit="rows") as bar:
        for item in planned:
            bar.set_postfix_str(item.name.strip(), refresh=False)
            once = item.prepare()
            repeats = 1 if item.is_long else effort.repeats
            rows.append(Row(item.name, item.unit, item.target, tuple(once() for _ in range(repeats))))
            bar.update()
    return rows


def figure(value: float) -> str:
    """Three digits: 5.41 M, 214 k, 1.72."""
    for limit, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def hardware() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "cpu": _cpu_model(),
        "cores": available_cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
