"""A comparison as runs, each with files of its own: what is finished is never done again.

    out/stores/GridNav-v0-1f0c.../                              demonstrations of one place
    out/trained/GridNav-v0/behavior-cloning-5a0e.../seed-0/     an agent, and a checkpoint to resume its training from
    out/played/GridNav-v0/behavior-cloning-77b1.../seed-0.json  what it came to on the held-out levels
    out/timed/GridNav-v0/behavior-cloning-77b1....json          how long its decisions take

Folders are named by a hash of all that was asked for: another config, budget or store lies elsewhere. Where a default
of an agent has changed since, its runs are done again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from envs.episodes import read_manifest
from envs.registration import NAMESPACE
from experiments.comparison.entrants import Entrant, fields_of, full_config, needs_store, resolved
from experiments.comparison.study import Place, Study

NUM_ENVS = 64
"""Worlds side by side while playing: what is drawn depends on it, so it is the same for all."""


@dataclass(frozen=True)
class Run:
    """One entrant with one seed in one place."""

    place: Place
    entrant: Entrant
    seed: int
    config: dict[str, Any]
    """Of the agent, with everything shared, and the seed."""
    store: Path | None
    """None: it learns in the environment itself, or not at all."""
    trained: Path
    """Folder of the training, which entrants that differ in their sampler alone share."""
    played: Path
    timed: Path

    @property
    def is_finished(self) -> bool:
        """Whether it was trained and has played, and no default has changed since."""
        return self.played.is_file() and self.agrees(self.played)

    @cached_property
    def whole_config(self) -> dict[str, Any]:
        """With the defaults of today."""
        return resolved(self.entrant.agent, self.config)

    def agrees(self, file: Path) -> bool:
        """Whether what `file` says of the config holds today."""
        return agree(self.whole_config, json.loads(file.read_text(encoding="utf-8"))["whole_config"])

    @property
    def asked(self) -> dict[str, Any]:
        """All that `played` depends on."""
        return {
            "agent": self.entrant.agent,
            "config": self.config,
            "sampler": self.entrant.sampler,
            "sampler_config": dict(self.entrant.sampler_config),
            **_playing(self.place),
        }


def agree(today: Mapping[str, Any], then: Mapping[str, Any]) -> bool:
    """Whether two whole configs are the same, as far as their fields are: one that came or went says nothing."""
    return all(today.get(name, value) == value for name, value in then.items())


def runs_of(study: Study, out: Path) -> list[Run]:
    """All runs of a study, a seed after the other: a study that is half done is a study with fewer seeds.

    Raises:
        TypeError: a config that an agent does not take.
    """
    found = [run for place in study.places for run in _runs_in(place, study, out)]
    return sorted(found, key=lambda run: study.seeds.index(run.seed))


def store_of(place: Place, out: Path) -> Path:
    """Where the demonstrations of a place lie."""
    if place.store is not None:
        return place.store
    facts = {"env": short(place.env), "arguments": dict(place.arguments), "demonstrations": place.demonstrations}
    return out / "stores" / f"{short(place.env)}-{digest(facts)}"


def digest(facts: Any) -> str:
    """Ten digits that tell one request from all others."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:10]


def short(env: str) -> str:
    """The name of an environment without the namespace."""
    return env.removeprefix(f"{NAMESPACE}/")


def _runs_in(place: Place, study: Study, out: Path) -> Iterator[Run]:
    store = store_of(place, out)
    for entrant in study.entrants_of(place):
        config = full_config(entrant, study.config_of(place))
        is_taught = needs_store(entrant.agent)
        has_seed = "seed" in fields_of(entrant.agent)
        learnt = {"agent": entrant.agent, "config": config, "store": _identity(place, store)}
        sampled = {"sampler": entrant.sampler, "sampler_config": dict(entrant.sampler_config)}
        played = digest({**learnt, **sampled, **_playing(place)})
        where = f"{short(place.env)}/{entrant.agent}"
        for seed in study.seeds if has_seed else study.seeds[:1]:
            yield Run(
                place,
                entrant,
                seed,
                {**config, "seed": seed} if has_seed else config,
                store if is_taught else None,
                out / "trained" / f"{where}-{digest(learnt)}" / f"seed-{seed}",
                out / "played" / f"{where}-{played}" / f"seed-{seed}.json",
                out / "timed" / f"{where}-{played}.json",
            )


def _identity(place: Place, store: Path) -> Any:
    """What tells a store from others: what it was asked for or, of one that was given, its checksums."""
    if place.store is None:
        return store.name
    return {name: entry.crc32 for name, entry in read_manifest(store).arrays.items()}


def _playing(place: Place) -> dict[str, Any]:
    arguments = dict(place.arguments)
    return {"arguments": arguments, "levels": place.levels, "drawn": place.drawn, "num_envs": NUM_ENVS}
