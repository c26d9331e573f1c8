"""How fast everything is."""

from experiments.bench import figure
from experiments.comparison.tables import row
from experiments.reported.cells import Results


def bench_table(results: Results) -> str:
    """Medians and ranges, as Markdown."""
    lines = [row(["", "median", "range", "unit", "target"]), row(["---", "---:", "---", "---", "---"])]
    for found in results["rows"]:
        low, high = figure(min(found["values"])), figure(max(found["values"]))
        spread = f"{low} to {high}" if len(found["values"]) > 1 else ""
        lines.append(
            row(
                [
                    found["name"].replace("  ", "&nbsp;&nbsp;"),
                    figure(found["median"]),
                    spread,
                    found["unit"],
                    found["target"],
                ]
            )
        )
    machine = results["hardware"]
    return "\n".join(lines) + (
        f"\n\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, numba {machine['numba']}, load "
        f"before {machine['load']}; {len(results['rows'][0]['values'])} repeats."
    )
