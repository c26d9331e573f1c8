"""A scene becomes an image."""

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen
from envs.core.drawing.strip import write_facts, write_pill
from envs.particle.render import axes, frame, plane, timeline
from envs.particle.render.scene import Scene

VIEWS = {1: timeline.draw, 2: plane.draw}
"""By the number of dimensions; `axes.draw` for more."""


def paint(scene: Scene) -> UInt8[np.ndarray, "height width 3"]:
    """The image of a scene, of even width and height; the same scene always gives the same bytes."""
    pen = Pen(frame.blank(scene.status))
    VIEWS.get(scene.dims, axes.draw)(pen, scene)
    image = pen.picture()
    end, middle = image.shape[1] - frame.MARGIN, image.shape[0] - frame.STRIP / 2 - 2
    if scene.status != "running":
        colour = palette.STATUS[scene.status]
        end = write_pill(image, scene.status, size=22, right=end, middle=middle, half=13.0, colour=colour)
    write_facts(image, scene.caption, size=23, left=frame.MARGIN, right=end - 6, middle=middle)
    return image
