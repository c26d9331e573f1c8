"""Who stands where: actors, their goals, the fog, and the way the agent has come."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from envs.core.drawing import brush, stroke
from envs.gridworld.render import figures, palette
from envs.gridworld.render.layout import Layout
from envs.gridworld.render.scene import Scene
from envs.gridworld.render.veil import draw_veil

Image = UInt8[np.ndarray, "height width 3"]
Shape = Callable[[int, tuple[float, float], palette.Colour], brush.Sprite]
FOG_OPACITY = 0.5
GHOST = 0.4
"""Opacity of the others and their goals where the judged agent does not see them."""
TRACE_OPACITY = (0.16, 0.60)
"""Oldest and newest."""


class Spot(NamedTuple):
    """A point of the frame: its pixel, and where in the pixel it lies."""

    pixel: tuple[int, int]
    fraction: tuple[float, float]


def spot(layout: Layout, cell: np.ndarray) -> Spot:
    """The middle of a cell."""
    y, x = layout.centres(cell).tolist()
    return Spot((int(y), int(x)), (y - int(y), x - int(x)))


def draw_others(image: Image, layout: Layout, scene: Scene) -> None:
    """Everybody but the judged agent: first all goals, then all actors."""
    others = [i for i in np.flatnonzero(scene.active).tolist() if i != scene.judged]
    for index in others:
        shape = figures.goal if scene.controlled[index] else figures.other_goal
        _put(image, layout, scene, cell=scene.goals[index], shape=shape, colour=_colour(scene, index))
    for index in others:
        shape = figures.body if scene.controlled[index] else figures.other
        _put(image, layout, scene, cell=scene.cells[index], shape=shape, colour=_colour(scene, index))


def draw_fog(image: Image, layout: Layout, scene: Scene) -> None:
    """Dim what the judged agent does not see."""
    if scene.visible is None or scene.visible.all():
        return
    unseen = np.where(scene.visible, 0.0, FOG_OPACITY)
    draw_veil(image, layout, colour=palette.FOG, opacity=unseen)


def draw_trace(image: Image, layout: Layout, scene: Scene) -> None:
    """The agent's path, fading into the past."""
    if len(scene.trace) < 2:
        return
    radius = max(0.08 * layout.cell, 1.5)
    samples, way = stroke.smooth(layout.centres(scene.trace), spacing=max(radius / 3, 0.5))
    share = way / max(way[-1], 1.0)
    oldest, newest = TRACE_OPACITY
    opacity = oldest + (newest - oldest) * share**1.2
    # a pale casing sets it off from water and low values, and does not show on the floor
    casing = max(0.03 * layout.cell, 0.8)
    stroke.draw(image, samples, radius=radius + casing, colour=palette.WHITE, opacity=0.75 * opacity)
    stroke.draw(image, samples, radius=radius, colour=palette.AGENT, opacity=opacity)


def draw_goal(image: Image, layout: Layout, scene: Scene) -> None:
    """The judged agent's goal."""
    place = spot(layout, scene.goals[scene.judged])
    brush.stamp(image, figures.goal(layout.cell, place.fraction, palette.GOAL), place.pixel)


def draw_agent(image: Image, layout: Layout, scene: Scene) -> None:
    """The judged agent, pointing where it last moved; at the end of the episode, how it ended."""
    place = spot(layout, scene.cells[scene.judged])
    if scene.status == "running":
        sprite = figures.body(layout.cell, place.fraction, palette.AGENT, _heading(scene, layout))
    else:
        sprite = figures.verdict(layout.cell, place.fraction, scene.status)
    brush.stamp(image, sprite, place.pixel)


def _heading(scene: Scene, layout: Layout) -> tuple[int, int]:
    moves: Float[np.ndarray, "move 2"] = np.sign(np.diff(scene.trace, axis=0))
    moves = moves[np.any(moves != 0, axis=1)]
    # arrows of probability say it better
    if layout.small or not len(moves) or "action_probabilities" in scene.overlay:
        return (0, 0)
    return int(moves[-1, 0]), int(moves[-1, 1])


def _colour(scene: Scene, index: int) -> palette.Colour:
    return palette.other_colour(index - (index > scene.judged))


def _put(image: Image, layout: Layout, scene: Scene, *, cell: np.ndarray, shape: Shape, colour: palette.Colour) -> None:
    """Stamp a figure on a cell; a ghost of it where the judged agent does not see."""
    place = spot(layout, cell)
    sprite = shape(layout.cell, place.fraction, colour)
    unseen = scene.visible is not None and not scene.visible[tuple(cell)]
    brush.stamp(image, brush.faded(sprite, GHOST) if unseen else sprite, place.pixel)
