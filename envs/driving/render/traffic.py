"""Everybody on the road, and who is to be noticed."""

import numpy as np

from envs.core.drawing.palette import AGENT, WHITE, Colour
from envs.core.drawing.pen import Pen
from envs.driving.render import palette
from envs.driving.render.camera import Camera
from envs.driving.render.people import draw_obstacle, draw_person
from envs.driving.render.scene import Scene
from envs.driving.render.vehicles import BOTH, BRAKING, LEFT, LORRY, RIGHT, Look, draw_shadow, draw_vehicle
from envs.kernels.road_records import ABSENT, OBSTACLE, PEDESTRIAN, VEHICLE

BLINKS = 8
"""Steps from one flash of a blinker to the next."""
SHIFTING = 0.15
"""Lateral offset from which a vehicle is changing lanes [m]."""


def draw_traffic(pen: Pen, camera: Camera, scene: Scene) -> None:
    """Shadows first, then obstacles, people and vehicles, the ego last."""
    order = [index for index in _seen(camera, scene) if index != scene.ego]
    vehicles = [index for index in order if scene.actors["kind"][index] == VEHICLE]
    for index in (*vehicles, scene.ego):
        draw_shadow(pen, camera, scene.actors[index])
    for index in order:
        kind = scene.actors["kind"][index]
        if kind == OBSTACLE:
            draw_obstacle(pen, camera, scene.actors[index])
        elif kind == PEDESTRIAN:
            draw_person(pen, camera, scene.actors[index], _paint_number(scene, index))
    for index in vehicles:
        draw_vehicle(pen, camera, scene.actors[index], _look(scene, index))
    _draw_ego(pen, camera, scene)
    for index in _seen(camera, scene):
        if scene.actors["collided"][index] and not _is_broken_down(scene.actors[index]):
            _draw_crash(pen, camera, scene.actors[index])


def _draw_ego(pen: Pen, camera: Camera, scene: Scene) -> None:
    actor = scene.actors[scene.ego]
    if actor["kind"] == PEDESTRIAN:
        draw_person(pen, camera, actor, 0)
        return
    x, y = camera.pixels(np.array([[actor["x"], actor["y"]]], np.float64))[0].tolist()
    for share, opacity in ((0.95, 0.10), (0.8, 0.12)):
        pen.disc(x, y, radius=share * float(actor["length"]) * camera.scale, colour=AGENT, opacity=opacity, sides=48)
    draw_vehicle(pen, camera, actor, _look(scene, scene.ego))


def _seen(camera: Camera, scene: Scene) -> list[int]:
    places = np.stack([scene.actors["x"], scene.actors["y"]], axis=1)
    present = np.flatnonzero(scene.actors["kind"] != ABSENT).tolist()
    return [index for index in present if camera.sees(places[index : index + 1], 12.0)]


def _look(scene: Scene, index: int) -> Look:
    actor = scene.actors[index]
    steered = index < scene.num_agents
    return Look(
        colour=_colour(scene, index),
        braking=bool(actor["acceleration"] < -BRAKING),
        blinker=_blinker(actor) if scene.steps % BLINKS < BLINKS / 2 else 0,
        casing=WHITE if steered or index == scene.ego else None,
    )


def _colour(scene: Scene, index: int) -> Colour:
    if index == scene.ego:
        return AGENT
    colour = palette.paintwork(_paint_number(scene, index))
    return palette.mixed(colour, WHITE, 0.35) if scene.actors["length"][index] >= LORRY else colour


def _paint_number(scene: Scene, index: int) -> int:
    """Another colour for everybody who appears anew in the same place of the array."""
    return index + 3 * int(scene.actors["lives"][index])


def _is_broken_down(actor: np.void) -> bool:
    """Who stands for good without having hit anybody wants to drive at no speed (a wreck's driver still does)."""
    return bool(actor["collided"] and actor["desired"] == 0.0)


def _blinker(actor: np.void) -> int:
    """Which way a vehicle changes lanes: what is left of that lies on the other side; both: it stands for good."""
    if _is_broken_down(actor):
        return BOTH
    shift = float(actor["shift"])
    if abs(shift) < SHIFTING:
        return 0
    return LEFT if shift < 0 else RIGHT


def _draw_crash(pen: Pen, camera: Camera, actor: np.void) -> None:
    """A star over whoever has hit something."""
    x, y = camera.pixels(np.array([[actor["x"], actor["y"]]], np.float64))[0].tolist()
    for size, colour in ((1.5, palette.BRAKE), (0.95, palette.SIGNALS[1])):
        angle = np.arange(20) * np.pi / 10
        radius = size * camera.scale * np.where(np.arange(20) % 2, 0.55, 1.0)
        star = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
        pen.fill(star, colour, opacity=0.92)
