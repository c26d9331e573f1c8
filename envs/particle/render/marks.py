"""Marks that mean the same in every view: goals with their numbers, the particle, where it was and means to go."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import lettering, palette
from envs.core.drawing.pen import Pen
from envs.particle.render.scene import Scene

Spots = Float[np.ndarray, "time 2"]


def draw_goal(pen: Pen, scene: Scene, goal: int, *, x: float, y: float, radius: float) -> None:
    """A disc with the goal's number: full once touched, strongly rimmed while it may be touched next."""
    is_touched = bool(scene.touched[goal])
    pen.disc(x, y, radius=radius, colour=palette.GOAL, opacity=1.0 if is_touched else 0.16, sides=60)
    angle = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    rim = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
    pen.stroke(rim, palette.GOAL, width=3.0 if scene.is_next(goal) else 1.2, closed=True)
    text, size = str(goal + 1), max(16, round(1.3 * radius))
    left = round(x - lettering.text_width(text, size) / 2)
    ink = palette.WHITE if is_touched else palette.GOAL
    lettering.write(pen.canvas, text, size=size, left=left, middle=y + 1, colour=ink)


def draw_trail(pen: Pen, spots: Spots) -> None:
    """Where the particle was: a line that fades with age, a dot for each step."""
    for k in range(1, len(spots)):
        pen.stroke(spots[k - 1 : k + 1], palette.AGENT, width=2.0, opacity=fading(k, len(spots)), cap="butt")
    for k, (x, y) in enumerate(spots):
        pen.disc(x, y, radius=2.6, colour=palette.AGENT, opacity=fading(k, len(spots)), sides=14)


def fading(k: int, count: int) -> float:
    """Opacity of the k-th of `count` moments, the last one now."""
    return 0.15 + 0.6 * (k + 1) / count


def draw_particle(pen: Pen, *, x: float, y: float) -> None:
    """Where it is now."""
    pen.disc(x, y, radius=10.0, colour=palette.WHITE, sides=40)
    pen.disc(x, y, radius=8.0, colour=palette.AGENT, sides=40)


def draw_set_points(pen: Pen, spots: Spots, *, is_plan: bool) -> None:
    """Where the particle is to be pulled to, in turn; candidates are faint."""
    colour, opacity = (palette.INTENT, 0.9) if is_plan else (palette.CANDIDATE, 0.25)
    pen.stroke(spots, colour, width=2.2 if is_plan else 1.4, opacity=opacity)
    for k, (x, y) in enumerate(spots):
        share = 1.0 - 0.5 * k / len(spots)
        pen.disc(x, y, radius=(4.5 if is_plan else 3.0) * share, colour=colour, opacity=opacity, sides=18)
