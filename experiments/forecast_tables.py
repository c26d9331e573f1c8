"""The table of `crossroads forecasts`."""

from typing import Any

from envs.driving.future import FUTURE_CHANNELS

MEASURES = ("soft_iou", "auc")


def table_of(results: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """(titles, rows) of everybody's means."""
    seconds = [f"{second:g}" for second in results["arguments"]["seconds"]]
    heads = ["", "forecast", "of"]
    heads += [f"{name.replace('_', '-')} {second} s" for name in MEASURES for second in seconds]
    rows = []
    for place, found in results["places"].items():
        for label, means in found["forecasts"].items():
            for kind in FUTURE_CHANNELS:
                cells = [means[f"{name}/{kind}/{second}"] for name in MEASURES for second in seconds]
                if all(cell["mean"] is None for cell in cells):
                    continue
                rows.append([place, label, kind, *(_shown(cell) for cell in cells)])
    return heads, rows


def forecasts_table(results: dict[str, Any]) -> str:
    """The same as Markdown, with intervals."""
    heads, rows = table_of(results)
    lines = [heads, ["---"] * 3 + ["---:"] * (len(heads) - 3), *rows]
    scenes = {
        name: f"{found['scenes']:,} scenes of {found['levels']} levels" for name, found in results["places"].items()
    }
    note = "Means with 95 % intervals over held-out levels: " + ", ".join(f"{k} {v}" for k, v in scenes.items()) + "."
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n\n" + note


def _shown(cell: dict[str, float | None]) -> str:
    if cell["mean"] is None:
        return "-"
    return f"{cell['mean']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]"
