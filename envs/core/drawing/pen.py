"""Smooth polygons and lines of any width, drawn by Agg: exact coverage at every edge, some 40 us a shape."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, UInt8

from envs.core.drawing.palette import Colour

Cap = Literal["round", "butt", "projecting"]
Points = Float[np.ndarray, "_ 2"]


class Pen:
    """Draws on a copy of an image. Points are (x, y) in pixels, y down; whole numbers are pixel corners.

    matplotlib's Agg does the work; no figure, no font and no display is involved.
    """

    def __init__(self, image: UInt8[np.ndarray, "height width 3"]) -> None:
        # matplotlib loads with the first picture, and never where nothing is drawn
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.path import Path
        from matplotlib.transforms import IdentityTransform

        self.height, self.width = image.shape[:2]
        self._path = Path
        self._still = IdentityTransform()
        self._renderer = RendererAgg(self.width, self.height, 72)
        self._buffer = np.asarray(self._renderer.buffer_rgba())
        self._buffer[..., :3] = image
        self._buffer[..., 3] = 255
        self._context = self._renderer.new_gc()
        self._context.set_snap(False)
        self._context.set_joinstyle("round")

    def picture(self) -> UInt8[np.ndarray, "height width 3"]:
        """What has been drawn so far."""
        return self._buffer[..., :3].copy()

    @property
    def canvas(self) -> UInt8[np.ndarray, "height width 3"]:
        """The same as a view into which others may draw."""
        return self._buffer[..., :3]

    def fill(self, points: Points, colour: Colour, *, opacity: float = 1.0) -> None:
        """A polygon."""
        if len(points) > 2:
            self._fill(self._ring(points), colour, opacity)

    def fill_union(self, polygons: Iterable[Points], colour: Colour, *, opacity: float = 1.0) -> None:
        """The union of polygons, with no seam where two of them touch; all must turn the same way round."""
        rings = [self._ring(points) for points in polygons if len(points) > 2]
        if rings:
            self._fill(self._path.make_compound_path(*rings), colour, opacity)

    def stroke(
        self,
        points: Points,
        colour: Colour,
        *,
        width: float,
        opacity: float = 1.0,
        closed: bool = False,
        cap: Cap = "round",
    ) -> None:
        """A line of `width` pixels; `cap` says how it ends."""
        if len(points) < 2:
            return
        path = self._ring(points) if closed else self._path(self._upright(points))
        path.should_simplify = False
        context = self._context
        context.set_linewidth(width)
        context.set_capstyle(cap)
        context.set_foreground(_rgba(colour, opacity), isRGBA=True)
        self._renderer.draw_path(context, path, self._still, None)

    def disc(self, x: float, y: float, *, radius: float, colour: Colour, opacity: float = 1.0, sides: int = 28) -> None:
        """A filled circle."""
        self.fill(_circle(sides) * radius + (x, y), colour, opacity=opacity)

    def _fill(self, path: Any, colour: Colour, opacity: float) -> None:
        self._context.set_linewidth(0)
        self._renderer.draw_path(self._context, path, self._still, _rgba(colour, opacity))

    def _ring(self, points: Points) -> Any:
        # a closed path ends with a vertex that is not looked at
        path = self._path(self._upright(points, spare=1), closed=True)
        path.should_simplify = False
        return path

    def _upright(self, points: Points, spare: int = 0) -> Points:
        # Agg counts lines from below
        upright = np.zeros((len(points) + spare, 2))
        upright[: len(points), 0] = points[:, 0]
        upright[: len(points), 1] = self.height - points[:, 1]
        return upright


@lru_cache(maxsize=64)
def _circle(sides: int) -> Points:
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _rgba(colour: Colour, opacity: float) -> tuple[float, float, float, float]:
    red, green, blue = colour
    return red / 255, green / 255, blue / 255, opacity
