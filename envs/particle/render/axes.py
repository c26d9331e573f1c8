"""Many dimensions in parallel: an upright axis for each, a point is a line across them."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen
from envs.particle.render import frame, marks
from envs.particle.render.scene import Scene

INSET = 40.0
"""Left and right of the axes [px], where the goals' numbers stand."""


def draw(pen: Pen, scene: Scene) -> None:
    """Goals with a band of their radius, past positions, what is meant, and the particle."""
    x = np.linspace(frame.MARGIN + INSET, frame.MARGIN + frame.SIDE - INSET, scene.dims)
    for place in x:
        frame.line(pen, (place, frame.up(0.0)), (place, frame.up(1.0)), width=2.0 if scene.dims <= 32 else 1.0)
    for goal in (1, 0):
        _draw_goal(pen, scene, goal, x)
    for k, point in enumerate(scene.trail[:-1]):
        pen.stroke(_across(x, point), palette.AGENT, width=1.2, opacity=0.5 * marks.fading(k, len(scene.trail)))
    for name in ("samples", "plan"):
        _draw_set_points(pen, scene, name, x)
    now = _across(x, scene.position)
    pen.stroke(now, palette.AGENT, width=3.0)
    for left, y in now if scene.dims <= 32 else ():
        pen.disc(left, y, radius=5.0, colour=palette.WHITE)
        pen.disc(left, y, radius=3.8, colour=palette.AGENT)


def _across(x: Float[np.ndarray, " dim"], point: Float[np.ndarray, " dim"]) -> Float[np.ndarray, "dim 2"]:
    return np.stack([x, frame.up(point)], axis=1)


def _draw_goal(pen: Pen, scene: Scene, goal: int, x: Float[np.ndarray, " dim"]) -> None:
    place = scene.goals[goal]
    band = np.concatenate([_across(x, place + scene.radius), _across(x, place - scene.radius)[::-1]])
    pen.fill(band, palette.GOAL, opacity=0.34 if scene.touched[goal] else 0.14)
    pen.stroke(_across(x, place), palette.GOAL, width=2.5 if scene.is_next(goal) else 1.2, opacity=0.8)
    end, way = (0, -1) if goal == 0 else (-1, 1)
    marks.draw_goal(pen, scene, goal, x=float(x[end] + way * 20), y=float(frame.up(place[end])), radius=13.0)


def _draw_set_points(pen: Pen, scene: Scene, name: str, x: Float[np.ndarray, " dim"]) -> None:
    colour, opacity, width = (palette.INTENT, 0.9, 2.2) if name == "plan" else (palette.CANDIDATE, 0.25, 1.2)
    for set_points in scene.set_points(name):
        for k, point in enumerate(set_points):
            pen.stroke(_across(x, point), colour, width=width, opacity=opacity * (1.0 - 0.8 * k / len(set_points)))
