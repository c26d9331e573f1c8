"""Who drives how well without having learned anything, and how real the traffic is."""

from experiments.comparison.tables import row
from experiments.reported.cells import ROAD_COLUMNS, Results, interval, rule, title_of


def yardsticks_table(results: Results) -> str:
    """How the scripted drivers drive everywhere, as Markdown."""
    columns = {**{name: ROAD_COLUMNS[name] for name in ("score", "success", "at_fault_collision")}, "ttc": 100.0}
    columns["comfort"] = 100.0
    titles = [title_of(name, scale) for name, scale in columns.items()]
    lines = [row(["", "driver", *titles]), rule(2, len(titles))]
    for place, found in results["places"].items():
        for k, (driver, means) in enumerate(found["drivers"].items()):
            cells = [interval(means[key], scale) for key, scale in columns.items()]
            lines.append(row([f"{place}, {found['levels']} levels" if k == 0 else "", f"`{driver}`", *cells]))
    return "\n".join(lines) + "\n\nMeans with 95 % intervals."


def realism_table(results: Results) -> str:
    """How realistic the traffic of recordings is, as Markdown."""
    kinds = results["means"]
    shown = [name for name in next(iter(kinds.values())) if any(found[name] is not None for found in kinds.values())]
    lines = [row(["", *(name.replace("_", " ") for name in shown)]), rule(1, len(shown))]
    for kind, found in kinds.items():
        lines.append(row([kind, *("-" if found[name] is None else f"{found[name]:.3f}" for name in shown)]))
    return "\n".join(lines)
