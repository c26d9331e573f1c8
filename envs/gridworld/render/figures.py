"""Sprites of what stands on the map: the agent, the others, and their goals."""

from functools import lru_cache

from envs.core.drawing import brush
from envs.gridworld.render.palette import INK, STATUS, WHITE, Colour

Fraction = tuple[float, float]


def agent_radius(cell: int) -> float:
    """Radius of the judged agent's disc [px]; never too small to be found on a large map."""
    return max(0.29 * cell, 4.5)


def other_radius(cell: int) -> float:
    """Radius of the discs of the others [px]."""
    return max(0.27 * cell, 3.0)


def ring_radius(cell: int) -> float:
    """Radius of a goal's ring [px]: an agent on its goal fits inside."""
    return max(0.40 * cell, 6.5)


@lru_cache(maxsize=512)
def body(cell: int, fraction: Fraction, colour: Colour, heading: tuple[int, int] = (0, 0)) -> brush.Sprite:
    """A disc, drawn out into a point towards `heading` (rows, cols; (0, 0): no point)."""
    radius = agent_radius(cell)
    at = brush.canvas(2.1 * radius, fraction)
    length = (heading[0] ** 2 + heading[1] ** 2) ** 0.5
    reach = 1.65 * radius / max(length, 1)
    shape = brush.drop(at, radius, tip=(heading[0] * reach, heading[1] * reach))
    casing = brush.drop(at, radius + _casing(radius), tip=(heading[0] * reach * 1.15, heading[1] * reach * 1.15))
    return brush.stack(
        (0.28 * brush.coverage(casing, soft=0.5 * radius), INK),
        (brush.coverage(casing), WHITE),
        (brush.coverage(shape), colour),
    )


@lru_cache(maxsize=512)
def other(cell: int, fraction: Fraction, colour: Colour) -> brush.Sprite:
    """A calm disc without a point."""
    radius = other_radius(cell)
    at = brush.canvas(1.6 * radius, fraction)
    shape = brush.disc(at, radius)
    return brush.stack(
        (0.22 * brush.coverage(shape - _casing(radius), soft=0.4 * radius), INK),
        (brush.coverage(shape - _casing(radius)), WHITE),
        (brush.coverage(shape), colour),
    )


@lru_cache(maxsize=512)
def goal(cell: int, fraction: Fraction, colour: Colour) -> brush.Sprite:
    """A target: a ring and a dot, cased in white so that it shows on any ground."""
    radius = ring_radius(cell)
    width = max(0.24 * radius, 2.0)
    at = brush.canvas(1.3 * radius, fraction)
    circle, dot = brush.ring(at, radius, width=width), brush.disc(at, max(0.34 * radius, 1.5))
    return brush.stack(
        (0.75 * brush.coverage(brush.disc(at, radius + width / 2 + _casing(radius) / 2)), WHITE),
        (brush.coverage(circle), colour),
        (brush.coverage(dot), colour),
    )


@lru_cache(maxsize=512)
def other_goal(cell: int, fraction: Fraction, colour: Colour) -> brush.Sprite:
    """A small diamond in the colour of its actor."""
    radius = max(0.24 * cell, 4.0)
    at = brush.canvas(1.3 * radius, fraction)
    outer, inner = brush.diamond(at, radius), brush.diamond(at, 0.45 * radius)
    return brush.stack(
        (0.8 * brush.coverage(outer - 1.0), WHITE), (brush.coverage(outer), colour), (brush.coverage(inner), WHITE)
    )


@lru_cache(maxsize=64)
def verdict(cell: int, fraction: Fraction, status: str) -> brush.Sprite:
    """The agent at the end of an episode: a tick, a cross or the hands of a clock on the status's colour."""
    radius = 1.18 * agent_radius(cell)
    at = brush.canvas(2.2 * radius, fraction)
    shape = brush.disc(at, radius)
    strokes = [
        brush.capsule(at, _scaled(start, radius), _scaled(end, radius), width=max(0.2 * radius, 1.4))
        for start, end in _GLYPHS[status]
    ]
    return brush.stack(
        (0.30 * brush.coverage(shape, soft=1.7 * radius), STATUS[status]),
        (brush.coverage(shape - _casing(radius)), WHITE),
        (brush.coverage(shape), STATUS[status]),
        *((brush.coverage(stroke), WHITE) for stroke in strokes),
    )


_GLYPHS = {
    "success": (((0.05, -0.42), (0.34, -0.12)), ((0.34, -0.12), (-0.30, 0.42))),
    "collision": (((-0.33, -0.33), (0.33, 0.33)), ((-0.33, 0.33), (0.33, -0.33))),
    "timeout": (((-0.48, 0.0), (0.04, 0.0)), ((0.04, 0.0), (0.04, 0.36))),
}


def _scaled(point: tuple[float, float], radius: float) -> tuple[float, float]:
    return point[0] * radius, point[1] * radius


def _casing(radius: float) -> float:
    return max(0.14 * radius, 1.2)
