"""One file per agent: a safetensors file whose header carries the config as JSON. Loading runs no code."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from agents.sealed import DamagedCheckpointError, read_sealed, write_sealed

__all__ = ["Checkpoint", "DamagedCheckpointError", "read_checkpoint", "write_checkpoint"]

FORMAT = "crossroads-agent-1"


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
    header = {
        "format": FORMAT,
        "agent": checkpoint.agent,
        "config": checkpoint.config,
        "observation_space": {key: _describe(space) for key, space in checkpoint.observation_space.items()},
        "action_space": _describe(checkpoint.action_space),
        "facts": checkpoint.facts,
    }
    write_sealed(path, header, checkpoint.tensors)


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Read what `write_checkpoint` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedCheckpointError: truncated, altered, or another kind of file.
    """
    header, tensors = read_sealed(path)
    if header.get("format") != FORMAT:
        raise DamagedCheckpointError(f"{path}: expected format {FORMAT!r}, found {header.get('format')!r}.")
    try:
        return _open(header, tensors)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedCheckpointError(f"{path}: the header of the checkpoint makes no sense: {error!r}.") from error


def _open(header: dict[str, Any], tensors: dict[str, Any]) -> Checkpoint:
    # As pairs: a dictionary would be sorted, and the order of the keys is that of the network's inputs.
    observation_space = spaces.Dict([(key, _rebuild(text)) for key, text in header["observation_space"].items()])
    action_space = _rebuild(header["action_space"])
    return Checkpoint(header["agent"], header["config"], observation_space, action_space, header["facts"], tensors)


def _describe(space: spaces.Space) -> dict[str, Any]:
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "shape": [int(side) for side in space.shape]}
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n)}
    if isinstance(space, spaces.Box):
        low, high = _plain_bound(space.low), _plain_bound(space.high)
        return {"kind": "Box", "low": low, "high": high, "shape": list(space.shape), "dtype": str(space.dtype)}
    raise TypeError(f"Expected spaces MultiBinary, Discrete or Box, got {space}.")


def _plain_bound(bound: np.ndarray) -> Any:
    """One number where all elements agree, as in rasters."""
    return bound.flat[0].item() if bound.size and (bound == bound.flat[0]).all() else bound.tolist()


def _rebuild(text: dict[str, Any]) -> spaces.Space:
    if text["kind"] == "MultiBinary":
        return spaces.MultiBinary(text["shape"] if len(text["shape"]) > 1 else text["shape"][0])
    if text["kind"] == "Discrete":
        return spaces.Discrete(text["n"])
    shape, dtype = tuple(text["shape"]), np.dtype(text["dtype"])
    low, high = np.full(shape, text["low"], dtype), np.full(shape, text["high"], dtype)
    return spaces.Box(low, high, shape, dtype)
