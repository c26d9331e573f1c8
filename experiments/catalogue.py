"""List environments, agents and world models, or the arguments of one of them.

  crossroads list
  crossroads list GridNav-v0
  crossroads list dagger
  crossroads list recurrent

An environment's arguments go to --env-args, an agent's to --config: size=8 or size=8,16 or view=egocentric. A world
model's go to --config of latent-mpc: model=recurrent model_config=width=64,mixed=32.
"""

import textwrap
from dataclasses import dataclass
from shutil import get_terminal_size

import tyro

from agents import AGENTS
from envs.core.naming import check_known, load_entry
from envs.registration import ENVS, NAMESPACE
from experiments.docstrings import Argument, config_arguments, summary
from world_models import WORLD_MODELS

PLACES = (
    (ENVS, "--env-args"),
    (AGENTS, "--config"),
    (WORLD_MODELS, "--config model={name} model_config=NAME=VALUE,NAME=VALUE"),
)
"""Where the arguments of what is listed go."""
OF_STATE = "world_models.make({name!r}, env, ...)"
"""And those of a model that latent-mpc has no use for."""


@dataclass(frozen=True)
class Args:
    """What to list."""

    name: tyro.conf.Positional[str | None] = None
    """An environment, an agent or a world model; leave it out for all."""


def main(args: Args) -> None:
    """Print the tables."""
    print(overview() if args.name is None else details(args.name))


def overview() -> str:
    """All environments, all agents and all world models, a line each."""
    parts = [
        f"Environments, as in gymnasium.make('{NAMESPACE}/GridNav-v0')",
        *_lines(ENVS),
        "\nAgents, as in agents.make('oracle', env)",
        *_lines(AGENTS),
        "\nWorld models, as in world_models.make('recurrent', env), or in --config model=recurrent of latent-mpc",
        *_lines(WORLD_MODELS),
        "\nArguments of one of them: crossroads list GridNav-v0",
    ]
    return "\n".join(parts)


def _lines(entries: dict[str, str]) -> list[str]:
    width = max(len(name) for name in [*ENVS, *AGENTS]) + 2
    return [_hang(f"  {name:<{width}}", summary(entry)) for name, entry in entries.items()]


def details(name: str) -> str:
    """Docstring and arguments of one environment, agent or world model; of each that has the name.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    short = name.removeprefix(f"{NAMESPACE}/")
    known = list(dict.fromkeys(name for entries, _ in PLACES for name in entries))
    check_known("name", short, known)
    return "\n\n".join(_details(short, entries, where) for entries, where in PLACES if short in entries)


def _details(name: str, entries: dict[str, str], where: str) -> str:
    kind = load_entry(entries[name])
    is_model = entries is WORLD_MODELS
    where = (OF_STATE if is_model and kind.reads_state else where).format(name=name)
    arguments = config_arguments(kind.Config)
    head = f"{name}{', a world model' if is_model else ''}: {_paragraphs(kind.__doc__ or '')}\n"
    if not arguments:
        return f"{head}\nIt has no arguments."
    return "\n".join([head, f"Arguments and their defaults, for {where}:", *_rows(arguments)])


def _rows(arguments: list[Argument]) -> list[str]:
    heads = [f"  {argument.name} = {argument.default}" for argument in arguments]
    width = min(34, max(map(len, heads)))
    return [_hang(f"{head:<{width}}  ", argument.meaning) for head, argument in zip(heads, arguments, strict=True)]


def _hang(head: str, text: str) -> str:
    """`text` after `head`, wrapped, its later lines below its first."""
    columns = min(120, get_terminal_size((120, 24)).columns)
    lines = textwrap.wrap(text, max(30, columns - len(head))) or [""]
    return ("\n" + " " * len(head)).join([head + lines[0], *lines[1:]]).rstrip()


def _paragraphs(docstring: str) -> str:
    """Without what a class is made of: that is for those who read sources."""
    told = docstring.partition("\n    Args:")[0]
    return "\n".join(line.strip() for line in told.strip().splitlines())
