"""The static raster of a network: drivable ground, painted lines, crosswalks, and how far the ground reaches."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from envs.driving.network import Network
from envs.kernels.road_raster import clear_border, paint_polygons, paint_strips
from envs.kernels.road_records import BOUNDARY_BIT, CROSSWALK_BIT, DRIVABLE_BIT

LINE_WIDTH = 0.4
"""Width that lines are drawn with [m]; a cell and a little, if that is more, so that none falls between cells."""

Frame = tuple[float, float, float]


def paint_network(
    network: Network,
    raster: UInt8[np.ndarray, "row col"],
    margin: UInt8[np.ndarray, "row col"],
    origin_x: float,
    origin_y: float,
    cell: float,
) -> None:
    """Fill a slot's raster (bits) and margin (MARGIN_STEP, MARGIN_ZERO) from a network.

    Cell (row, col) covers x from origin_x + col * cell and y from origin_y + row * cell, a cell each [m]. The
    outermost cells of the raster stay empty: leave two metres round the lanes. What lies outside is not painted.
    """
    raster[:] = 0
    margin[:] = 255
    frame = (origin_x, origin_y, cell)
    if network.areas:
        corners, firsts, counts = _chained(network.areas, frame)
        paint_polygons(raster, margin, np.empty_like(margin), DRIVABLE_BIT, corners, firsts, counts, cell)
    lanes = network.lanes
    points = _in_cells(np.stack((network.points["x"], network.points["y"]), axis=1), frame)
    firsts, counts = lanes["first"].astype(np.int64), lanes["count"].astype(np.int64)
    joined = np.stack((np.isin(np.arange(len(lanes)), lanes["next"]), lanes["num_next"] > 0), axis=1).astype(np.uint8)
    half_widths = lanes["width"] / (2 * cell)
    paint_strips(raster, margin, DRIVABLE_BIT, points, firsts, counts, half_widths, joined, cell, True)
    if network.lines:
        points, firsts, counts = _chained([line.points for line in network.lines], frame)
        half_widths = np.full(len(firsts), line_width(cell) / (2 * cell))
        paint_strips(raster, margin, BOUNDARY_BIT, points, firsts, counts, half_widths, _flat(counts), cell, False)
    if len(network.crosswalks):
        _paint_crosswalks(network.crosswalks, raster, margin, frame)
    clear_border(raster)


def paired(raster: UInt8[np.ndarray, "row col"]) -> UInt8[np.ndarray, "row pair"]:
    """Two cells a byte, those of even columns in its lower half: rasters are most of what a map takes to keep."""
    pairs = raster[:, ::2].copy()
    pairs[:, : raster.shape[1] // 2] |= raster[:, 1::2] << 4
    return pairs


def unpaired(pairs: UInt8[np.ndarray, "row pair"], cols: int) -> UInt8[np.ndarray, "row col"]:
    """The other way round: a cell a byte, of so many columns."""
    halves = np.stack((pairs & 15, pairs >> 4), axis=-1)
    return halves.reshape(len(pairs), -1)[:, :cols]


def line_width(cell: float) -> float:
    """Width that lines are drawn with in cells of this size [m]."""
    return max(LINE_WIDTH, 1.001 * cell)


def _paint_crosswalks(crosswalks: np.ndarray, raster: np.ndarray, margin: np.ndarray, frame: Frame) -> None:
    cell = frame[2]
    centres = np.stack((crosswalks["x"], crosswalks["y"]), axis=1)
    along = np.stack((np.cos(crosswalks["heading"]), np.sin(crosswalks["heading"])), axis=1)
    along *= crosswalks["length"][:, None] / 2
    points = _in_cells(np.stack((centres - along, centres + along), axis=1).reshape(-1, 2), frame)
    firsts = np.arange(len(crosswalks), dtype=np.int64) * 2
    counts = np.full(len(crosswalks), 2, np.int64)
    half_widths = crosswalks["width"] / (2 * cell)
    paint_strips(raster, margin, CROSSWALK_BIT, points, firsts, counts, half_widths, _flat(counts), cell, False)


def _flat(strips: np.ndarray) -> UInt8[np.ndarray, "strip 2"]:
    """Ends that are not joined to anything."""
    return np.zeros((len(strips), 2), np.uint8)


def _chained(
    shapes: Sequence[np.ndarray], frame: Frame
) -> tuple[Float64[np.ndarray, "point 2"], Int64[np.ndarray, " shapes"], Int64[np.ndarray, " shapes"]]:
    """All points one after another, in cells; where each shape begins; how many points it has."""
    counts = np.array([len(shape) for shape in shapes], np.int64)
    return _in_cells(np.concatenate(shapes), frame), np.cumsum(counts) - counts, counts


def _in_cells(points: np.ndarray, frame: Frame) -> Float64[np.ndarray, "point 2"]:
    """Metres -> cells, from the centre of cell (0, 0)."""
    origin_x, origin_y, cell = frame
    return (points - (origin_x, origin_y)) / cell - 0.5
