"""Who takes part in a comparison, and the line that says so."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from agents import AGENTS, agent_class
from agents.agent import Agent
from agents.config import read_config
from envs.core.naming import check_known, unknown_name
from experiments.arguments import parse_assignments

EXAMPLE = "'label: agent name=value ... @ sampler name=value ...'"


@dataclass(frozen=True)
class Entrant:
    """An agent with its config and, where it plays with another sampler than it has, that one with its own.

    Entrants that differ in `sampler` alone are trained once, and then play one after the other.
    """

    label: str
    agent: str
    config: Mapping[str, Any] = field(default_factory=dict)
    sampler: str | None = None
    sampler_config: Mapping[str, Any] = field(default_factory=dict)


def parse_entrant(line: str, option: str = "--agents") -> Entrant:
    """``"ddpm: diffusion-policy updates=2000 @ ddpm steps=100"``; all but the agent's name may be left out.

    Raises:
        ValueError: no agent in it, an unknown one, or words that are not ``name=value``.
    """
    head, colon, rest = line.partition(":")
    has_label = bool(colon) and "=" not in head and "@" not in head
    label, text = (head.strip(), rest) if has_label else ("", line)
    trained, at, played = text.partition("@")
    words, sampler = _words(trained, line, option), _words(played, line, option)
    if not words or (at and not sampler) or (has_label and not label):
        raise ValueError(f"{option}: expected {EXAMPLE}, got {line!r}.")
    check_known("agent", words[0], AGENTS)
    return Entrant(
        label=label or " ".join(text.split()),
        agent=words[0],
        config=parse_assignments(words[1:], f"{option} {line!r}"),
        sampler=sampler[0] if sampler else None,
        sampler_config=parse_assignments(sampler[1:], f"{option} {line!r}"),
    )


def parse_entrants(lines: Sequence[str], option: str = "--agents") -> tuple[Entrant, ...]:
    """One of each line.

    Raises:
        ValueError: a line that is not one, or a label twice.
    """
    found = tuple(parse_entrant(line, option) for line in lines)
    check_labels(found)
    return found


def check_labels(entrants: Sequence[Entrant]) -> None:
    """Raise ``ValueError`` for a label that two of them share."""
    labels = [entrant.label for entrant in entrants]
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise ValueError(f"{twice} would take part twice: give each a label of its own, as in {EXAMPLE}.")


def fields_of(agent: str) -> list[str]:
    """Names in the config of an agent."""
    return [found.name for found in fields(agent_class(agent).Config)]


def learns(agent: str) -> bool:
    """Whether training does anything to it."""
    return agent_class(agent).study is not Agent.study


def needs_store(agent: str) -> bool:
    """Whether it learns from recorded demonstrations; others learn in the environment, or nothing."""
    return learns(agent) and not agent_class(agent).asks_worlds


def full_config(entrant: Entrant, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The entrant's own config over what is `shared` by all; of that, only what its agent has.

    Raises:
        TypeError: a field of its own that the agent does not have, with the nearest that it has.
        ValueError: a value out of range.
    """
    known = fields_of(entrant.agent)
    for name in entrant.config:
        if name not in known:
            raise TypeError(f"{entrant.label}: {unknown_name(f'field of {entrant.agent}', name, known)}")
    config = {**{name: value for name, value in shared.items() if name in known}, **entrant.config}
    read_config(agent_class(entrant.agent).Config, config)
    return config


def resolved(agent: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The whole config of an agent, defaults included, as JSON gives it back."""
    return json.loads(json.dumps(asdict(read_config(agent_class(agent).Config, config)), default=str))


def _words(text: str, line: str, option: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ValueError(f"{option}: {error} in {line!r}.") from error
