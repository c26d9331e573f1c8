"""Where things go in a frame: the map, its cells, and the strip below it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real


@dataclass(frozen=True)
class Layout:
    """Sizes in pixels.  `cell` is a whole number and the frame's width and height are even."""

    rows: int
    cols: int
    cell: int
    top: int
    left: int
    strip: int
    """Height of the caption strip, which is the lower margin too."""
    height: int
    width: int

    @property
    def plate(self) -> tuple[slice, slice]:
        """The part of the frame that the map fills."""
        return (
            slice(self.top, self.top + self.rows * self.cell),
            slice(self.left, self.left + self.cols * self.cell),
        )

    @property
    def small(self) -> bool:
        """True where cells are too small for detail inside them."""
        return self.cell < 10

    def centres(self, cells: Real[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape 2"]:
        """Centres (y down, x) of cells in the frame [px]; whole numbers are pixel corners."""
        return (np.asarray(cells, dtype=np.float64) + 0.5) * self.cell + (self.top, self.left)


def fit(rows: int, cols: int, *, pixels: int) -> Layout:
    """The largest whole-pixel cells with which the map's longer side stays within `pixels`; at least one.

    Margins and strip come on top of `pixels`.  A narrow map is centred in a frame wide enough for its caption.
    """
    if pixels < 1:
        raise ValueError(f"pixels must be at least 1, got {pixels}.")
    cell = max(1, pixels // max(rows, cols))
    margin = max(4, pixels // 40)
    strip = max(20, pixels // 14)
    width = _even(max(cols * cell + 2 * margin, pixels * 5 // 8))
    height = _even(margin + rows * cell + strip)
    left = (width - cols * cell) // 2
    return Layout(rows, cols, cell, margin, left, strip, height=height, width=width)


def _even(size: int) -> int:
    return size + size % 2
