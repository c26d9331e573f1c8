"""One file per agent: a safetensors file whose header carries the config as JSON. Loading runs no code."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from envs.core.atomic import write_atomically

FORMAT = "crossroads-agent-1"


class DamagedCheckpointError(ValueError):
    """A file that is truncated, altered, or no checkpoint at all."""


@dataclass(frozen=True)
class Checkpoint:
    """All that an agent is rebuilt from."""

    agent: str
    config: dict[str, Any]
    observation_space: spaces.Dict
    action_space: spaces.Space
    facts: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, Any] = field(default_factory=dict)


def write_checkpoint(path: str | Path, checkpoint: Checkpoint) -> None:
    """Write `checkpoint` to `path`, replacing what was there in one step."""
    from safetensors.torch import save

    header = {
        "format": FORMAT,
        "agent": checkpoint.agent,
        "config": checkpoint.config,
        "observation_space": {key: _describe(space) for key, space in checkpoint.observation_space.items()},
        "action_space": _describe(checkpoint.action_space),
        "facts": checkpoint.facts,
    }
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in checkpoint.tensors.items()}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(tensors, metadata={"crossroads": json.dumps(header)}))


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedCheckpointError: truncated, altered, or another kind of file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"No checkpoint at {path}.")
    try:
        header, tensors = _read(path)
        observation_space = spaces.Dict({key: _rebuild(text) for key, text in header["observation_space"].items()})
        action_space = _rebuild(header["action_space"])
        return Checkpoint(header["agent"], header["config"], observation_space, action_space, header["facts"], tensors)
    except DamagedCheckpointError:
        raise
    except Exception as error:  # safetensors, JSON and our own fields fail in many ways, with one meaning
        raise DamagedCheckpointError(f"{path} is damaged or no checkpoint of an agent: {error}") from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if "crossroads" not in metadata:
            raise DamagedCheckpointError(f"{path} is a safetensors file, but not a checkpoint of an agent.")
        header = json.loads(metadata["crossroads"])
        if header.get("format") != FORMAT:
            raise DamagedCheckpointError(f"{path}: expected format {FORMAT!r}, found {header.get('format')!r}.")
        return header, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping


def _describe(space: spaces.Space) -> dict[str, Any]:
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "shape": [int(side) for side in space.shape]}
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n)}
    if isinstance(space, spaces.Box):
        low, high = float(np.min(space.low)), float(np.max(space.high))
        return {"kind": "Box", "low": low, "high": high, "shape": list(space.shape), "dtype": str(space.dtype)}
    raise TypeError(f"Expected spaces MultiBinary, Discrete or Box, got {space}.")


def _rebuild(text: dict[str, Any]) -> spaces.Space:
    if text["kind"] == "MultiBinary":
        return spaces.MultiBinary(text["shape"])
    if text["kind"] == "Discrete":
        return spaces.Discrete(text["n"])
    return spaces.Box(text["low"], text["high"], tuple(text["shape"]), np.dtype(text["dtype"]))
