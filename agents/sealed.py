"""Tensors and a JSON text in one safetensors file, sealed by a checksum. Reading runs no code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from envs.core.atomic import write_atomically

FACTS, SEAL = "crossroads", "crc32"
"""Keys of the safetensors metadata."""


class DamagedCheckpointError(ValueError):
    """A file that is truncated, altered, or no checkpoint at all."""


def write_sealed(path: str | Path, facts: Mapping[str, Any], tensors: Mapping[str, Any]) -> None:
    """Write `facts` (JSON) and `tensors` to `path`, replacing what was there in one step; folders are made."""
    from safetensors.torch import save

    kept = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    text = json.dumps(facts)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, save(kept, metadata={FACTS: text, SEAL: checksum(text, kept)}))


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
    if FACTS not in metadata:
        raise DamagedCheckpointError(f"{path} is a safetensors file, but not one of ours: {sorted(metadata)}.")
    if (found := checksum(metadata[FACTS], tensors)) != metadata.get(SEAL):
        raise DamagedCheckpointError(f"{path} is damaged: expected the CRC-32 {metadata.get(SEAL)}, found {found}.")
    return json.loads(metadata[FACTS]), tensors


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
