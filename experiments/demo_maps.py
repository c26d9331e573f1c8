"""Real maps for the demo, where there are any."""

import os
from pathlib import Path

from envs.gridworld.files import read_map

PLACES = ("../shared/data/movingai/maps", "data/movingai/maps")
"""Looked at in the checkout's surroundings, after the folder that CROSSROADS_DATA names."""
SMALLEST = 128
"""Maps with a shorter side are benchmarks drawn by hand, not cities [cells]."""


def find_maps(chosen: Path | None, crop: int) -> list[str]:
    """Files of real maps: `chosen` (a file or a folder), or the cities found near the checkout; none is fine then.

    Raises:
        FileNotFoundError: `chosen` does not exist, or holds no map.
        ValueError: no map in it is as large as `crop`.
    """
    if chosen is None:
        root = Path(__file__).parents[1]
        data = os.environ.get("CROSSROADS_DATA")
        folders = [Path(data) / "movingai/maps"] if data else []
        folders += [root / place for place in PLACES]
        files = next((found for folder in folders if (found := sorted(folder.glob("*.map")))), [])
        return [str(file.resolve()) for file in files if min(read_map(file).blocked.shape) >= SMALLEST]
    if not chosen.exists():
        raise FileNotFoundError(f"--map {chosen} does not exist.")
    files = sorted(chosen.glob("*.map")) if chosen.is_dir() else [chosen]
    if not files:
        raise FileNotFoundError(f"--map {chosen} holds no .map file.")
    large = [str(file) for file in files if min(read_map(file).blocked.shape) >= crop]
    if not large:
        raise ValueError(f"--map {chosen}: expected a map of at least {crop} x {crop} cells, found none.")
    return large
