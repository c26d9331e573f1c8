"""Roads as arrays: what a builder or a file makes of a level, once, for all worlds that play it."""

from typing import NamedTuple

import numpy as np


class Network(NamedTuple):
    """One level's roads, arrays of exactly the needed size. Records are those of `envs.kernels.road_records`."""

    lanes: np.ndarray  # LANE [lane]
    points: np.ndarray  # POINT [point], centrelines
    conflicts: np.ndarray  # CONFLICT [conflict], those of one lane side by side
    signals: np.ndarray  # SIGNAL_PHASES [signal]
    bars: np.ndarray  # BAR [bar], stop lines
    crosswalks: np.ndarray  # CROSSWALK [crosswalk]
    crossings: np.ndarray  # CROSSING_STRETCH [crossing], those of one lane side by side
    routes: np.ndarray  # ROUTE [route], for controlled vehicles
    route_lanes: np.ndarray  # int32 [.]
    path: np.ndarray  # PATH_POINT [.]
    entries: np.ndarray  # int32 [entry], lanes on which new traffic appears
    tracks: np.ndarray  # TRACK [track], of recordings; else empty
    frames: np.ndarray  # FRAME [track frame], 0.1 s apart
    areas: tuple[np.ndarray, ...]  # float64 [corner 2] each; the drivable area is their union
    lines: tuple["Line", ...]  # painted lines
    demand: float  # share of the traffic's places that are taken, in [0, 1]
    pedestrians: int
    name: str  # for captions, e.g. "intersection, 4 arms, signals"


class Line(NamedTuple):
    """A painted line or a kerb."""

    points: np.ndarray  # float64 [point 2]
    kind: str  # "edge" (kerb or road edge), "solid", "dashed", "double" (between directions, solid)


class RoadPool(NamedTuple):
    """The networks that the worlds of a batch play on, padded into slots; kernels read this.

    The capacities (`lane`, `point`, ...) are those of the largest network so far.
    """

    counts: np.ndarray  # COUNTS [slot]
    lanes: np.ndarray  # LANE [slot lane]
    points: np.ndarray  # POINT [slot point]
    conflicts: np.ndarray  # CONFLICT [slot conflict]
    signals: np.ndarray  # SIGNAL_PHASES [slot signal]
    bars: np.ndarray  # BAR [slot bar]
    crosswalks: np.ndarray  # CROSSWALK [slot crosswalk]
    crossings: np.ndarray  # CROSSING_STRETCH [slot crossing]
    routes: np.ndarray  # ROUTE [slot route]
    route_lanes: np.ndarray  # int32 [slot .]
    path: np.ndarray  # PATH_POINT [slot .]
    entries: np.ndarray  # int32 [slot entry]
    tracks: np.ndarray  # TRACK [slot track]
    frames: np.ndarray  # FRAME [slot track frame]
    lookup_first: np.ndarray  # int32 [slot cells+1], CSR over LOOKUP_CELL cells, row-major, row along +y
    lookup_lanes: np.ndarray  # int32 [slot .], lanes whose strip touches the cell
    raster: np.ndarray  # uint8 [slot row pair], DRIVABLE_BIT | BOUNDARY_BIT | CROSSWALK_BIT; row along +y; see `paired`
    margin: np.ndarray  # uint8 [slot row col], signed distance to the drivable area: MARGIN_STEP, MARGIN_ZERO
