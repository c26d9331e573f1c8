"""What an agent's `explain` returned, drawn into the frame.  (`value_map` colours the ground itself.)"""

import numpy as np
from jaxtyping import Float, UInt8

from envs.core.drawing import brush, stroke
from envs.gridworld.render import figures, palette
from envs.gridworld.render.layout import Layout
from envs.gridworld.render.scene import Scene
from envs.gridworld.render.veil import draw_veil

Image = UInt8[np.ndarray, "height width 3"]
COMPASS = ((-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1), (1, 1), (1, -1))
"""(rows, cols) of the moves in the order of the actions: N, S, E, W, NE, NW, SE, SW."""
OCCUPANCY_OPACITY = 0.7
"""Of a cell that is surely occupied."""
LEAST_PROBABILITY = 0.02


def draw_occupancy(image: Image, layout: Layout, scene: Scene) -> None:
    """Where the agent expects others: red, the more certain the denser."""
    if "occupancy_probability" not in scene.overlay:
        return
    probability = np.clip(np.asarray(scene.overlay["occupancy_probability"], dtype=np.float64), 0, 1)
    draw_veil(image, layout, colour=palette.PREDICTED, opacity=OCCUPANCY_OPACITY * probability)


def draw_candidates(image: Image, layout: Layout, scene: Scene) -> None:
    """Thin lines; where many candidates agree, they add up."""
    candidates = np.asarray(scene.overlay.get("candidates", np.zeros((0, 0, 2))))
    radius = max(0.025 * layout.cell, 0.6)
    opacity = float(np.clip(2.5 / max(len(candidates), 1), 0.12, 0.5))
    for cells in candidates:
        samples, _ = stroke.smooth(layout.centres(cells), spacing=0.8)
        stroke.draw(image, samples, radius=radius, colour=palette.CANDIDATE, opacity=opacity)


def draw_plan(image: Image, layout: Layout, scene: Scene) -> None:
    """A dashed bright line from the agent along the plan, with a dot where it ends."""
    cells = np.asarray(scene.overlay.get("plan", np.zeros((0, 2))))
    if not len(cells):
        return
    radius = max(0.055 * layout.cell, 1.2)
    points = layout.centres(_from_agent(cells, scene))
    samples, way = stroke.smooth(points, spacing=max(radius / 3, 0.4))
    period = max(0.36 * layout.cell, 6.0)
    dashes = samples[(way % period) < 0.5 * period]
    # the goal has a dot of its own
    end = points[-1:] if np.any(cells[-1] != scene.goals[scene.judged]) else points[:0]
    for grown, colour in ((1.2, palette.WHITE), (0.0, palette.INTENT)):
        stroke.draw(image, dashes, radius=radius + grown, colour=colour, opacity=0.95)
        stroke.draw(image, end, radius=2 * radius + grown, colour=colour, opacity=0.95)


def draw_action_fan(image: Image, layout: Layout, scene: Scene) -> None:
    """One arrow per move, as long and as opaque as it is likely; a circle for waiting."""
    if "action_probabilities" not in scene.overlay:
        return
    probabilities = np.clip(np.asarray(scene.overlay["action_probabilities"], dtype=np.float64), 0, 1)
    centre = layout.centres(scene.cells[scene.judged])
    num_moves = len(probabilities) // 4 * 4
    for move, probability in zip(COMPASS, probabilities[:num_moves].tolist(), strict=False):
        if probability >= LEAST_PROBABILITY:
            unit = np.array(move) / np.linalg.norm(move)
            _draw_arrow(image, layout, centre=centre, unit=unit, probability=probability)
    if len(probabilities) > num_moves and probabilities[-1] >= LEAST_PROBABILITY:
        _draw_wait(image, layout, centre, float(probabilities[-1]))


def _draw_arrow(
    image: Image, layout: Layout, *, centre: Float[np.ndarray, "2"], unit: Float[np.ndarray, "2"], probability: float
) -> None:
    scale = max(layout.cell, 16)
    head = scale * (0.15 + 0.16 * probability)
    length = 0.85 * scale * probability + head
    middle = centre + (1.35 * figures.agent_radius(layout.cell) + length / 2) * unit
    pixel = np.floor(middle)
    at = brush.canvas(length / 2 + head, tuple((middle - pixel).tolist()))
    shape = brush.arrow(at, unit=tuple(unit.tolist()), length=length, head=head)
    opacity = 0.35 + 0.65 * probability
    sprite = brush.stack(
        (0.8 * opacity * brush.coverage(shape - 1.2), palette.WHITE),
        (opacity * brush.coverage(shape), palette.INTENT),
    )
    brush.stamp(image, sprite, (int(pixel[0]), int(pixel[1])))


def _draw_wait(image: Image, layout: Layout, centre: Float[np.ndarray, "2"], probability: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 180)
    radius = 1.35 * figures.agent_radius(layout.cell)
    samples = centre + radius * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    width = max(0.05 * layout.cell, 1.2)
    stroke.draw(image, samples, radius=width, colour=palette.INTENT, opacity=0.15 + 0.85 * probability)


def _from_agent(cells: np.ndarray, scene: Scene) -> np.ndarray:
    """The plan with the agent's own cell in front, where the plan begins next to it."""
    here = scene.cells[scene.judged]
    if np.abs(cells[0] - here).max() == 1:
        return np.concatenate([here[None], cells])
    return cells
