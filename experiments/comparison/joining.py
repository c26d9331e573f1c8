"""One study whose runs were done in several folders or on several machines, from the results of each."""

import json
from typing import Any

from experiments.comparison.entrants import Entrant, full_config, resolved
from experiments.comparison.results import Results, against_first
from experiments.comparison.runs import agree
from experiments.comparison.study import Place, Study

SAME = ("env", "arguments", "position", "demonstrations", "drawn", "levels")
"""Facts about a place that must be the same, as far as both results tell them."""


def joined(study: Study, results: Results, others: Results) -> tuple[Results, list[str]]:
    """`results` with the agents of `others` that it lacks, and which of those were left out: defaults changed since.

    Raises:
        ValueError: of another study, with other seeds, or from places with other levels, arguments or demonstrations.
    """
    results, others = (json.loads(json.dumps(found)) for found in (results, others))  # tuples are lists in files
    for fact in ("study", "seeds"):
        _check_same(f"the results' {fact}", results[fact], others[fact])
    found = {place["name"]: place for place in others["places"]}
    places, stale = [], []
    for place, here in zip(study.places, results["places"], strict=True):
        there = found.get(place.name)
        places.append(here if there is None else _joined(study, place, here, there, stale))
    return {**results, "places": places}, stale


def _joined(study: Study, place: Place, here: Results, there: Results, stale: list[str]) -> Results:
    facts = {fact: _same(f"{place.name}: {fact}", here[fact], there[fact]) for fact in SAME}
    agents = {}
    for entrant in study.entrants_of(place):
        label = entrant.label
        if label in here["agents"]:
            agents[label] = here["agents"][label]
        elif label in there["agents"] and _holds(study, place, entrant, there["agents"][label]):
            agents[label] = there["agents"][label]
        elif label in there["agents"]:
            stale.append(f"{place.name}, {label}")
    return {**here, **facts, "agents": against_first(agents)}


def _holds(study: Study, place: Place, entrant: Entrant, found: Results) -> bool:
    """Whether the study asks today for what was done then."""
    config = full_config(entrant, study.config_of(place))
    sampling = {"sampler": entrant.sampler, "sampler_config": dict(entrant.sampler_config)}
    today = {name: value for name, value in resolved(entrant.agent, config).items() if name != "seed"}
    is_same = all(found[name] == value for name, value in {"agent": entrant.agent, **sampling}.items())
    return is_same and agree(today, found["whole_config"])


def _same(what: str, here: Any, there: Any) -> Any:
    """The fact that both tell, or the one that does."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        return {name: _same(f"{what}, {name}", here[name], there[name]) for name in here}
    if here is not None and there is not None:
        _check_same(what, here, there)
    return there if here is None else here


def _check_same(what: str, here: Any, there: Any) -> None:
    if here != there:
        raise ValueError(f"Results are not of one study: {what} is {here!r} in one and {there!r} in the other.")
