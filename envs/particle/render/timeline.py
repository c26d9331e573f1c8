"""One dimension to the right, time downwards."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen
from envs.particle.render import frame, marks
from envs.particle.render.scene import Scene


def draw(pen: Pen, scene: Scene) -> None:
    """Goals as bands, the trail as a curve, and what is meant below the particle."""
    _draw_ground(pen, scene)
    first = scene.step - len(scene.trail) + 1
    marks.draw_trail(pen, _spots(scene, scene.trail, first))
    for name in ("samples", "plan"):
        for set_points in scene.set_points(name):
            shown = set_points[: scene.max_steps - scene.step]
            marks.draw_set_points(pen, _spots(scene, shown, scene.step + 1), is_plan=name == "plan")
    ((x, y),) = _spots(scene, scene.position[None], scene.step)
    marks.draw_particle(pen, x=x, y=y)


def _spots(scene: Scene, points: Float[np.ndarray, "time 1"], first: int) -> Float[np.ndarray, "time 2"]:
    down = frame.up(1.0 - (first + np.arange(len(points))) / scene.max_steps)
    return np.stack([frame.right(points[:, 0]), down], axis=1)


def _draw_ground(pen: Pen, scene: Scene) -> None:
    top, bottom = frame.up(1.0), frame.up(0.0)
    for tenth in range(11):
        x = frame.right(tenth / 10)
        frame.line(pen, (x, top), (x, bottom), width=2.0 if tenth in (0, 10) else 1.0)
    for goal in (1, 0):
        (place,) = scene.goals[goal]
        low, high = frame.right(place - scene.radius), frame.right(place + scene.radius)
        band = np.array([[low, top], [high, top], [high, bottom], [low, bottom]], np.float64)
        pen.fill(band, palette.GOAL, opacity=0.3 if scene.touched[goal] else 0.14)
        x, y = frame.right(place), (top, bottom)[goal]
        marks.draw_goal(pen, scene, goal, x=x, y=y, radius=13.0)
