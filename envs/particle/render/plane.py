"""Two dimensions as they are."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen
from envs.particle.render import frame, marks
from envs.particle.render.scene import Scene

SECONDS = 0.15
"""The tail of the particle's velocity is where it would be after so long."""


def draw(pen: Pen, scene: Scene) -> None:
    """Ground, goals, the trail, what is meant, and the particle."""
    _draw_ground(pen)
    for goal in (1, 0):
        x, y = _spots(scene.goals[goal])[0]
        marks.draw_goal(pen, scene, goal, x=x, y=y, radius=scene.radius * frame.SCALE)
    marks.draw_trail(pen, _spots(scene.trail))
    for name in ("samples", "plan"):
        for set_points in scene.set_points(name):
            marks.draw_set_points(pen, _spots(set_points), is_plan=name == "plan")
    (x, y), ahead = _spots(np.stack([scene.position, scene.position + SECONDS * scene.velocity]))
    pen.stroke(np.array([[x, y], ahead]), palette.AGENT, width=3.0, opacity=0.7)
    marks.draw_particle(pen, x=x, y=y)


def _spots(points: Float[np.ndarray, "*time 2"]) -> Float[np.ndarray, "time 2"]:
    points = points.reshape(-1, 2)
    return np.stack([frame.right(points[:, 0]), frame.up(points[:, 1])], axis=1)


def _draw_ground(pen: Pen) -> None:
    low, high = frame.right(0.0), frame.right(1.0)
    for tenth in range(11):
        x, y = frame.right(tenth / 10), frame.up(tenth / 10)
        width = 2.0 if tenth in (0, 10) else 1.0
        frame.line(pen, (x, frame.up(0.0)), (x, frame.up(1.0)), width=width)
        frame.line(pen, (low, y), (high, y), width=width)
