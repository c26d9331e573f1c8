"""Everybody who was judged on held-out intersections, from all studies: a table, and a picture of the scores."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from agents import agent_class
from agents.planning.trajectory_planner import TrajectoryPlanner
from experiments.comparison.entrants import learns
from experiments.comparison.tables import figure, row
from experiments.foresight.effort import PLANS as PLANS_IN_MODELS
from experiments.reported.cells import Results, interval, rule
from experiments.studies import STUDIES
from world_models import model_class

PLACE = "Intersection-v0"
TENTHS, PLANS, HALVES = "controls, every 0.1 s", "trajectories", "controls, every 0.5 s"
"""How actions are given: what is judged is the same, what can be reached is not."""
KINDS = {
    "scripted": "#64748b",
    "imitates": "#ea580c",
    "plans by learned costs": "#16a34a",
    "plans in a learned model": "#2563eb",
    "plans in a given model": "#9333ea",
}
"""Kind of driver -> its colour."""
INK, MUTED = "#1f2937", "#cbd5e1"


class Entry(NamedTuple):
    """One driver in one way of acting."""

    acts: str
    label: str
    kind: str
    levels: int
    score: Results
    success: Results
    at_fault: Results
    milliseconds: float | None
    """Median of a decision."""
    minutes: float | None
    """CPU-minutes of training."""


def entries(results: Mapping[str, Results]) -> list[Entry]:
    """Everybody in the results of the demo and of the studies roads, planners and models, the best of a way first."""
    found = [*_of_demo(results["demo"])] if "demo" in results else []
    for name, acts in (("compare_roads", TENTHS), ("compare_planners", PLANS)):
        known = {(entry.acts, entry.label) for entry in found}
        rows = _of_study(results[name], acts) if name in results else ()
        found += [entry for entry in rows if (entry.acts, entry.label) not in known]
    if "models" in results:
        found += _of_models(results["models"])
    order = (TENTHS, PLANS, HALVES)
    return sorted(found, key=lambda entry: (order.index(entry.acts), -entry.score["mean"]))


def table(found: list[Entry]) -> str:
    """All of it as Markdown."""
    heads = ["score", "success [%]", "at fault [%]", "ms", "training [CPU-min]"]
    lines = [row(["acts by", "agent", *heads]), rule(2, len(heads))]
    for acts, group in groupby(found, key=lambda entry: entry.acts):
        for k, entry in enumerate(group):
            cells = [interval(entry.score), interval(entry.success, 100.0), interval(entry.at_fault, 100.0)]
            costs = [_digits(entry.milliseconds), _digits(entry.minutes)]
            lines.append(row([acts if k == 0 else "", entry.label, *cells, *costs]))
    levels = {acts: {entry.levels for entry in group} for acts, group in groupby(found, key=lambda entry: entry.acts)}
    told = ", ".join(f"{' or '.join(map(str, sorted(some)))} ({acts})" for acts, some in levels.items())
    return "\n".join(lines) + (
        f"\n\nMeans with 95 % intervals over the first levels of the test split, so many: {told}. ms: median of a "
        "decision that begins anew, one thread."
    )


def draw(path: Path, found: list[Entry]) -> None:
    """Scores with their intervals, a panel for each way of acting; writes .png, .svg or .pdf."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    groups = {acts: list(group) for acts, group in groupby(found, key=lambda entry: entry.acts)}
    heights = [len(group) + 1.2 for group in groups.values()]
    canvas, axes = pyplot.subplots(
        len(groups), 1, figsize=(8.4, 0.27 * sum(heights) + 0.9), height_ratios=heights, squeeze=False, sharex=True
    )
    for axis, (acts, group) in zip(axes.flat, groups.items(), strict=True):
        _draw_group(axis, acts, group)
    axes.flat[-1].set_xlabel("score on held-out intersections", color=INK)
    handles = [pyplot.Line2D([], [], color=colour, marker="o", lw=2, label=kind) for kind, colour in KINDS.items()]
    canvas.legend(handles=handles, loc="lower center", ncols=3, frameon=False, fontsize=9)
    canvas.tight_layout(rect=(0.0, 0.55 / canvas.get_figheight(), 1.0, 1.0))
    canvas.savefig(path, dpi=110)
    pyplot.close(canvas)


def _draw_group(axis: Any, acts: str, group: list[Entry]) -> None:
    for k, entry in enumerate(group):
        low, high = entry.score["low"], entry.score["high"]
        axis.plot([low, high], [k, k], color=KINDS[entry.kind], lw=5, alpha=0.3, solid_capstyle="round")
        axis.plot(entry.score["mean"], k, "o", color=KINDS[entry.kind], ms=6)
    axis.set_yticks(range(len(group)), [entry.label for entry in group], fontsize=9, color=INK)
    axis.set(ylim=(len(group) - 0.4, -0.6), xlim=(0.0, 1.012))
    axis.set_title(acts, loc="left", fontsize=10, color=INK, fontweight="bold")
    axis.grid(axis="x", color=MUTED, lw=0.6)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _of_demo(results: Results) -> Iterator[Entry]:
    minutes = {found["agent"]: found["cpu_seconds"] / 60.0 for found in results["training"] if found["env"] == PLACE}
    levels = results["episodes"]["intersections"]
    for name, found in results["evaluations"]["intersections"].items():
        means = found["score"], found["success"], found["at_fault_collision"]
        yield Entry(TENTHS, name, _kind(name, {}), levels, *means, found["latency_ms"]["p50"], minutes.get(name))


def _of_study(results: Results, acts: str) -> Iterator[Entry]:
    for place in results["places"]:
        for label, found in place["agents"].items() if place["name"] == PLACE else ():
            spent, timings, summary = found["training_cpu_seconds"], found["timings"], found["summary"]
            means = summary["score"], summary["success"], summary["at_fault_collision"]
            costs = timings and timings["p50"], spent and sum(spent) / len(spent) / 60.0
            yield Entry(acts, label, _kind(found["agent"], found["config"]), place["levels"]["count"], *means, *costs)


def _of_models(results: Results) -> Iterator[Entry]:
    (place,) = (place for place in STUDIES["models"]().places if place.name == PLACE)
    entrants = {entrant.label: entrant for entrant in place.entrants or ()}
    for label, found in results["places"].get(PLACE, {"closed": {}})["closed"].items():
        means = found["score"], found["success"], found["at_fault_collision"]
        costs = found["milliseconds"] and found["milliseconds"]["p50"], found["training_minutes"] or None
        kind = _kind(entrants[label].agent, entrants[label].config)
        yield Entry(HALVES, label, kind, found["levels"], *means, *costs)


def _kind(agent: str, config: Mapping[str, Any]) -> str:
    """What sort of driver an agent is, by what it learns, if anything, and what it does with that."""
    if issubclass(agent_class(agent), TrajectoryPlanner):
        return "plans by learned costs"
    if agent in PLANS_IN_MODELS:
        is_learned = learns(agent) and model_class(config["model"]).learns
        return "plans in a learned model" if is_learned else "plans in a given model"
    return "imitates" if learns(agent) else "scripted"


def _digits(value: float | None) -> str:
    return "" if value is None else figure(value)
