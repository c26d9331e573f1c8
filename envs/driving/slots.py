"""How a network is laid into a slot of a pool's arrays, and how these grow."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from jaxtyping import Float64, Int32

from envs.driving.network import Network, RoadPool
from envs.driving.painting import paint_network, paired
from envs.kernels.road_lookup import look_up
from envs.kernels.road_records import (
    BAR,
    CONFLICT,
    COUNTS,
    CROSSING_STRETCH,
    CROSSWALK,
    FRAME,
    LANE,
    LOOKUP_CELL,
    PATH_POINT,
    POINT,
    ROUTE,
    SIGNAL_PHASES,
    TRACK,
)

BORDER = 2.0
"""Ground around everything drawn [m]: wider than the margin raster reaches."""
COPIED = RoadPool._fields[1:14]
"""Fields that pool and network share."""
ROUND = 16
"""Capacities are multiples of this: arrays seldom grow, which takes twice their memory for a moment."""
OUTSIDE = {"raster": 0, "margin": 255}
"""What lies beyond a network's own rows and columns."""

_DTYPES = {
    "counts": COUNTS,
    "lanes": LANE,
    "points": POINT,
    "conflicts": CONFLICT,
    "signals": SIGNAL_PHASES,
    "bars": BAR,
    "crosswalks": CROSSWALK,
    "crossings": CROSSING_STRETCH,
    "routes": ROUTE,
    "route_lanes": np.int32,
    "path": PATH_POINT,
    "entries": np.int32,
    "tracks": TRACK,
    "frames": FRAME,
    "lookup_first": np.int32,
    "lookup_lanes": np.int32,
    "raster": np.uint8,
    "margin": np.uint8,
}


@dataclass(frozen=True)
class Layout:
    """What a slot holds besides the network's own arrays: where the rasters lie, and the lookup table."""

    x: float
    y: float
    cell: float
    rows: int
    cols: int
    lookup_rows: int
    lookup_cols: int
    lookup_first: Int32[np.ndarray, " cells_and_one"]
    lookup_lanes: Int32[np.ndarray, " found"]


def lay_out(network: Network, cell: float) -> Layout:
    """Rasters of this cell size [m] over all lanes, areas and lines of a network."""
    low, high = _bounds(network)
    cols, rows = (ceil(side / cell) for side in (high - low))
    lookup_cols, lookup_rows = (max(1, ceil(side / LOOKUP_CELL)) for side in (high - low))
    box = np.array([low[0], low[1], lookup_rows, lookup_cols])
    stamp = np.empty(lookup_rows * lookup_cols, np.int32)
    first = np.empty(stamp.size + 1, np.int32)
    found = np.empty(8 * stamp.size, np.int32)
    total = look_up(network.lanes, network.points, box, stamp, first, found)
    if total > found.size:
        found = np.empty(total, np.int32)
        look_up(network.lanes, network.points, box, stamp, first, found)
    return Layout(float(low[0]), float(low[1]), cell, rows, cols, lookup_rows, lookup_cols, first, found[:total])


def shapes(network: Network, layout: Layout) -> dict[str, tuple[int, ...]]:
    """Shape of what each of the pool's arrays holds of a network."""
    return {
        **{name: getattr(network, name).shape for name in COPIED},
        "lookup_first": layout.lookup_first.shape,
        "lookup_lanes": layout.lookup_lanes.shape,
        "raster": (layout.rows, ceil(layout.cols / 2)),
        "margin": (layout.rows, layout.cols),
    }


def new_roads(num_slots: int) -> RoadPool:
    """Slots without room for anything."""
    arrays = {name: np.zeros((num_slots, 0), _DTYPES[name]) for name in RoadPool._fields}
    empty = {name: np.zeros((num_slots, 0, 0), _DTYPES[name]) for name in ("frames", "raster", "margin")}
    return RoadPool(**{**arrays, **empty, "counts": np.zeros(num_slots, COUNTS)})


def grown(roads: RoadPool, needed: dict[str, tuple[int, ...]], num_used: int) -> RoadPool:
    """Arrays with room for `needed`, the first `num_used` slots copied; `roads` itself if it has that room."""
    larger = {}
    for name, shape in needed.items():
        array = getattr(roads, name)
        if all(room >= side for room, side in zip(array.shape[1:], shape, strict=True)):
            continue
        capacity = (max(room, -(-side // ROUND) * ROUND) for room, side in zip(array.shape[1:], shape, strict=True))
        # Pages of zeros that nobody writes to cost no memory: slots that are never used, for one.
        larger[name] = np.zeros((array.shape[0], *capacity), array.dtype)
        inside = tuple(slice(side) for side in array.shape[1:])
        larger[name][(slice(num_used), *inside)] = array[:num_used]
    return roads._replace(**larger) if larger else roads


def place(roads: RoadPool, slot: int, network: Network, layout: Layout) -> None:
    """Write a network into a slot that has room for it; whatever lay there is wiped."""
    for name in COPIED:
        _copy(getattr(roads, name)[slot], getattr(network, name))
    _copy(roads.lookup_first[slot], layout.lookup_first)
    _copy(roads.lookup_lanes[slot], layout.lookup_lanes)
    rows, cols = layout.rows, layout.cols
    wiped = max(rows, int(roads.counts[slot]["rows"]))
    for name, nothing in OUTSIDE.items():
        getattr(roads, name)[slot, :wiped] = nothing
    raster = np.empty((rows, cols), np.uint8)
    paint_network(network, raster, roads.margin[slot, :rows, :cols], layout.x, layout.y, layout.cell)
    roads.raster[slot, :rows, : ceil(cols / 2)] = paired(raster)
    _count(roads.counts[slot], network, layout)


def _copy(room: np.ndarray, contents: np.ndarray) -> None:
    """Contents first, zeros behind them."""
    room[tuple(slice(side) for side in contents.shape)] = contents
    room[len(contents) :] = np.zeros((), room.dtype)


def _count(counts: np.void, network: Network, layout: Layout) -> None:
    for name in ("lanes", "points", "conflicts", "signals", "bars", "crosswalks", "crossings", "routes", "entries"):
        counts[name] = len(getattr(network, name))
    for name in ("rows", "cols", "cell", "x", "y", "lookup_rows", "lookup_cols"):
        counts[name] = getattr(layout, name)
    counts["tracks"] = len(network.tracks)
    counts["demand"], counts["pedestrians"] = network.demand, network.pedestrians


def _bounds(network: Network) -> tuple[Float64[np.ndarray, " 2"], Float64[np.ndarray, " 2"]]:
    """Lower left and upper right corner of everything drawn, and a margin around it."""
    lanes, points = network.lanes, network.points
    half = np.repeat(0.5 * lanes["width"], lanes["count"])
    of_lanes = np.concatenate([np.arange(lane["first"], lane["first"] + lane["count"]) for lane in lanes])
    strips = np.stack([points["x"], points["y"]], axis=1)[of_lanes]
    drawn = [strips - half[:, None], strips + half[:, None], *network.areas, *(line.points for line in network.lines)]
    everything = np.concatenate(drawn)
    return everything.min(axis=0) - BORDER, everything.max(axis=0) + BORDER
