"""What costs work out once for a decision, while searches ask for it again and again."""

import weakref
from collections.abc import Callable, Hashable
from typing import TypeVar

from world_models.rollout import Latent

Found = TypeVar("Found")
_KNOWN: dict[int, dict[Hashable, object]] = {}
"""By the identity of latents that are alive."""


def once_for(latent: Latent, key: Hashable, make: Callable[[], Found]) -> Found:
    """What `make` gave when this latent was first asked about `key`; forgotten with the latent."""
    known = _KNOWN.get(id(latent))
    if known is None:
        known = _KNOWN[id(latent)] = {}
        weakref.finalize(latent, _KNOWN.pop, id(latent), None)
    if key not in known:
        known[key] = make()
    return known[key]  # type: ignore[return-value]
