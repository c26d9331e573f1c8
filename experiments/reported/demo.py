"""What the demo finds, on roads and on grids."""

from experiments.comparison.tables import row
from experiments.reported.cells import ROAD_COLUMNS, Results, interval, rule, title_of

ROADS = ("intersections",)


def road_table(results: Results) -> str:
    """Who crosses intersections how well, as Markdown."""
    (place,) = ROADS
    titles = [title_of(name, scale) for name, scale in ROAD_COLUMNS.items()]
    lines = [row(["", *titles, "ms per decision"]), rule(1, len(titles) + 1)]
    for name, found in results["evaluations"][place].items():
        cells = [interval(found[key], scale) for key, scale in ROAD_COLUMNS.items()]
        lines.append(row([f"`{name}`", *cells, f"{found['latency_ms']['p50']:.2g}"]))
    return "\n".join(lines) + "\n\n" + _note(results, "Intersection-v0", place)


def demo_table(results: Results) -> str:
    """Who reaches the goal where on grids, as Markdown."""
    places = [place for place in results["evaluations"] if place not in ROADS]
    columns = [f"{place}: {name}" for name in ("success [%]", "score") for place in places]
    head = ["", *columns, "ms per decision"]
    lines = [row(head), rule(1, len(head) - 1)]
    for name in results["evaluations"][places[0]]:
        found = [results["evaluations"][place][name] for place in places]
        success = [interval(summary["success"], 100.0) for summary in found]
        score = [interval(summary["score"], 1.0) for summary in found]
        lines.append(row([f"`{name}`", *success, *score, f"{found[0]['latency_ms']['p50']:.2g}"]))
    return "\n".join(lines) + "\n\n" + _note(results, "GridNav-v0", places[0])


def _note(results: Results, env: str, place: str) -> str:
    machine = results["hardware"]
    training = [found for found in results["training"] if found["env"] == env]
    labels, cpu = training[0]["labels"], max(found["cpu_seconds"] for found in training)
    return (
        f"Means with 95 % intervals over {results['episodes'][place]} held-out levels. Both learners had {labels:,} "
        f"labels and at most {cpu:.0f} CPU-seconds each, seed {results['seed']}; {machine['cpu']}, "
        f"{machine['cores']} cores."
    )
