"""What is learned through planning, and what that costs: a room for each experiment of `crossroads control NAME`.

Experiment NAME is the module `experiments/control/NAME.py`; what does not fit in there goes to rooms beside it. Its
first line says what it asks, and it offers three functions:

run(seeds, *, quick=False) -> Results
    All of it, for `seeds` (a tuple of ints: repeats that draw other problems, or repeats of a timing), smaller and
    shorter if `quick` (seconds, for tests). Results is a dict of what JSON knows, with str keys and no NaN (None where
    there is no number), and keeps what each seed found beside any summary. Progress by
    `experiments.progress.progress_bar`; torch runs on one thread already, set by the door.
table(results) -> str
    Markdown as in docs/control.md: head, rule, rows, an empty line, and a sentence or two on what the figures are; see
    `experiments.control.cells`.
draw(path, results) -> None
    The figure as PNG, SVG or PDF by the suffix; see `experiments.control.panels`.

Both get what `run` returned, and what the door has added to it: "experiment" (NAME), "arguments" ({"seeds": [...],
"quick": bool}), "hardware" (`experiments.bench.hardware`) and "cpu_seconds". The door, `experiments.optimal_control`,
writes results/control_NAME.json and docs/control_NAME.png when asked to, and `experiments.report` puts the table
between the markers ``<!-- control-NAME -->`` of docs/control.md once that JSON is there.
"""

from typing import Any

Results = dict[str, Any]

EXPERIMENTS = {
    "recover": "experiments.control.recover",
    "wheelbase": "experiments.control.wheelbase",
    "ways": "experiments.control.ways",
    "scaling": "experiments.control.scaling",
}
"""Name -> module."""
