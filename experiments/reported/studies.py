"""Which columns of its comparison each study shows."""

from experiments.comparison.tables import (
    AT_FAULT,
    COMFORT,
    ENCODER,
    ENTROPY,
    EVALUATIONS,
    LATENCY,
    PROGRESS,
    RATE,
    SCORE,
    SUCCESS,
    TRAINING,
    WAYS,
    places_table,
    positions_table,
    row,
)
from experiments.reported.cells import Results, interval, rule


def compare_particle_table(results: Results) -> str:
    """Who reaches two goals in how many dimensions, as Markdown."""
    return positions_table(results)


def compare_two_ways_table(results: Results) -> str:
    """Who takes one of two equally good ways, and who both, as Markdown."""
    return places_table(results, (SUCCESS, SCORE, WAYS, ENTROPY, EVALUATIONS, LATENCY, RATE, TRAINING))


def compare_roads_table(results: Results) -> str:
    """How well every family of policies drives after the same demonstrations, as Markdown."""
    return places_table(results, (SCORE, SUCCESS, AT_FAULT, EVALUATIONS, LATENCY, ENCODER, RATE, TRAINING))


def compare_planners_table(results: Results) -> str:
    """How well learned planners drive, as Markdown."""
    return places_table(results, (SCORE, SUCCESS, AT_FAULT, PROGRESS, COMFORT, LATENCY, TRAINING))


def beside_imitation_table(results: Results) -> str:
    """Our behaviour cloning beside that of the `imitation` library, as Markdown."""
    lines = [row(["", "", "success [%]", "score", "training [s]"]), rule(2, 3)]
    for place, found in results["places"].items():
        for k, who in enumerate(("imitation", "crossroads")):
            means = found[who]
            seconds = sum(means["seconds"]) / len(means["seconds"])
            head = f"{place}, {found['steps']:,} steps" if k == 0 else ""
            cells = [interval(means["success"], 100.0), interval(means["score"], 1.0), f"{seconds:.0f}"]
            lines.append(row([head, f"`{who}`", *cells]))
    asked, machine = results["arguments"], results["hardware"]
    return "\n".join(lines) + (
        f"\n\n{asked['episodes']} held-out levels, {results['seeds']} seeds, {asked['updates']:,} updates of "
        f"{asked['batch_size']}, one thread; {machine['cpu']}, {machine['cores']} cores."
    )
