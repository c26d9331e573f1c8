"""The tables of README and of docs/, from committed results: nobody types a number.

  python -m experiments.report

puts what `results/*.json` say between the markers in these pages, and draws docs/leaderboard.png. To renew the
results: ``make demo`` and copy its ``summary.json`` to ``results/demo.json``; ``make bench ARGS="--json
results/bench.json"``; ``crossroads yardsticks --recordings FOLDER --json results/yardsticks.json``; ``crossroads
realism --path FOLDER --json results/realism.json``; ``crossroads compare --study NAME --json
results/compare_NAME.json`` for particle, two-ways, roads and planners (``--join results/compare_NAME.json`` keeps
what is not done again); ``crossroads vin --json results/vin.json``; ``crossroads irl --json results/irl.json --figure
docs/irl.png``; ``crossroads forecasts --checkpoint FOLDERS --json results/forecasts.json``; ``crossroads compare
--study models`` and then ``crossroads models --json results/models.json --picture docs/models.png``; ``crossroads
control NAME --json results/control_NAME.json --picture docs/control_NAME.png`` for every NAME that it knows.
"""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from envs.core.atomic import write_atomically
from experiments.control import EXPERIMENTS
from experiments.forecast_tables import forecasts_table
from experiments.foresight.tables import models_table
from experiments.irl_results import irl_table
from experiments.reported import demo, driving, leaderboard, speed, studies
from experiments.reported.cells import Results
from experiments.vin.tables import places_table as vin_places_table
from experiments.vin.tables import study_table as vin_table

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
MAKERS: dict[str, tuple[str, Callable[[Results], str]]] = {
    "roads": ("demo", demo.road_table),
    "demo": ("demo", demo.demo_table),
    "yardsticks": ("yardsticks", driving.yardsticks_table),
    "realism": ("realism", driving.realism_table),
    "bench": ("bench", speed.bench_table),
    "compare-particle": ("compare_particle", studies.compare_particle_table),
    "compare-two-ways": ("compare_two_ways", studies.compare_two_ways_table),
    "compare-roads": ("compare_roads", studies.compare_roads_table),
    "compare-planners": ("compare_planners", studies.compare_planners_table),
    "beside-imitation": ("beside_imitation", studies.beside_imitation_table),
    "models": ("models", models_table),
    "irl": ("irl", irl_table),
    "forecasts": ("forecasts", forecasts_table),
    "vin": ("vin", vin_table),
    "vin-zero-shot": ("vin", vin_places_table),
}
"""Table -> (file of results, what makes it of them)."""


def control_table(results: Results) -> str:
    """What an experiment in optimal control has found, as Markdown."""
    return import_module(EXPERIMENTS[results["experiment"]]).table(results)


def tables() -> dict[str, str]:
    """All tables whose results are there: a study takes long, and has a table once it has results."""
    makers = MAKERS | {f"control-{name}": (f"control_{name}", control_table) for name in EXPERIMENTS}
    found = {name: make(results_in(file)) for name, (file, make) in makers.items() if file_of(file).is_file()}
    return found | {"leaderboard": leaderboard.table(leaderboard.entries(committed()))}


def filled(text: str, found: dict[str, str]) -> str:
    """A page with each of the tables for which it has markers, ``<!-- name -->`` and ``<!-- /name -->``.

    Raises:
        ValueError: one marker without the other.
    """
    for name, table in found.items():
        head, opening, rest = text.partition(f"<!-- {name} -->")
        _, closing, tail = rest.partition(f"<!-- /{name} -->")
        if opening and not closing:
            raise ValueError(f"Expected <!-- /{name} --> after <!-- {name} -->.")
        if opening:
            text = f"{head}{opening}\n{table}\n{closing}{tail}"
    return text


def committed() -> dict[str, Results]:
    """All committed results, by name."""
    return {path.stem: results_in(path.stem) for path in sorted((ROOT / "results").glob("*.json"))}


def results_in(name: str) -> Results:
    """Committed results."""
    return json.loads(file_of(name).read_text(encoding="utf-8"))


def file_of(name: str) -> Path:
    """Where they lie, or would."""
    return ROOT / "results" / f"{name}.json"


def main() -> None:
    """Fill all pages, and draw."""
    found = tables()
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        write_atomically(ROOT / page, filled(text, found).encode())
    leaderboard.draw(ROOT / "docs" / "leaderboard.png", leaderboard.entries(committed()))


if __name__ == "__main__":
    main()
