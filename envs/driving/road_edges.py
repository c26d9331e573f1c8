"""How far boxes reach outside the drivable area, or stay inside it, further than the margin raster knows."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from envs.driving.painting import unpaired
from envs.driving.worlds import RoadWorlds
from envs.kernels.road_records import DRIVABLE_BIT, MARGIN_STEP, MARGIN_ZERO

REACH = 40.0
"""Distances are at most so long [m]."""


@dataclass(frozen=True)
class RoadEdges:
    """Signed distances [m] of a raster's cell centres from the edge of the drivable area, negative within.

    Good to half a cell; just outside the edge to millimetres.
    """

    distances: Float64[np.ndarray, "row col"]
    x: float
    y: float
    cell: float

    @classmethod
    def around(cls, worlds: RoadWorlds, world: int = 0) -> "RoadEdges":
        """Of the roads that a world plays on."""
        slot = int(worlds.slot[world])
        counts = worlds.pool.roads.counts[slot]
        inside = (slot, slice(int(counts["rows"])), slice(int(counts["cols"])))
        cell = float(counts["cell"])
        ground = unpaired(worlds.pool.roads.raster[slot, : int(counts["rows"])], int(counts["cols"]))
        is_drivable = ground & DRIVABLE_BIT != 0
        far = distance_to(is_drivable, cell) - distance_to(~is_drivable, cell)
        far -= np.where(is_drivable, -0.5, 0.5) * cell  # edges lie between cells
        margin = worlds.pool.roads.margin[inside]
        near = (margin.astype(np.float64) - MARGIN_ZERO) * MARGIN_STEP
        # Within, the margin knows the edge of each lane alone: at seams between lanes it says little.
        is_near = np.where(is_drivable, (far >= -0.5 * cell) & (margin > 0), margin < 255)
        return cls(np.where(is_near, near, far), float(counts["x"]), float(counts["y"]), cell)

    def of_boxes(
        self,
        poses: Float64[np.ndarray, "*times actor 3"],
        lengths: Float64[np.ndarray, " actor"],
        widths: Float64[np.ndarray, " actor"],
    ) -> Float64[np.ndarray, "*times actor"]:
        """How far outside the outermost corner of each box is; nan for who is not there."""
        cosine, sine = np.cos(poses[..., 2]), np.sin(poses[..., 2])
        corners = []
        for along, aside in ((0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)):
            ahead, left = along * lengths, aside * widths
            corners.append(
                self.at(poses[..., 0] + ahead * cosine - left * sine, poses[..., 1] + ahead * sine + left * cosine)
            )
        return np.max(corners, axis=0)

    def at(
        self, x: Float64[np.ndarray, "*points"], y: Float64[np.ndarray, "*points"]
    ) -> Float64[np.ndarray, "*points"]:
        """Distances of points, bilinear between cell centres; beyond the raster as far outside as can be."""
        rows, cols = self.distances.shape
        across, down = (x - self.x) / self.cell - 0.5, (y - self.y) / self.cell - 0.5
        is_on = (across >= 0) & (down >= 0) & (across < cols - 1) & (down < rows - 1)
        col, row = (np.where(is_on, place, 0.0).astype(np.int64) for place in (across, down))
        right, up = across - col, down - row
        low = (1 - right) * self.distances[row, col] + right * self.distances[row, col + 1]
        high = (1 - right) * self.distances[row + 1, col] + right * self.distances[row + 1, col + 1]
        found = np.where(is_on, (1 - up) * low + up * high, REACH)
        return np.where(np.isnan(x), np.nan, found)


def distance_to(is_there: Bool[np.ndarray, "row col"], cell: float) -> Float64[np.ndarray, "row col"]:
    """Distance of each cell to the nearest marked one, between centres [m], at most `REACH`.

    First along columns, then the least over all places in the row: squared distances add up.
    """
    most = int(np.ceil(REACH / cell))
    down = np.where(is_there, 0.0, float(most))
    for row in range(1, len(down)):
        down[row] = np.minimum(down[row], down[row - 1] + 1)
    for row in range(len(down) - 2, -1, -1):
        down[row] = np.minimum(down[row], down[row + 1] + 1)
    squares = down**2
    nearest = squares.copy()
    for shift in range(1, min(most, squares.shape[1] - 1) + 1):
        np.minimum(nearest[:, shift:], squares[:, :-shift] + shift**2, out=nearest[:, shift:])
        np.minimum(nearest[:, :-shift], squares[:, shift:] + shift**2, out=nearest[:, :-shift])
    return np.minimum(np.sqrt(nearest) * cell, REACH)
