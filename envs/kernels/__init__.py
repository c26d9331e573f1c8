"""Compiled kernels: arrays in, arrays out, numpy and numba alone.

Each kernel is written as a function of one world; a driver beside it loops over a range of worlds, so that a
thread can take a shard and a GPU driver can be added without touching the rules.

numba does not notice when a cached kernel calls another one whose file has changed, nor when a flag such as
``NUMBA_BOUNDSCHECK`` differs. So the cache lives in a folder named by a hash of every kernel source, the flags
and numba's version: after any edit the folder is a new one. This has to happen before the first kernel is
defined, which is why it stands here.
"""

from hashlib import sha256
from os import environ
from pathlib import Path
from tempfile import gettempdir

import numba

_FLAGS = ("NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT", "NUMBA_OPT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")


def source_hash() -> str:
    """Name of the cache folder: changes with any kernel source, compiler flag or version of numba."""
    digest = sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    for flag in _FLAGS:
        digest.update(f"{flag}={environ.get(flag, '')}".encode())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    """The user's cache folder, or the temporary one where home cannot be written."""
    root = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "crossroads"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(gettempdir()) / "crossroads"
    return root


numba.config.CACHE_DIR = str(_cache_root() / f"kernels-{source_hash()}")  # type: ignore[attr-defined]
