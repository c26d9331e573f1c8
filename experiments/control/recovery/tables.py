"""The table of `crossroads control recover`."""

from statistics import median
from typing import Any

from experiments.control.cells import machine, markdown, middle

ENOUGH = 1e-3
"""Errors of dynamics and cost below which a system counts as recovered."""


def recovery_table(results: dict[str, Any]) -> str:
    """How near every case comes, as Markdown."""
    heads = ["unknown", "seen", "start", "parameters", "hidden", "condition", "recovered", "error: dynamics", "cost"]
    heads += ["plans, held out", "evaluations", "CPU s"]
    rows = [_row(case) for case in results["cases"]]
    few = results["few"]
    note = (
        f"{results['demonstrations']} plans without noise, {len(results['arguments']['seeds'])} systems: medians and "
        "ranges. Errors are distances over the size of the truth, of costs after scaling to the same geometric mean; "
        f"recovered: both at most {ENOUGH:g}. Hidden: directions among parameters that change nothing that is seen, "
        "by the derivative of all plans; condition: how much more of the others the best shows than the worst. Rough: "
        "dynamics 30 % off; blank: random; costs all alike in both. Figure, right: "
        f"{100 * few['noise']:.0f} % noise on the controls that are seen. {machine(results)}"
    )
    return markdown(heads, rows, note, left=3)


def _row(case: dict[str, Any]) -> list[str]:
    def over_seeds(name: str) -> str:
        return middle([run[name] for run in case["runs"]], ".1g")

    known = {"cost": "dynamics_error", "dynamics": "cost_error"}.get(case["unknown"])
    names = ("dynamics_error", "cost_error")
    found = sum(max(run[name] for name in names) <= ENOUGH for run in case["runs"])
    return [
        case["unknown"],
        case["seen"],
        case["start"],
        str(case["runs"][0]["parameters"]),
        "/".join(sorted({str(run["hidden"]) for run in case["runs"]})),
        f"{median(run['condition'] for run in case['runs']):.0f}",
        f"{found} of {len(case['runs'])}",
        *("known" if name == known else over_seeds(name) for name in names),
        over_seeds("held_out_error"),
        f"{median(run['evaluations'] for run in case['runs']):.0f}",
        f"{median(run['cpu_seconds'] for run in case['runs']):.1f}",
    ]
