"""The strip below the picture: what is going on, how fast, and how the score stands."""

from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import lettering, palette
from envs.core.drawing.palette import Colour
from envs.core.drawing.pen import Pen
from envs.core.drawing.strip import write_facts, write_pill
from envs.driving.render.scene import Scene

STRIP = 68
"""Height [px]."""
MARGIN = 14
FACTS, CHIP = 26, 17
"""Font sizes."""
GOOD, BAD, POOR = palette.STATUS["success"], palette.STATUS["collision"], palette.STATUS["timeout"]


class Verdict(NamedTuple):
    """One term of the score so far."""

    name: str
    colour: Colour


def verdicts(agent: np.void) -> list[Verdict]:
    """The terms of the score: green while nothing is lost, red where it costs the score, amber where a part of it."""
    at_fault = bool(agent["at_fault"])
    collision = BAD if at_fault else POOR if agent["collisions"] else GOOD
    direction = GOOD if agent["direction"] >= 1 else POOR if agent["direction"] > 0 else BAD
    return [
        Verdict("at fault" if at_fault else "collision", collision),
        Verdict("off road", BAD if agent["off_road"] else GOOD),
        Verdict("direction", direction),
        Verdict("red lights", BAD if agent["red_lights"] else GOOD),
        Verdict("ttc", GOOD if agent["ttc"] else POOR),
        Verdict("speed limit", POOR if agent["overspeed"] > 0 else GOOD),
        Verdict("comfort", GOOD if agent["comfort"] else POOR),
    ]


def draw_caption(pen: Pen, scene: Scene, *, progress: float, limit: float) -> None:
    """Facts and verdict above, progress and terms below; speed and limit at the right."""
    top, canvas = pen.height - STRIP, pen.canvas
    canvas[top:] = palette.PAPER
    canvas[top : top + 1] = palette.FRAME
    right = _draw_speed(pen, float(scene.actors["speed"][scene.ego]), limit)
    upper, lower = top + 0.31 * STRIP, top + 0.74 * STRIP
    facts_right = right - MARGIN
    if scene.status != "running":
        colour = palette.STATUS.get(scene.status, BAD if scene.status == "off road" else palette.MUTED)
        half = 0.17 * STRIP
        facts_right = write_pill(
            canvas, scene.status, size=22, right=facts_right, middle=upper, half=half, colour=colour
        )
    write_facts(canvas, scene.caption, size=FACTS, left=MARGIN, right=facts_right - 6, middle=upper)
    left = _draw_progress(pen, progress, lower)
    _draw_terms(pen, verdicts(scene.agent), left=left, middle=lower)


def _draw_progress(pen: Pen, progress: float, middle: float) -> int:
    width, half = 72, 5.0
    line = np.array([[MARGIN + half, middle], [MARGIN + width - half, middle]])
    pen.stroke(line, palette.FRAME, width=2 * half)
    end = MARGIN + half + (width - 2 * half) * float(np.clip(progress, 0, 1))
    pen.stroke(np.array([[MARGIN + half, middle], [end + 1e-6, middle]]), palette.AGENT, width=2 * half)
    text = f"{100 * np.clip(progress, 0, 1):.0f} %"
    lettering.write(pen.canvas, text, size=CHIP, left=MARGIN + width + 6, middle=middle + 1, colour=palette.INK)
    return MARGIN + width + 6 + lettering.text_width("100 %", CHIP) + 10


def _draw_terms(pen: Pen, terms: list[Verdict], *, left: int, middle: float) -> None:
    for name, colour in terms:
        pen.disc(left + 5, middle, radius=4.0, colour=colour, sides=20)
        ink = palette.MUTED if colour == GOOD else colour
        lettering.write(pen.canvas, name, size=CHIP, left=left + 12, middle=middle + 1, colour=ink)
        left += 12 + lettering.text_width(name, CHIP) + 9


def _draw_speed(pen: Pen, speed: float, limit: float) -> int:
    """The speed in large figures beside the sign of the limit, both in km/h; returns where that begins."""
    middle, radius = pen.height - STRIP / 2, 21.0
    x = pen.width - MARGIN - radius
    if limit > 0:
        for share, colour in ((1.0, palette.STATUS["collision"]), (0.76, palette.WHITE)):
            pen.disc(x, middle, radius=share * radius, colour=colour, sides=40)
        _centred(pen.canvas, f"{3.6 * limit:.0f}", size=24, x=x, middle=middle + 1, colour=palette.INK)
    ink = BAD if limit > 0 and speed > 1.05 * limit + 0.3 else palette.INK
    x -= radius + 36
    _centred(pen.canvas, f"{3.6 * speed:.0f}", size=42, x=x, middle=middle - 6, colour=ink)
    _centred(pen.canvas, "km/h", size=17, x=x, middle=middle + 20, colour=palette.MUTED)
    return round(x - 34)


def _centred(image: UInt8[np.ndarray, "height width 3"], text: str, *, size: int, x: float, **place: object) -> None:
    left = round(x - lettering.text_width(text, size) / 2)
    lettering.write(image, text, size=size, left=left, **place)  # type: ignore[arg-type]
