"""Markdown of a comparison's results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Results = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A heading, and what its cells say of an agent; None where there is nothing to say."""

    title: str
    cell: Callable[[Results], str | None]


def interval(found: Results | None, scale: float = 1.0, digits: int = 3) -> str | None:
    """``0.912 [0.884, 0.931]``."""
    if found is None or found["mean"] is None:
        return None
    mean, low, high = (f"{scale * found[name]:.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _metric(name: str, scale: float = 1.0) -> Callable[[Results], str | None]:
    return lambda agent: interval(agent["summary"].get(name), scale, 3 if scale == 1.0 else 1)


def _ways(agent: Results) -> str | None:
    ways = agent["ways"]
    if ways is None or ways["least"] is None:
        return None
    first, second = (f"{100 * share:.0f}" for share in ways["shares"])
    return f"{first} : {second}"


def _entropy(agent: Results) -> str | None:
    ways = agent["ways"]
    return None if ways is None or ways["entropy"] is None else f"{ways['entropy']:.2f}"


def _timing(*names: str) -> Callable[[Results], str | None]:
    def cell(agent: Results) -> str | None:
        timings = agent["timings"]
        return (
            None if timings is None or names[0] not in timings else ", ".join(figure(timings[name]) for name in names)
        )

    return cell


def _evaluations(agent: Results) -> str | None:
    return None if agent["evaluations"] is None else f"{agent['evaluations']:g}"


def _cpu_seconds(agent: Results) -> str | None:
    spent = agent["training_cpu_seconds"]
    return f"{sum(spent) / len(spent):.0f}" if spent else None


SUCCESS = Column("success [%]", _metric("success", 100.0))
SCORE = Column("score", _metric("score"))
AT_FAULT = Column("at-fault collisions [%]", _metric("at_fault_collision", 100.0))
PROGRESS = Column("progress", _metric("progress"))
COMFORT = Column("comfort [%]", _metric("comfort", 100.0))
WAYS = Column("ways [% : %]", _ways)
ENTROPY = Column("entropy [bit]", _entropy)
EVALUATIONS = Column("evaluations", _evaluations)
LATENCY = Column("ms, p50, p95", _timing("p50", "p95"))
ENCODER = Column("of these in the encoder", _timing("encoder"))
RATE = Column("decisions/s, 256 at once", _timing("per_second"))
TRAINING = Column("training [CPU-s]", _cpu_seconds)
METRICS = {"success": SUCCESS, "score": SCORE}
"""That a study may be about."""
COLUMNS = (SUCCESS, SCORE, AT_FAULT, PROGRESS, COMFORT, WAYS, ENTROPY, EVALUATIONS, LATENCY, RATE, TRAINING)


def places_table(results: Results, columns: tuple[Column, ...] = COLUMNS) -> str:
    """One row per place and agent; columns that nobody has something to say in are left out."""
    everyone = [agent for place in results["places"] for agent in place["agents"].values()]
    shown = [column for column in columns if any(column.cell(agent) is not None for agent in everyone)]
    several = len(results["places"]) > 1
    lines = [
        row([*([""] if several else []), "agent", *(column.title for column in shown)]),
        row([*(["---"] if several else []), "---", *["---:"] * len(shown)]),
    ]
    for place in results["places"]:
        for k, (label, agent) in enumerate(place["agents"].items()):
            cells = [column.cell(agent) or "" for column in shown]
            head = [place["name"] if k == 0 else ""] if several else []
            lines.append(row([*head, label + _incomplete(results, agent), *cells]))
    return "\n".join(lines) + "\n\n" + note(results)


def positions_table(results: Results) -> str:
    """One row per agent and one column per place: the study's metric, then what the last place's decisions cost."""
    metric = METRICS[metric_of(results)]
    places = [place for place in results["places"] if place["agents"]]
    labels = list(dict.fromkeys(label for place in places for label in place["agents"]))
    costs = (EVALUATIONS, LATENCY, TRAINING)
    last = places[-1]["name"] if places else ""
    titles = [*(place["name"] for place in places), *(f"{column.title} ({last})" for column in costs)]
    lines = [row([metric.title, *titles]), row(["---", *["---:"] * len(titles)])]
    for label in labels:
        found = [place["agents"].get(label) for place in places]
        cells = [(metric.cell(agent) or "") + _incomplete(results, agent) if agent else "" for agent in found]
        end = found[-1]
        lines.append(row([label, *cells, *((column.cell(end) or "") if end else "" for column in costs)]))
    return "\n".join(lines) + "\n\n" + note(results)


def metric_of(results: Results) -> str:
    """That a study is about; before studies could say so, all were about success."""
    return results.get("metric", "success")


def note(results: Results) -> str:
    """What the numbers are: levels, seeds, intervals, machine."""
    machine, seeds = results["hardware"], results["seeds"]
    levels = sorted({place["levels"]["count"] for place in results["places"] if place["levels"]})
    drawn = {place["drawn"] for place in results["places"]}
    how = "drawn" if drawn == {True} else "the most likely ones" if drawn == {False} else "drawn where ways differ"
    learnt = sorted({place["demonstrations"]["episodes"] for place in results["places"]} - {None})
    agents = [
        agent for place in results["places"] for agent in place["agents"].values() if agent["training_cpu_seconds"]
    ]
    updates = sorted({agent["whole_config"].get("updates", 0) for agent in agents} - {0})
    budget = f" in {_some(updates)} updates" if updates else ""
    taught = f"who learns from recordings has the same {_some(learnt)} demonstrations{budget}; " if learnt else ""
    return (
        f"{_some(levels)} held-out levels each, {len(seeds)} training seed{'s' if len(seeds) > 1 else ''}; {taught}"
        f"actions are {how}. Intervals, {results['intervals']}. "
        f"Latency: decisions that begin anew, batch 1, one thread; {machine['cpu']}, {machine['cores']} cores."
    )


def figure(value: float) -> str:
    """Three digits: 12.3 k, 0.213, 16.8 M."""
    for limit, scale, suffix in ((1e6, 1e6, " M"), (1e4, 1e3, " k")):
        if value >= limit:
            return f"{float(f'{value / scale:.3g}'):g}{suffix}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def row(cells: list[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cells) + " |"


def _some(numbers: list[int]) -> str:
    return " or ".join(f"{number:,}" for number in numbers) or "no"


def _incomplete(results: Results, agent: Results) -> str:
    seeds = agent["seeds"]
    if seeds is None or len(seeds) == len(results["seeds"]):
        return ""
    return f" ({len(seeds)} of {len(results['seeds'])} seeds)"
