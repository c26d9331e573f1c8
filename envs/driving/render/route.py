"""Where the ego is to go: a ribbon on the road, and the goal at its end."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import lettering
from envs.core.drawing.palette import AGENT, GOAL, INK, WHITE
from envs.core.drawing.pen import Pen
from envs.driving.render import shapes
from envs.driving.render.camera import Camera
from envs.driving.render.scene import Scene
from envs.kernels.road_records import PATH_STEP

RIBBON = 1.5
"""Width [m]."""
LANE = 3.4
CORNER = (290.0, 186.0)
"""Width and height of the corner that is kept free for the inset [px]."""
RIM = 26.0
"""Of a goal's pointer from the frame's edge [px]."""


def draw_route(pen: Pen, camera: Camera, scene: Scene) -> None:
    """The ribbon from the ego to the goal, and a chequered line across the lane there."""
    path, goal = _path_ahead(scene)
    if len(path) > 1:
        for width, opacity in ((RIBBON + 0.7, 0.16), (RIBBON, 0.30)):
            pen.fill(camera.pixels(shapes.strip(path, width=width)), AGENT, opacity=opacity)
    if goal is not None:
        _draw_finish(pen, camera, goal)


def draw_goal(pen: Pen, camera: Camera, scene: Scene) -> None:
    """A pin on the goal; where it is out of sight, a pointer at the edge that says how far it is."""
    path, goal = _path_ahead(scene)
    if goal is None:
        return
    x, y = camera.pixels(goal[:2]).tolist()
    if RIM / 2 < x < camera.width - RIM / 2 and RIM / 2 < y < camera.height - RIM / 2:
        _draw_pin(pen, x, y, radius=max(1.15 * camera.scale, 8.0))
        return
    _draw_pointer(pen, camera, goal[:2], left=PATH_STEP * max(len(path) - 1, 0))


def _path_ahead(scene: Scene) -> tuple[Float[np.ndarray, "point 2"], Float[np.ndarray, "3"] | None]:
    """The path from beside the ego to the goal, and the goal's pose; nothing where there is no route."""
    routes, route = scene.network.routes, int(scene.agent["route"])
    if not 0 <= route < len(routes):
        return np.zeros((0, 2)), None
    first, count = int(routes["first_point"][route]), int(routes["num_points"][route])
    goal = min(round(float(routes["goal"][route]) / PATH_STEP), count - 1)
    path = scene.network.path[first : first + count]
    start = int(np.clip(np.ceil(scene.agent["path_s"] / PATH_STEP), 0, count - 1))
    ahead = path[start : goal + 1]
    end = path[goal]
    return np.stack([ahead["x"], ahead["y"]], axis=1), np.array([end["x"], end["y"], end["heading"]])


def _draw_finish(pen: Pen, camera: Camera, goal: Float[np.ndarray, "3"]) -> None:
    columns, size = 8, LANE / 8
    for row in range(3):
        for column in range(columns):
            square = shapes.box(row * size, (row + 1) * size, column * size - LANE / 2, (column + 1) * size - LANE / 2)
            colour = INK if (row + column) % 2 else WHITE
            x, y, heading = goal.tolist()
            pen.fill(camera.pixels(shapes.placed(square, x, y, heading)), colour)


def _draw_pin(pen: Pen, x: float, y: float, *, radius: float) -> None:
    for share, colour in ((1.35, WHITE), (1.1, GOAL), (0.62, WHITE), (0.36, GOAL)):
        pen.disc(x, y, radius=share * radius, colour=colour, opacity=0.95, sides=32)


def _draw_pointer(pen: Pen, camera: Camera, goal: Float[np.ndarray, "2"], *, left: float) -> None:
    middle = np.array([camera.width / 2, camera.height / 2])
    away = camera.pixels(goal) - middle
    share = np.min((middle - RIM) / np.maximum(np.abs(away), 1e-9))
    x, y = (middle + share * away).tolist()
    beside, below = camera.width - CORNER[0], CORNER[1]
    if x > beside and y < below:
        # the corner belongs to the inset
        x, y = (x, below) if x - beside > below - y else (beside, y)
    turn = np.arctan2(away[1], away[0])
    arrow = np.array([[12.0, 0.0], [-7.0, 9.0], [-3.0, 0.0], [-7.0, -9.0]])
    shown = shapes.placed(arrow, x, y, float(turn))
    pen.stroke(shown, WHITE, width=5.0, closed=True)
    pen.fill(shown, GOAL)
    text = f"{left:.0f} m"
    inward = middle - (x, y)
    label = np.array([x, y]) + 30 * inward / max(float(np.linalg.norm(inward)), 1e-9)
    width = lettering.text_width(text, 18)
    start = np.array([label[0] - width / 2, label[1]])
    ends = np.array([start, [start[0] + width, start[1]]])
    pen.stroke(ends, WHITE, width=19.0, opacity=0.85)
    lettering.write(pen.canvas, text, size=18, left=round(start[0]), middle=float(label[1]) + 1, colour=GOAL)
