"""What several looks at one study of world models have found, as one: other places, other models, or what time buys."""

from typing import Any

from experiments.comparison.study import Place, Study
from experiments.foresight.gathering import EXACT_GAP, FLOOR_LABEL, Results

SAME = ("situations", "branches", "horizon", "seed")
"""Arguments that decide what is foreseen."""
LEADING = {"foresight": FLOOR_LABEL, "gaps": EXACT_GAP}
"""Labels that come before those of the study."""


def joined(study: Study, results: Results, others: Results) -> Results:
    """`results` with the places, and in each the labels, of `others` that it lacks.

    Raises:
        ValueError: other situations.
    """
    here, there = results["arguments"], others["arguments"]
    for name in SAME:
        if here[name] != there[name]:
            raise ValueError(
                f"Results are not of one study: --{name} is {here[name]} in one and {there[name]} in the other."
            )
    places = {place.name: _joined(place, study, results["places"], others["places"]) for place in study.places}
    return {**results, "places": {name: found for name, found in places.items() if found}}


def _joined(place: Place, study: Study, here: Results, there: Results) -> Results | None:
    if place.name not in here or place.name not in there:
        return here.get(place.name) or there.get(place.name)
    ours, theirs = here[place.name], there[place.name]
    order = [entrant.label for entrant in study.entrants_of(place)]
    return {
        "step_seconds": ours["step_seconds"],
        **{
            section: _ordered({**theirs[section], **ours[section]}, [LEADING.get(section, ""), *order])
            for section in ("foresight", "closed", "gaps")
        },
        "efforts": _efforts(ours["efforts"], theirs["efforts"], order),
    }


def _efforts(ours: Results | None, theirs: Results | None, order: list[str]) -> Results | None:
    return _ordered({**(theirs or {}), **(ours or {})}, order) if ours or theirs else None


def _ordered(found: dict[str, Any], order: list[str]) -> dict[str, Any]:
    return {label: found[label] for label in [*dict.fromkeys(order), *found] if label in found}
