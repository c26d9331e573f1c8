"""A scene becomes an image, layer by layer."""

from functools import lru_cache

import numpy as np
from jaxtyping import UInt8

from envs.gridworld.render import marks, overlays, palette
from envs.gridworld.render.caption import draw_caption
from envs.gridworld.render.ground import ground
from envs.gridworld.render.layout import Layout, fit
from envs.gridworld.render.scene import Scene

LAYERS = (
    marks.draw_fog,
    overlays.draw_occupancy,
    marks.draw_others,
    marks.draw_trace,
    overlays.draw_candidates,
    overlays.draw_plan,
    marks.draw_goal,
    overlays.draw_action_fan,
    marks.draw_agent,
)
"""What is drawn on the ground, lowest first."""


def paint(scene: Scene, *, pixels: int = 512) -> UInt8[np.ndarray, "height width 3"]:
    """The image of a scene; the same scene always gives the same bytes.

    Args:
        pixels: room for the longer side of the map [px].  Cells are whole pixels, at least one; margins and the
            caption strip come on top.  Width and height of the image are even, as video codecs want them, and
            depend on the grid's shape and `pixels` alone.
    """
    layout = fit(*scene.obstacle.shape, pixels=pixels)
    image = _sheet(layout, scene.status).copy()
    image[layout.plate] = ground(scene, layout.cell)
    for draw in LAYERS:
        draw(image, layout, scene)
    draw_caption(image, layout, scene)
    return image


@lru_cache(maxsize=16)
def _sheet(layout: Layout, status: str) -> UInt8[np.ndarray, "height width 3"]:
    """Paper with a frame around the map, in the colour of how the episode ended."""
    image = np.empty((layout.height, layout.width, 3), dtype=np.uint8)
    image[:] = palette.PAPER
    width = 1 if status == "running" else max(2, layout.top // 3)
    rows, cols = layout.plate
    frame = (slice(rows.start - width, rows.stop + width), slice(cols.start - width, cols.stop + width))
    image[frame] = palette.STATUS.get(status, palette.FRAME)
    return image
