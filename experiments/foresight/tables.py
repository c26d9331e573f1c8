"""The tables of `crossroads models`: on roads, and on grids."""

from typing import Any

from experiments.comparison.tables import row

Results = dict[str, Any]
Column = tuple[str, str, float, int]
"""Title, name of a measure, what it is multiplied by, digits."""

ON_ROADS: tuple[Column, ...] = (
    *((f"soft-IoU {second} s", f"soft_iou/vehicles/{2 * second}", 1.0, 2) for second in (1, 2, 3)),
    *((f"AUC {second} s", f"auc/vehicles/{2 * second}", 1.0, 2) for second in (1, 2, 3)),
    ("flow error 3 s [m/s]", "epe/6", 1.0, 2),
    ("joint minADE [m]", "joint minADE", 1.0, 2),
    ("miss [%]", "miss", 100.0, 0),
    ("overlap [%]", "overlap", 100.0, 1),
    ("factual error", "factual", 1.0, 2),
    ("counterfactual error", "counterfactual", 1.0, 2),
    ("sensitivity", "sensitivity", 1.0, 2),
)
ON_GRIDS: tuple[Column, ...] = (
    *((f"place right, {step} steps [%]", f"place/{step}", 100.0, 1) for step in (1, 4, 8)),
    ("other ways [%]", "elsewhere", 100.0, 1),
    ("to go, error [steps]", "to_go", 1.0, 2),
    ("factual error", "factual", 1.0, 2),
    ("counterfactual error", "counterfactual", 1.0, 2),
    ("sensitivity", "sensitivity", 1.0, 2),
)


def models_table(results: Results) -> str:
    """All that is known of every model, as Markdown."""
    kinds = {True: ON_ROADS, False: ON_GRIDS}
    parts = []
    for is_road, columns in kinds.items():
        places = {name: place for name, place in results["places"].items() if _is_road(place) == is_road}
        if places:
            parts.append(foresight_table(places, columns))
    parts.append(closed_table(results["places"]))
    asked, machine = results["arguments"], results["hardware"]
    parts.append(
        f"Means with 95 % intervals over held-out levels: {asked['situations']} situations, {asked['branches']} ways "
        f"on from each. Errors are 1 - overlap of what moves, on roads as seen from where the ego comes to be; a "
        f"sensitivity of 1 is right, of 0 blind to actions; paths are judged by the best of all modes over "
        f"{asked['horizon']} steps, overlap in the likeliest. Gaps: score of planning in the simulator less that in "
        f"the model; of planning in the simulator itself, the expert's less its own. {machine['cpu']}, "
        f"{machine['cores']} cores."
    )
    return "\n\n".join(parts)


def foresight_table(places: dict[str, Results], columns: tuple[Column, ...]) -> str:
    """What models foresee, without driving."""
    lines = [row(["", "model", *(title for title, *_ in columns)]), row(["---", "---", *["---:"] * len(columns)])]
    for name, place in places.items():
        for k, (label, means) in enumerate(place["foresight"].items()):
            cells = [_cell(means.get(key), scale, digits) for _, key, scale, digits in columns]
            lines.append(row([name if k == 0 else "", label, *cells]))
    return "\n".join(lines)


def closed_table(places: dict[str, Results]) -> str:
    """What it comes to when a planner drives by it."""
    heads = ["score", "gap", "success [%]", "at fault collision [%]", "ms, p50, p95", "training [CPU-min]"]
    lines = [row(["", "agent", *heads]), row(["---", "---", *["---:"] * len(heads)])]
    for name, place in places.items():
        for k, (label, found) in enumerate(place["closed"].items()):
            gap = place["gaps"].get("planner" if label == "oracle model" else label)
            times, minutes = found["milliseconds"], found["training_minutes"]
            cells = [
                _cell(found["score"], 1.0, 3),
                _cell(gap, 1.0, 3),
                _cell(found["success"], 100.0, 1),
                _cell(found.get("at_fault_collision"), 100.0, 1),
                "-" if times is None else f"{times['p50']:.3g}, {times['p95']:.3g}",
                "-" if minutes is None else f"{minutes:.1f}",
            ]
            lines.append(row([name if k == 0 else "", label, *cells]))
    return "\n".join(lines)


def _is_road(place: Results) -> bool:
    return any("soft_iou/vehicles/1" in means for means in place["foresight"].values())


def _cell(found: Results | None, scale: float, digits: int) -> str:
    if found is None or found["mean"] is None:
        return "-"
    mean, low, high = (f"{scale * found[name]:.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"
