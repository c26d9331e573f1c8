"""A translucent colour over whole cells."""

import numpy as np
from jaxtyping import Float, UInt8

from envs.gridworld.render.layout import Layout
from envs.gridworld.render.palette import Colour


def draw_veil(
    image: UInt8[np.ndarray, "height width 3"],
    layout: Layout,
    *,
    colour: Colour,
    opacity: Float[np.ndarray, "row col"],
) -> None:
    """Lay `colour` over the map, each cell with its own opacity in [0, 1]."""
    rows, cols = layout.plate
    # channels side by side in one long line: numpy is slow on inner axes of length three
    plate = image.reshape(image.shape[0], -1)[rows, 3 * cols.start : 3 * cols.stop]
    share = np.repeat(np.rint(256 * opacity).astype(np.uint16), 3 * layout.cell, axis=1)
    tint = share * np.tile(np.array(colour, dtype=np.uint16), layout.cols * layout.cell)
    keep = 256 - share
    bands = plate.reshape(layout.rows, layout.cell, -1)
    bands[:] = (bands * keep[:, None] + tint[:, None]) >> 8
