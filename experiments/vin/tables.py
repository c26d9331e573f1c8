"""Markdown of the study: the published table again, and maps of other sizes."""

from typing import Any

from experiments.comparison.tables import row

Results = dict[str, Any]
PUBLISHED = {
    ("tied", 0.2): 98.2,
    ("tied", 0.5): 99.4,
    ("tied", 1.0): 99.3,
    ("untied", 0.2): 91.9,
    ("untied", 0.5): 95.2,
    ("untied", 1.0): 95.6,
    ("reactive", 1.0): 87.6,
}
"""Success [%] in Tamar et al., *Value Iteration Networks* (NeurIPS 2016), 16 x 16, on 1,000 tasks."""
TITLES = (
    "network",
    "data [%]",
    "maps",
    "success [%]",
    "published",
    "trajectory difference",
    "prediction loss",
    "no best move [%]",
    "training [min]",
)
PLACE_TITLES = ("maps", "longest way", "network", "iterations", "success [%]", "best ways [%]", "ms", "exact [ms]")


def study_table(results: Results) -> str:
    """Every network and share of the data, on freshly generated levels."""
    lines = [row(list(TITLES)), row(["---", *["---:"] * (len(TITLES) - 1)])]
    last = None
    for found in results["rows"]:
        tasks = found["tasks"]["generated"]
        head = f"{found['label']}, {found['parameters']:,} weights" if found["kind"] != last else ""
        last = found["kind"]
        published = PUBLISHED.get((found["kind"], found["share"]))
        cells = [
            head + _incomplete(results, found),
            f"{100 * found['share']:.0f}",
            f"{found['maps']:,}",
            _with_interval(tasks["success"], 100.0, 2),
            "" if published is None else f"{published:.1f}",
            _with_interval(tasks["difference"], 1.0, 4),
            f"{tasks['error']['mean']:.3f}",
            f"{100 * tasks['tie_aware_error']['mean']:.2f}",
            f"{_mean(found['training_cpu_seconds']) / 60:.1f}",
        ]
        lines.append(row(cells))
    return "\n".join(lines) + "\n\n" + study_note(results)


def study_note(results: Results) -> str:
    """What the numbers are."""
    machine, seeds = results["hardware"], len(results["seeds"])
    return (
        f"{results['levels']:,} freshly generated 16x16 levels, {seeds} training seed{'s' if seeds > 1 else ''}; means "
        "and 95 % intervals over levels and seeds. Prediction loss: share of moves that are not the expert's own, in "
        "the states of its ways; no best move: share that begins no shortest way at all. Trajectory difference: moves "
        "more than the expert's, over successes. Training: CPU-minutes of one core, mean over seeds; "
        f"{machine['cpu']}, {machine['cores']} cores."
    )


def places_table(results: Results) -> str:
    """Networks trained on all of the 16 x 16 data, elsewhere."""
    lines = [row(list(PLACE_TITLES)), row(["---", "---:", "---", *["---:"] * (len(PLACE_TITLES) - 3)])]
    last = None
    places = list(dict.fromkeys(found["name"] for found in results["zero_shot"]))
    for found in sorted(results["zero_shot"], key=lambda found: places.index(found["name"])):
        is_first, last = found["name"] != last, found["name"]
        cells = [
            f"{found['name']}, {found['tasks']:,} tasks" if is_first else "",
            str(found["longest"]) if is_first else "",
            found["label"] + _incomplete(results, found),
            found["depth"] if found["iterations"] is None else f"{found['iterations']}, {found['depth']}",
            _with_interval(found["success"], 100.0, 1),
            _with_interval(found["optimal"], 100.0, 1),
            f"{found['ms']:.3g}",
            f"{found['exact_ms']:.2g}",
        ]
        lines.append(row(cells))
    return "\n".join(lines) + "\n\n" + lengths_table(results) + "\n\n" + places_note()


def lengths_table(results: Results) -> str:
    """Success by the length of the expert's way: a row for each place and network, a column for each bin."""
    shown = results["zero_shot"]
    edges = sorted({(part["low"], part["high"]) for found in shown for part in found["by_length"]})
    titles = [f"{low} to {high - 1}" for low, high in edges]
    lines = [
        row(["success [%] by moves of the expert", "network", *titles]),
        row(["---", "---", *["---:"] * len(titles)]),
    ]
    places, last = list(dict.fromkeys(found["name"] for found in shown)), None
    for found in sorted(shown, key=lambda found: places.index(found["name"])):
        bins = {(part["low"], part["high"]): part["success"]["mean"] for part in found["by_length"]}
        who = found["label"] if found["iterations"] is None else f"{found['label']}, {found['iterations']}"
        cells = [f"{100 * bins[edge]:.1f}" if edge in bins else "" for edge in edges]
        lines.append(row([found["name"] if found["name"] != last else "", who, *cells]))
        last = found["name"]
    return "\n".join(lines)


def places_note() -> str:
    """What the numbers are."""
    return (
        "Trained on 16x16 alone, not adapted. Success within 2 nodes - 1 moves; means over seeds with 95 % intervals "
        "over maps. VIN repeats its iterations as its authors scale them with size, or as often as the longest way has "
        "moves; ours until values settle. ms: a decision on a map never seen before, batch 1, one thread; exact: "
        "shortest ways from all cells. Cities are MovingAI's street maps, corners may be cut as in training; "
        "planning data sets count every move as 1."
    )


def _with_interval(found: Results, scale: float, digits: int) -> str:
    if found["mean"] is None:
        return ""
    mean, (low, high) = scale * found["mean"], (scale * end for end in found["interval"])
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _incomplete(results: Results, found: Results) -> str:
    if len(found["seeds"]) == len(results["seeds"]):
        return ""
    return f" ({len(found['seeds'])} of {len(results['seeds'])} seeds)"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
