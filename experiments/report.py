"""README's tables, from committed results: nobody types a number.

  python -m experiments.report

puts what `results/*.json` say between the markers in README.md. To renew those: ``make demo`` and copy its
``summary.json`` to ``results/demo.json``; ``make bench ARGS="--json results/bench.json"``; ``crossroads yardsticks
--recordings FOLDER --json results/yardsticks.json``; ``crossroads realism --path FOLDER --json results/realism.json``;
``crossroads compare --study particle --json results/compare_particle.json``, and so for two-ways and roads;
``crossroads vin --json results/vin.json``; ``crossroads irl --json results/irl.json --figure docs/irl.png``;
``crossroads forecasts --checkpoint FOLDERS --json results/forecasts.json``; ``crossroads compare --study models`` and
then ``crossroads models --json results/models.json --picture docs/models.png``; ``crossroads control NAME --json
results/control_NAME.json --picture docs/control_NAME.png`` for every NAME that it knows.
"""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from envs.core.atomic import write_atomically
from experiments.bench import figure
from experiments.comparison.tables import (
    AT_FAULT,
    COMFORT,
    ENCODER,
    ENTROPY,
    EVALUATIONS,
    LATENCY,
    PROGRESS,
    RATE,
    SCORE,
    SUCCESS,
    TRAINING,
    WAYS,
    places_table,
    positions_table,
)
from experiments.control import EXPERIMENTS
from experiments.forecast_tables import forecasts_table
from experiments.foresight.tables import models_table
from experiments.irl_results import irl_table
from experiments.vin.tables import places_table as vin_places_table
from experiments.vin.tables import study_table as vin_table

ROOT = Path(__file__).parents[1]
Results = dict[str, Any]


ROADS = ("intersections",)
ROAD_COLUMNS = {"score": 1.0, "success": 100.0, "at_fault_collision": 100.0, "off_road": 100.0, "comfort": 100.0}
"""Metric -> what its mean is multiplied by: 100 shows per cent."""


def road_table(results: Results) -> str:
    """Who crosses intersections how well, as Markdown."""
    (place,) = ROADS
    titles = [name.replace("_", " ") + ("" if scale == 1.0 else " [%]") for name, scale in ROAD_COLUMNS.items()]
    lines = [_row(["", *titles, "ms per decision"]), _row(["---", *["---:"] * (len(titles) + 1)])]
    for name, found in results["evaluations"][place].items():
        cells = [_interval(found[key], scale, 3 if scale == 1.0 else 1) for key, scale in ROAD_COLUMNS.items()]
        lines.append(_row([f"`{name}`", *cells, f"{found['latency_ms']['p50']:.2g}"]))
    return "\n".join(lines) + "\n\n" + _note(results, "Intersection-v0", place)


def demo_table(results: Results) -> str:
    """Who reaches the goal where on grids, as Markdown."""
    places = [place for place in results["evaluations"] if place not in ROADS]
    columns = [f"{place}: {name}" for name in ("success [%]", "score") for place in places]
    head = ["", *columns, "ms per decision"]
    lines = [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    for name in results["evaluations"][places[0]]:
        found = [results["evaluations"][place][name] for place in places]
        success = [_interval(summary["success"], 100.0, 1) for summary in found]
        score = [_interval(summary["score"], 1.0, 3) for summary in found]
        lines.append(_row([f"`{name}`", *success, *score, f"{found[0]['latency_ms']['p50']:.2g}"]))
    return "\n".join(lines) + "\n\n" + _note(results, "GridNav-v0", places[0])


def _note(results: Results, env: str, place: str) -> str:
    machine = results["hardware"]
    training = [found for found in results["training"] if found["env"] == env]
    labels, cpu = training[0]["labels"], max(found["cpu_seconds"] for found in training)
    return (
        f"Means with 95 % intervals over {results['episodes'][place]} held-out levels. Both learners had {labels:,} "
        f"labels and at most {cpu:.0f} CPU-seconds each, seed {results['seed']}; {machine['cpu']}, "
        f"{machine['cores']} cores."
    )


def yardsticks_table(results: Results) -> str:
    """How the scripted drivers drive everywhere, as Markdown."""
    columns = {**{name: ROAD_COLUMNS[name] for name in ("score", "success", "at_fault_collision")}, "ttc": 100.0}
    columns["comfort"] = 100.0
    titles = [name.replace("_", " ") + ("" if scale == 1.0 else " [%]") for name, scale in columns.items()]
    lines = [_row(["", "driver", *titles]), _row(["---", "---", *["---:"] * len(titles)])]
    for place, found in results["places"].items():
        for k, (driver, means) in enumerate(found["drivers"].items()):
            cells = [_interval(means[key], scale, 3 if scale == 1.0 else 1) for key, scale in columns.items()]
            lines.append(_row([f"{place}, {found['levels']} levels" if k == 0 else "", f"`{driver}`", *cells]))
    return "\n".join(lines) + "\n\nMeans with 95 % intervals."


def realism_table(results: Results) -> str:
    """How realistic the traffic of recordings is, as Markdown."""
    kinds = results["means"]
    shown = [name for name in next(iter(kinds.values())) if any(found[name] is not None for found in kinds.values())]
    lines = [_row(["", *(name.replace("_", " ") for name in shown)]), _row(["---", *["---:"] * len(shown)])]
    for kind, found in kinds.items():
        lines.append(_row([kind, *("-" if found[name] is None else f"{found[name]:.3f}" for name in shown)]))
    return "\n".join(lines)


def bench_table(results: Results) -> str:
    """Medians and ranges, as Markdown."""
    lines = [_row(["", "median", "range", "unit", "target"]), _row(["---", "---:", "---", "---", "---"])]
    for row in results["rows"]:
        low, high = figure(min(row["values"])), figure(max(row["values"]))
        spread = f"{low} to {high}" if len(row["values"]) > 1 else ""
        lines.append(
            _row([row["name"].replace("  ", "&nbsp;&nbsp;"), figure(row["median"]), spread, row["unit"], row["target"]])
        )
    machine = results["hardware"]
    return "\n".join(lines) + (
        f"\n\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, numba {machine['numba']}, load "
        f"before {machine['load']}; {len(results['rows'][0]['values'])} repeats."
    )


def compare_particle_table(results: Results) -> str:
    """Who reaches two goals in how many dimensions, as Markdown."""
    return positions_table(results)


def compare_two_ways_table(results: Results) -> str:
    """Who takes one of two equally good ways, and who both, as Markdown."""
    return places_table(results, (SUCCESS, SCORE, WAYS, ENTROPY, EVALUATIONS, LATENCY, RATE, TRAINING))


def compare_roads_table(results: Results) -> str:
    """How well every family of policies drives after the same demonstrations, as Markdown."""
    return places_table(results, (SCORE, SUCCESS, AT_FAULT, EVALUATIONS, LATENCY, ENCODER, RATE, TRAINING))


def compare_planners_table(results: Results) -> str:
    """How well learned planners drive, as Markdown."""
    return places_table(results, (SCORE, SUCCESS, AT_FAULT, PROGRESS, COMFORT, LATENCY, TRAINING))


def beside_imitation_table(results: Results) -> str:
    """Our behaviour cloning beside that of the `imitation` library, as Markdown."""
    lines = [_row(["", "", "success [%]", "score", "training [s]"]), _row(["---", "---", *["---:"] * 3])]
    for place, found in results["places"].items():
        for k, who in enumerate(("imitation", "crossroads")):
            means = found[who]
            seconds = sum(means["seconds"]) / len(means["seconds"])
            head = f"{place}, {found['steps']:,} steps" if k == 0 else ""
            cells = [_interval(means["success"], 100.0, 1), _interval(means["score"], 1.0, 3), f"{seconds:.0f}"]
            lines.append(_row([head, f"`{who}`", *cells]))
    asked, machine = results["arguments"], results["hardware"]
    return "\n".join(lines) + (
        f"\n\n{asked['episodes']} held-out levels, {results['seeds']} seeds, {asked['updates']:,} updates of "
        f"{asked['batch_size']}, one thread; {machine['cpu']}, {machine['cores']} cores."
    )


def control_table(results: Results) -> str:
    """What an experiment in optimal control has found, as Markdown."""
    return import_module(EXPERIMENTS[results["experiment"]]).table(results)


def filled(text: str, tables: dict[str, str]) -> str:
    """README with each table between ``<!-- name -->`` and ``<!-- /name -->``."""
    for name, table in tables.items():
        head, opening, rest = text.partition(f"<!-- {name} -->")
        _, closing, tail = rest.partition(f"<!-- /{name} -->")
        if not (opening and closing):
            raise ValueError(
                f"README.md has no place for the table {name!r}: expected <!-- {name} --> and <!-- /{name} -->."
            )
        text = f"{head}{opening}\n{table}\n{closing}{tail}"
    return text


def tables() -> dict[str, str]:
    """All of README's tables."""
    makers: dict[str, tuple[str, Callable[[Results], str]]] = {
        "roads": ("demo", road_table),
        "demo": ("demo", demo_table),
        "yardsticks": ("yardsticks", yardsticks_table),
        "realism": ("realism", realism_table),
        "bench": ("bench", bench_table),
    }
    # A study takes long, and has a table once it has results.
    studies = {
        "compare-particle": ("compare_particle", compare_particle_table),
        "compare-two-ways": ("compare_two_ways", compare_two_ways_table),
        "compare-roads": ("compare_roads", compare_roads_table),
        "beside-imitation": ("beside_imitation", beside_imitation_table),
        "compare-planners": ("compare_planners", compare_planners_table),
        "models": ("models", models_table),
        "irl": ("irl", irl_table),
        "forecasts": ("forecasts", forecasts_table),
        "vin": ("vin", vin_table),
        "vin-zero-shot": ("vin", vin_places_table),
        **{f"control-{name}": (f"control_{name}", control_table) for name in EXPERIMENTS},
    }
    makers |= {name: entry for name, entry in studies.items() if (ROOT / f"results/{entry[0]}.json").is_file()}
    return {
        name: make(json.loads((ROOT / f"results/{file}.json").read_text())) for name, (file, make) in makers.items()
    }


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _interval(found: Results, scale: float, digits: int) -> str:
    mean, low, high = (f"{scale * found[key]:.{digits}f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


if __name__ == "__main__":
    readme = ROOT / "README.md"
    write_atomically(readme, filled(readme.read_text(encoding="utf-8"), tables()).encode())
