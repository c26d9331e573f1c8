"""Agents by name or by checkpoint, each with a label of its own."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import agents
from agents.agent import Agent

CHECKPOINT = "agent.safetensors"
"""Of a folder that `crossroads train` has written."""


def contenders(
    names: Sequence[str], checkpoints: Iterable[Path], env: Any, *, config: Mapping[str, Any] | None = None
) -> dict[str, Agent]:
    """Label -> agent, in the order asked for; `config` is that of the one named agent.

    Raises:
        ValueError: nobody, somebody twice, or a config without exactly one name.
        FileNotFoundError: no such checkpoint.
    """
    if config and len(names) != 1:
        raise ValueError(f"--config goes with exactly one --agent, got {list(names)}.")
    found: list[tuple[str, Agent]] = [(name, agents.make(name, env, **(config or {}))) for name in names]
    for path in map(checkpoint_file, checkpoints):
        agent = agents.load(path, env)
        found.append((f"{agent.name} {path.parent if path.name == CHECKPOINT else path.with_suffix('')}", agent))
    labels = [label for label, _ in found]
    if not labels:
        raise ValueError(f"Who plays? Expected --agent with one of {list(agents.AGENTS)}, or --checkpoint with a path.")
    if twice := {label for label in labels if labels.count(label) > 1}:
        raise ValueError(f"{sorted(twice)} would play twice: name every agent once.")
    return dict(found)


def one_contender(name: str | None, checkpoint: Path | None, env: Any, *, config: Mapping[str, Any]) -> Agent:
    """The agent called `name`, or the one saved at `checkpoint`.

    Raises:
        ValueError: both.
    """
    if name is not None and checkpoint is not None:
        raise ValueError(f"Expected --agent or --checkpoint, got both: {name!r} and {checkpoint}.")
    names, paths = ([name] if name is not None else []), ([checkpoint] if checkpoint is not None else [])
    return next(iter(contenders(names, paths, env, config=config).values()))


def checkpoint_file(path: Path) -> Path:
    """The checkpoint at `path`, which may be the folder of a training run.

    Raises:
        FileNotFoundError: neither is there.
    """
    file = path / CHECKPOINT if path.is_dir() else path
    if not file.is_file():
        raise FileNotFoundError(f"No checkpoint at {file}.")
    return file
