"""Light textures of terrain: how much darker each pixel is than its class's colour."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

TILE = 128
_DEPTH = {"road": 0.035, "floor": 0.0, "ice": 0.03, "snow": 0.02}
_PLAIN_DEPTH = 0.07


@lru_cache(maxsize=32)
def tile(name: str) -> Float[np.ndarray, "y x"]:
    """Darkening in [0, 1) on a square of `TILE` pixels that continues seamlessly on every side."""
    grain = _GRAIN.get(name, _speckles)(np.random.default_rng(sum(name.encode())))
    shade = grain * _DEPTH.get(name, _PLAIN_DEPTH)
    shade.flags.writeable = False
    return shade


def _scatter(rng: np.random.Generator, share: float) -> Float[np.ndarray, "y x"]:
    return (rng.random((TILE, TILE)) < share).astype(np.float64)


def _smear(grain: Float[np.ndarray, "y x"], steps: int, *, axis: int) -> Float[np.ndarray, "y x"]:
    return np.max([np.roll(grain, step, axis=axis) for step in range(steps)], axis=0)


def _speckles(rng: np.random.Generator) -> Float[np.ndarray, "y x"]:
    dots = _smear(_smear(_scatter(rng, 0.012), 2, axis=0), 2, axis=1)
    return np.maximum(dots, 0.35 * _scatter(rng, 0.15))


def _blades(rng: np.random.Generator) -> Float[np.ndarray, "y x"]:
    blades = _smear(_scatter(rng, 0.012), 4, axis=0)
    leaning = np.roll(_smear(_scatter(rng, 0.006), 3, axis=0), 1, axis=1)
    return np.maximum(blades, 0.6 * leaning)


def _ripples(rng: np.random.Generator) -> Float[np.ndarray, "y x"]:
    return np.maximum(_smear(_scatter(rng, 0.004), 9, axis=1), 0.6 * _smear(_scatter(rng, 0.006), 5, axis=1))


def _asphalt(rng: np.random.Generator) -> Float[np.ndarray, "y x"]:
    return rng.random((TILE, TILE))


_GRAIN = {
    "grass": _blades,
    "forest": _blades,
    "swamp": _ripples,
    "water": _ripples,
    "road": _asphalt,
    "gravel": _asphalt,
}
