"""Runs out of other results: what was done in another folder, or on another machine, need not be done again."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.comparison.runs import agree
from experiments.comparison.training import write_json
from experiments.vin.runs import Plan, Run, runs_of

Records = list[dict[str, Any]]
PARTS = ("training", "judged", "zero_shot")
"""Files of a run that its results are made of: attributes of `Run`, and names in the records."""


def records_of(runs: Sequence[Run]) -> Records:
    """All that results need to know of finished runs, as `join` takes it."""
    return [
        {"kind": run.kind, "share": run.share, "seed": run.seed}
        | {part: json.loads(path.read_text(encoding="utf-8")) for part, path in _files(run).items()}
        for run in runs
    ]


def read_records(file: Path) -> Records:
    """The records in results.

    Raises:
        ValueError: no such results, or older ones that do not hold their runs.
    """
    try:
        records = json.loads(file.read_text(encoding="utf-8"))["runs"]
        return [{**record, "who": (record["kind"], record["share"], record["seed"])} for record in records]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"--join {file}: expected results of `crossroads vin` with their runs.") from error


def join(plan: Plan, records: Records) -> list[str]:
    """Put the runs that records tell of beside those of the plan, which need not be done then.

    Runs that are finished already stay as they are. Returns the titles of those that were left out: made with other
    settings, or judged on another number of levels.
    """
    runs, left_out = {(run.kind, run.share, run.seed): run for run in runs_of(plan)}, []
    for record in records:
        run = runs.get(record["who"])
        if run is None or run.is_finished:
            continue
        if not agree(run.whole_config, record["training"]["config"]) or record["judged"]["levels"] != plan.levels:
            left_out.append(run.title)
            continue
        for part, path in _files(run, record).items():
            write_json(path, record[part])
    return left_out


def _files(run: Run, found: Any = None) -> dict[str, Path]:
    """Those that there are, or that `found` tells of."""
    paths = {part: getattr(run, part) for part in PARTS}
    return {part: path for part, path in paths.items() if (path.is_file() if found is None else part in found)}
