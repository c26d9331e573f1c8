"""List environments and agents, or the arguments of one of them.

  crossroads list
  crossroads list GridNav-v0
  crossroads list dagger

An environment's arguments go to --env-args, an agent's to --config: size=8 or size=8,16 or view=egocentric.
"""

import textwrap
from dataclasses import dataclass
from shutil import get_terminal_size

import tyro

from agents import AGENTS
from envs.core.naming import check_known, load_entry
from envs.registration import ENVS, NAMESPACE
from experiments.docstrings import Argument, config_arguments, summary


@dataclass(frozen=True)
class Args:
    """What to list."""

    name: tyro.conf.Positional[str | None] = None
    """An environment or an agent; leave it out for all."""


def main(args: Args) -> None:
    """Print the tables."""
    print(overview() if args.name is None else details(args.name))


def overview() -> str:
    """All environments and all agents, a line each."""
    parts = [
        f"Environments, as in gymnasium.make('{NAMESPACE}/GridNav-v0')",
        *_lines(ENVS),
        "\nAgents, as in agents.make('oracle', env)",
        *_lines(AGENTS),
        "\nArguments of one of them: crossroads list GridNav-v0",
    ]
    return "\n".join(parts)


def _lines(entries: dict[str, str]) -> list[str]:
    width = max(len(name) for name in [*ENVS, *AGENTS]) + 2
    return [_hang(f"  {name:<{width}}", summary(entry)) for name, entry in entries.items()]


def details(name: str) -> str:
    """Docstring and arguments of one environment or agent.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    short = name.removeprefix(f"{NAMESPACE}/")
    check_known("name", short, [*ENVS, *AGENTS])
    kind = load_entry({**ENVS, **AGENTS}[short])
    where = "--env-args" if short in ENVS else "--config"
    arguments = config_arguments(kind.Config)
    head = f"{short}: {_paragraphs(kind.__doc__ or '')}\n"
    if not arguments:
        return f"{head}\nIt has no arguments."
    return "\n".join([head, f"Arguments and their defaults, for {where}:", *_rows(arguments)])


def _rows(arguments: list[Argument]) -> list[str]:
    heads = [f"  {argument.name} = {argument.default}" for argument in arguments]
    width = min(34, max(map(len, heads))) + 2
    return [_hang(f"{head:<{width}}", argument.meaning) for head, argument in zip(heads, arguments, strict=True)]


def _hang(head: str, text: str) -> str:
    """`text` after `head`, wrapped, its later lines below its first."""
    columns = min(120, get_terminal_size((120, 24)).columns)
    lines = textwrap.wrap(text, max(30, columns - len(head))) or [""]
    return ("\n" + " " * len(head)).join([head + lines[0], *lines[1:]]).rstrip()


def _paragraphs(docstring: str) -> str:
    return "\n".join(line.strip() for line in docstring.strip().splitlines())
