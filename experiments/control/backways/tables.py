"""The table of `crossroads control ways`."""

from typing import Any

from experiments.control.cells import machine, markdown, middle

CHOSEN = {
    "argmin": {"conjugate gradient": (None, 6), "normal equations": (None,), "Neumann series": (32, 256)},
    "mpc": {"conjugate gradient": (None, 32), "normal equations": (None,), "Neumann series": (64, 4096)},
}
LAST = {"argmin": (32, 256), "mpc": (1, 2, 4)}
EFFORT = {
    "direct": "",
    "conjugate gradient": "{} products",
    "normal equations": "{} iterations",
    "Neumann series": "{} terms",
    "truncated": "last {}",
    "unrolled": "all iterations",
}


def ways_table(results: dict[str, Any]) -> str:
    """Error, time and memory of some of what was tried, as Markdown."""
    heads = ["through", "way back", "effort", "gradient error", "forward ms", "back ms", "peak KiB"]
    rows = []
    for problem, found in results["problems"].items():
        chosen = {"direct": (None,), "unrolled": (None,), **CHOSEN[problem], "truncated": LAST[problem]}
        shown = [row for row in found["rows"] if row["effort"] in chosen.get(row["family"], ())]
        order = list(EFFORT)
        for row in sorted(shown, key=lambda row: (order.index(row["family"]), row["effort"] or 0)):
            rows.append([problem, *_row(row)])
    seeds = len(results["arguments"]["seeds"])
    differences = {name: middle(found["difference_error"], ".0e") for name, found in results["problems"].items()}
    note = (
        f"argmin: 8 quartic problems of 12 unknowns, {results['iterations']} steps of descent forward; mpc: 8 plans of "
        "a bicycle over 15 stages, bounded controls and a soft wall smoothed by mu = 1e-4, Newton's method forward. "
        "Errors are against the direct way, relative, the worst of all inputs; medians and ranges over "
        f"{seeds} draws; the direct way itself is off finite differences by {differences['argmin']} and "
        f"{differences['mpc']}. Conjugate gradient and normal "
        "equations to 1e-10: of the relative residual. The peak is of tensors, forward and back, for one draw. "
        f"{machine(results)}"
    )
    return markdown(heads, rows, note, left=3)


def _row(row: dict[str, Any]) -> list[str]:
    ends = row["effort"] is None and row["family"] in ("conjugate gradient", "normal equations")
    effort = "to 1e-10" if ends else EFFORT[row["family"]].format(row["effort"])
    error = "0" if row["family"] == "direct" else middle(row["error"], ".1g")
    peak = "" if row["peak_kib"] is None else f"{row['peak_kib']:.0f}"
    return [row["family"], effort, error, middle(row["forward_ms"], ".0f"), middle(row["backward_ms"], ".2g"), peak]
