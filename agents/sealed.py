"""Tensors and a JSON text in one safetensors file, sealed by a checksum. Reading runs no code."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from envs.core.atomic import write_atomically

KEY = "crossroads"
"""Of the safetensors metadata; the only one, for these have no order, and equal agents give equal files."""
_SEALED = re.compile(r'\{"crc32": "([0-9a-f]{8})", "facts": (.*)\}', re.DOTALL)


class DamagedCheckpointError(ValueError):
    """A file that is truncated, altered, or no checkpoint at all."""


def write_sealed(path: str | Path, facts: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
    """Write `facts` (JSON) and `tensors` to `path`, replacing what was there in one step; folders are made."""
    from safetensors.torch import save

    kept = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps(facts)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    sealed = f'{{"crc32": "{checksum(text, kept)}", "facts": {text}}}'
    write_atomically(path, save(kept, metadata={KEY: sealed}))


def read_sealed(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(facts, tensors) as `write_sealed` was given them.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedCheckpointError: truncated, altered in any bit, or another kind of file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"No checkpoint at {path}.")
    try:
        metadata, tensors = _read(path)
    except Exception as error:  # safetensors finds many things wrong, and they have one meaning
        raise DamagedCheckpointError(f"{path} is damaged or no checkpoint: {error}") from error
    sealed = _SEALED.fullmatch(metadata.get(KEY, ""))
    if sealed is None:
        raise DamagedCheckpointError(f"{path} is a safetensors file, but damaged or not one of ours.")
    expected, text = sealed.groups()
    if (found := checksum(text, tensors)) != expected:
        raise DamagedCheckpointError(f"{path} is damaged: expected the CRC-32 {expected}, found {found}.")
    return json.loads(text), tensors


def _read(path: str | Path) -> tuple[dict[str, str], dict[str, Any]]:
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def checksum(text: str, tensors: Mapping[str, Any]) -> str:
    """CRC-32 over the text, and over every tensor's name, type, shape and bytes: safetensors has none of its own."""
    import torch

    total = crc32(text.encode())
    for name, tensor in sorted(tensors.items()):
        total = crc32(f"{name} {tensor.dtype} {list(tensor.shape)}".encode(), total)
        total = crc32(tensor.reshape(-1).view(torch.uint8).numpy(), total)
    return f"{total:08x}"
