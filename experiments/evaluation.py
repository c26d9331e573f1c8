"""What an evaluation found: episodes, intervals, latency; as a table for people and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from agents.rollouts import Episode
from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from envs.registration import NAMESPACE
from experiments.latency import Latency
from experiments.statistics import PROPORTIONS, Interval, summarise
from experiments.tables import number, percent, table

COLUMNS = ("success", "score", "return", "length")


@dataclass(frozen=True)
class Evaluation:
    """One agent on the levels of a split. ``print`` shows a table; the rest is in `summary` and `episodes`."""

    env: str
    """Id of the environment."""
    agent: str
    split: str
    episodes: tuple[Episode, ...]
    """In the order of the levels."""
    latency_ms: Latency
    """Of one decision, for a batch of one on one thread."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that was measured, `success` and `score` first."""
        rest = [name for name in self.episodes[0].metrics if name not in COLUMNS]
        return (*COLUMNS, *rest)

    def values(self, name: str) -> Float64[np.ndarray, " episode"]:
        """``level``, ``return``, ``length`` or a metric of every episode; nan where an episode has none.

        Raises:
            ValueError: unknown name, with the nearest known one.
        """
        check_known("metric", name, ("level", *self.names))
        return np.array([episode_row(episode)[name] for episode in self.episodes], np.float64)

    @cached_property
    def summary(self) -> dict[str, Interval]:
        """Name -> mean with its 95 % interval, over the episodes that have a value."""
        return {name: summarise(name, self.values(name)) for name in self.names}

    def as_dict(self) -> dict[str, Any]:
        """The evaluation as JSON holds it; nan as None."""
        summary: dict[str, Any] = {name: _without_nan(found._asdict()) for name, found in self.summary.items()}
        return {
            "env": self.env,
            "agent": self.agent,
            "split": self.split,
            "episodes": [_without_nan(episode_row(episode)) for episode in self.episodes],
            "summary": {**summary, "latency_ms": self.latency_ms._asdict()},
        }

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.as_dict(), allow_nan=False)

    def save(self, path: str | Path) -> Path:
        """Write the JSON to `path`, whole or not at all."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (self.to_json() + "\n").encode())
        return Path(path)

    def __str__(self) -> str:
        rows = [
            [name, show(name, found.mean), show_range(name, found), str(self._count(name))]
            for name, found in self.summary.items()
        ]
        title = f"{self.agent} on {_short(self.env)}, {len(self.episodes)} {self.split} levels"
        measured = table(rows, align="<>>>", header=["", "mean", "95 % interval", "episodes"])
        p50, p95 = self.latency_ms
        return f"{title}\n\n{measured}\n\none decision takes {p50:.3f} ms (p50), {p95:.3f} ms (p95)"

    def _count(self, name: str) -> int:
        return int((~np.isnan(self.values(name))).sum())


def episode_row(episode: Episode) -> dict[str, float]:
    """An episode as one flat row."""
    row = {"level": episode.level, "return": episode.reward_sum, "length": episode.length}
    return {**row, **{name: value for name, value in episode.metrics.items() if name not in row}}


def side_by_side(evaluations: Sequence[tuple[str, Evaluation]]) -> str:
    """A table with one row per labelled evaluation."""
    first = evaluations[0][1]
    title = f"{_short(first.env)}, {len(first.episodes)} {first.split} levels, means with 95 % intervals"
    heads = [f"{name} [%]" if name in PROPORTIONS else name for name in COLUMNS]
    rows = [
        [label, *(_cell(name, found.summary[name]) for name in COLUMNS), "{:.3f}, {:.3f}".format(*found.latency_ms)]
        for label, found in evaluations
    ]
    return f"{title}\n\n{table(rows, align='<>>>>>', header=['agent', *heads, 'p50, p95 [ms]'])}"


def _cell(name: str, found: Interval) -> str:
    mean, low, high = (show(name, value).removesuffix(" %") for value in found)
    return f"{mean} [{low}, {high}]"


def _short(env_id: str) -> str:
    return env_id.removeprefix(f"{NAMESPACE}/")


def show(name: str, value: float) -> str:
    """Shares in percent, other means as they are."""
    return percent(value) if name in PROPORTIONS else number(value)


def show_range(name: str, found: Interval) -> str:
    """The interval, low to high."""
    if isnan(found.low):
        return "-"
    return f"{show(name, found.low).removesuffix(' %')} to {show(name, found.high)}"


def _without_nan(row: dict[str, float]) -> dict[str, float | None]:
    return {name: None if isnan(value) else value for name, value in row.items()}
