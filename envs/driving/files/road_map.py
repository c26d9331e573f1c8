"""What both formats' maps are read into, before arrays are made of it."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64

from envs.driving.network import Line
from envs.kernels.road_records import BAR, CROSSWALK, FREE, SIGNAL_PHASES


@dataclass(frozen=True)
class MapLane:
    """One lane between its bounds. Lanes are named as in the file; names that do not exist are dropped later."""

    name: str
    left: Float64[np.ndarray, "left 2"]
    right: Float64[np.ndarray, "right 2"]
    successors: tuple[str, ...] = ()
    left_neighbour: str | None = None
    """That goes the same way."""
    right_neighbour: str | None = None
    limit: float | None = None
    """[m/s]"""
    junction: int = -1
    control: int = FREE
    """Of its beginning, as in the LANE record."""
    signal: int = -1


@dataclass(frozen=True)
class RoadMap:
    """Lanes, and what is painted beside them; arrays as in `Network`."""

    lanes: tuple[MapLane, ...]
    areas: tuple[np.ndarray, ...]
    lines: tuple[Line, ...] = ()
    signals: np.ndarray = field(default_factory=lambda: np.zeros(0, SIGNAL_PHASES))
    bars: np.ndarray = field(default_factory=lambda: np.zeros(0, BAR))
    crosswalks: np.ndarray = field(default_factory=lambda: np.zeros(0, CROSSWALK))
