"""A scene becomes an image, layer by layer."""

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen
from envs.driving.render import overlays, route, signals, traffic
from envs.driving.render.camera import Camera, follow, zoom
from envs.driving.render.caption import STRIP, draw_caption
from envs.driving.render.inset import draw_inset
from envs.driving.render.scene import Scene
from envs.driving.render.slices import draw_slices
from envs.driving.render.tiles import Tiles

HEIGHT, WIDTH = 560, 720
"""Of a frame, the caption strip included [px]."""
LAYERS = (
    overlays.draw_maps,
    route.draw_route,
    signals.draw_bars,
    traffic.draw_traffic,
    signals.draw_lamps,
    overlays.draw_futures,
    overlays.draw_lines,
    route.draw_goal,
    draw_slices,
)
"""What is drawn on the ground, lowest first."""


def camera_over(scene: Scene) -> Camera:
    """The camera through which a scene is seen."""
    limits = scene.network.lanes["limit"]
    scale = zoom(float(limits.max()) if len(limits) else 0.0)
    x, y, heading = scene.pose
    return follow(x, y, heading, scale=scale, height=HEIGHT - STRIP, width=WIDTH)


def paint(scene: Scene, tiles: Tiles) -> UInt8[np.ndarray, "height width 3"]:
    """The image of a scene; the same scene always gives the same bytes, whatever `tiles` hold already."""
    camera = camera_over(scene)
    frame = np.empty((HEIGHT, WIDTH, 3), dtype=np.uint8)
    frame[: camera.height] = tiles.ground(scene.network, camera)
    pen = Pen(frame)
    for draw in LAYERS:
        draw(pen, camera, scene)
    draw_inset(pen, scene)
    progress, limit = _progress_and_limit(scene)
    draw_caption(pen, scene, progress=progress, limit=limit)
    if scene.status != "running":
        _frame_in(pen.canvas[: camera.height], palette.STATUS.get(scene.status, palette.STATUS["collision"]))
    return pen.picture()


def _progress_and_limit(scene: Scene) -> tuple[float, float]:
    """Share of the route that lies behind the ego, and the speed limit where it is [m/s]; 0 where there is none."""
    routes, index = scene.network.routes, int(scene.agent["route"])
    if not 0 <= index < len(routes):
        return 0.0, 0.0
    begin, goal = float(scene.agent["begin_s"]), float(routes["goal"][index])
    progress = (float(scene.agent["furthest_s"]) - begin) / max(goal - begin, 1e-9)
    point = int(np.clip(scene.agent["index"], 0, int(routes["num_points"][index]) - 1))
    return progress, float(scene.network.path["limit"][int(routes["first_point"][index]) + point])


def _frame_in(picture: UInt8[np.ndarray, "height width 3"], colour: palette.Colour, width: int = 5) -> None:
    for side in (picture[:width], picture[-width:], picture[:, :width], picture[:, -width:]):
        side[:] = colour
