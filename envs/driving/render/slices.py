"""Slices of a cost volume, side by side in a corner: what the agent expects to cost it where, as time goes on."""

import numpy as np
from jaxtyping import Float

from envs.core.drawing import lettering
from envs.core.drawing.heat import ramp
from envs.core.drawing.palette import AGENT, INTENT, MUTED, WHITE
from envs.core.drawing.pen import Pen
from envs.driving.render.camera import Camera
from envs.driving.render.inset import MARGIN, PADDING, TITLE, draw_panel
from envs.driving.render.scene import Scene

SHOWN = 4
"""Slices at most; of more, so many are taken at equal distances, the last one among them."""
HEIGHT, GAP = 76, 5
"""Of a slice, and between two of them [px]."""
TITLE_TEXT = "costs, from soon to late: dark is cheap"


def draw_slices(pen: Pen, camera: Camera, scene: Scene) -> None:
    """At the upper left, if the volume has more than one slice; with the ego, and the plan's pose where it has one."""
    volume = np.asarray(scene.overlay.get("cost_volume", np.zeros((0, 1, 1))), dtype=np.float64)
    times = chosen(len(volume))
    known = volume[np.isfinite(volume)]
    if len(times) < 2 or not known.size:
        return
    rows, cols = volume.shape[1:]
    width = max(8, round(HEIGHT * cols / rows))
    whole = len(times) * (width + GAP) - GAP
    draw_panel(pen, MARGIN, MARGIN, whole + 2 * PADDING, HEIGHT + TITLE + PADDING)
    if lettering.text_width(TITLE_TEXT, 17) <= whole:
        place = {"size": 17, "left": MARGIN + PADDING, "middle": MARGIN + TITLE / 2 + 1}
        lettering.write(pen.canvas, TITLE_TEXT, colour=MUTED, **place)  # type: ignore[arg-type]
    plan = np.asarray(scene.overlay.get("plan", np.zeros((0, 2))), dtype=np.float64)[:, :2]
    for k, time in enumerate(times):
        left, top = MARGIN + PADDING + k * (width + GAP), MARGIN + TITLE
        pen.canvas[top : top + HEIGHT, left : left + width] = _picture(volume[time], width, known.min(), known.max())
        marks = [(np.zeros(2), AGENT), *([(plan[time], INTENT)] if len(plan) == len(volume) else [])]
        for place, colour in marks:
            _mark(pen, scene, place, colour, left=left, top=top, width=width)


def chosen(count: int) -> list[int]:
    """Which of so many slices are shown."""
    return sorted({count - 1 - (k * count) // SHOWN for k in range(SHOWN)} & set(range(count)))


def _picture(costs: Float[np.ndarray, "row col"], width: int, low: float, high: float) -> np.ndarray:
    rows = np.arange(HEIGHT) * costs.shape[0] // HEIGHT
    cols = np.arange(width) * costs.shape[1] // width
    share = (np.where(np.isfinite(costs), costs, high)[np.ix_(rows, cols)] - low) / max(high - low, 1e-12)
    return ramp()[np.clip(share * 255, 0, 255).astype(np.int64)]


def _mark(
    pen: Pen,
    scene: Scene,
    place: Float[np.ndarray, " 2"],
    colour: tuple[int, int, int],
    *,
    left: int,
    top: int,
    width: int,
) -> None:
    ahead, behind, to_left, to_right = scene.extent
    x = left + width * (to_left - place[1]) / (to_left + to_right)
    y = top + HEIGHT * (ahead - place[0]) / (ahead + behind)
    if left + 3 <= x <= left + width - 3 and top + 3 <= y <= top + HEIGHT - 3:
        pen.disc(float(x), float(y), radius=3.4, colour=WHITE, sides=14)
        pen.disc(float(x), float(y), radius=2.3, colour=colour, sides=14)
