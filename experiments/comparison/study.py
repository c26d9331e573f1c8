"""What is compared with what: places, entrants, seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from envs.core.naming import check_known
from experiments.comparison.entrants import Entrant, check_labels


@dataclass(frozen=True, kw_only=True)
class Place:
    """One environment, what is learnt from there and how it is judged."""

    name: str
    env: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    position: float | None = None
    """On the figure's axis, where the places of a study lie on one."""
    demonstrations: int = 1000
    """Episodes that every entrant learns from: the oracle's, on the first training levels."""
    store: Path | None = None
    """Or these, recorded before."""
    levels: int = 500
    """The first held-out ones: every entrant plays each, with every seed."""
    drawn: bool = False
    """Actions are drawn, rather than the most likely ones taken."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Of every entrant that has such a field, unless its own says otherwise."""
    entrants: tuple[Entrant, ...] | None = None
    """None: those of the study."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """Entrants that learn and play in several places, each from several seeds."""

    name: str
    title: str
    places: tuple[Place, ...]
    entrants: tuple[Entrant, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    config: Mapping[str, Any] = field(default_factory=dict)
    """Shared by all places; a place's own comes first."""
    axis: str | None = None
    """What the places' positions mean."""
    metric: str = "success"
    """That is shown against them."""

    def __post_init__(self) -> None:
        if not self.seeds:
            raise ValueError(f"Study {self.name!r}: expected at least one seed.")
        names = [place.name for place in self.places]
        if len(set(names)) < len(names):
            raise ValueError(f"Study {self.name!r}: expected places with names of their own, got {names}.")
        for place in self.places:
            if min(place.demonstrations, place.levels) < 1:
                found = f"{place.demonstrations} and {place.levels}"
                raise ValueError(f"{place.name}: expected at least 1 demonstration and 1 level, got {found}.")
            check_labels(self.entrants_of(place))

    def entrants_of(self, place: Place) -> tuple[Entrant, ...]:
        """Who takes part there."""
        return self.entrants if place.entrants is None else place.entrants

    def config_of(self, place: Place) -> dict[str, Any]:
        """What all share there: the budget, say."""
        return {**self.config, **place.config}


def part_of(study: Study, names: Sequence[str]) -> Study:
    """The study with the named places and entrants alone; a kind of which none is named stays whole.

    Raises:
        ValueError: a name of neither, with the nearest that is.
    """
    places = [place.name for place in study.places]
    labels = [entrant.label for place in study.places for entrant in study.entrants_of(place)]
    for name in names:
        check_known("place or agent", name, dict.fromkeys([*places, *labels]))
    chosen = [place for place in study.places if place.name in names or not set(names) & set(places)]
    wanted = set(names) & set(labels)
    kept = [
        replace(
            place, entrants=tuple(found for found in study.entrants_of(place) if not wanted or found.label in wanted)
        )
        for place in chosen
    ]
    return replace(study, places=tuple(place for place in kept if place.entrants))
