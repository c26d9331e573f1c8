"""The tables of `crossroads control wheelbase`."""

from typing import Any

import numpy as np

from experiments.control.cells import machine, markdown, middle

Results = dict[str, Any]
RULES = {"exact": "exact", "gauss_newton": "Gauss-Newton", "linearised": "linearised"}
LOSSES = {"controls": "imitate controls", "path": "imitate the path", "random": "any linear function of states"}


def wheelbase_table(results: Results) -> str:
    """Derivatives against differences, and where descent by them ends, as Markdown."""
    return f"{gradients_table(results)}\n\n{learning_table(results)}"


def gradients_table(results: Results) -> str:
    """How far off derivatives are, for each thing that may be asked of a plan."""
    heads = ["task", "loss"]
    for name in RULES.values():
        heads += [f"{name}: error, median, 90 %", "wrong sign [%]"]
    rows = []
    for task, runs in results["gradients"].items():
        for loss, title in LOSSES.items():
            cells = [_errors(off_of(runs, loss, rule)) for rule in RULES]
            rows.append([task, title, *(cell for pair in cells for cell in pair)])
    low, high = results["range"]
    spent = {
        rule: [run["milliseconds"][rule] for runs in results["gradients"].values() for run in runs] for rule in RULES
    }
    times = ", ".join(f"{name} {np.median(spent[rule]):.1f}" for rule, name in RULES.items())
    sizes = results["sizes"]
    note = (
        "Derivatives of losses by the wheelbase, against central differences through the solver: median of "
        f"|derivative / difference - 1|, and what nine of ten keep below, over {sizes['problems']} problems of each of "
        f"{len(results['arguments']['seeds'])} seeds, wheelbases from {low} to {high} m, plans of {results['horizon']} "
        f"steps of {results['step_seconds']} s. ms for a way back of {sizes['problems']}: {times}."
    )
    return markdown(heads, rows, note, left=2)


def learning_table(results: Results) -> str:
    """Where gradient descent ends, and how soon."""
    heads = ["task", "expert weighs", "rule", "wheelbase in the end [m]", "distance in the end [mm]"]
    heads += ["steps until 1 % from there"]
    rows = []
    for found in results["learning"]:
        ends = [run["wheelbases"][-1] for run in found["runs"]]
        distances = [1000.0 * run["distances"][-1] for run in found["runs"]]
        steps = [float(steps_until(run["wheelbases"])) for run in found["runs"]]
        cells = [middle(ends, ".3f"), middle(distances, ".1f"), middle(steps, ".0f")]
        rows.append([found["task"], _weighs(found["expert"]), RULES[found["rule"]], *cells])
    sizes = results["sizes"]
    note = (
        f"{sizes['demonstrations']} paths of an expert of {results['wheelbase']} m, {sizes['steps']} steps of plain "
        "gradient descent on the logarithm, from 1.9 or 4.2 m, the same step size for all; root mean square distances "
        f"from the paths; medians and ranges over seeds. {machine(results)}"
    )
    return markdown(heads, rows, note, left=3)


def off_of(runs: list[Results], loss: str, rule: str) -> np.ndarray:
    """Derivatives over differences, less 1, of all seeds."""
    return np.concatenate([run["off"][loss][rule] for run in runs])


def steps_until(wheelbases: list[float], share: float = 0.01) -> int:
    """Steps after which it stays near where it ends."""
    off = np.abs(np.array(wheelbases) / wheelbases[-1] - 1.0) > share
    return int(off.nonzero()[0][-1]) + 1 if off.any() else 0


def _errors(off: np.ndarray) -> list[str]:
    middle, most = np.quantile(np.abs(off), (0.5, 0.9))
    return [f"{middle:.2g}, {most:.2g}", f"{100 * np.mean(off < -1):.0f}"]


def _weighs(expert: str) -> str:
    return {"the same": "as the learner", "others": "steering less"}[expert]
