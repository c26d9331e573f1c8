"""Shapes and positions of CommonRoad: rectangles, circles, polygons, points, and lanelets as places."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from envs.driving.files.elements import Element

_SHAPES = ("rectangle", "circle", "polygon")


@dataclass(frozen=True)
class Box:
    """An oriented rectangle."""

    x: float
    y: float
    heading: float
    length: float
    width: float

    @property
    def corners(self) -> Float64[np.ndarray, "4 2"]:
        """Counter-clockwise."""
        along = 0.5 * self.length * np.array([np.cos(self.heading), np.sin(self.heading)])
        aside = 0.5 * self.width * np.array([-np.sin(self.heading), np.cos(self.heading)])
        return np.array([self.x, self.y]) + np.array([along + aside, aside - along, -along - aside, along - aside])


def shape_box(holder: Element) -> Box:
    """The box round the first shape in an element; its own centre and orientation count."""
    shapes = holder.children(*_SHAPES)
    if not shapes:
        raise holder.error(f"must contain one of {', '.join(f'<{name}>' for name in _SHAPES)}.")
    shape = shapes[0]
    if shape.tag == "polygon":
        return _box_round(polygon_points(shape))
    centre, turn = shape.find("center"), shape.find("orientation")
    x, y = (0.0, 0.0) if centre is None else centre.position()
    if shape.tag == "circle":
        side = 2 * _size(shape, "radius")
        return Box(float(x), float(y), 0.0, side, side)
    heading = 0.0 if turn is None else (turn.middle() if turn.children("exact", "intervalStart") else turn.number())
    return Box(float(x), float(y), heading, _size(shape, "length"), _size(shape, "width"))


def position_centre(position: Element) -> Float64[np.ndarray, " 2"]:
    """Where a position is: its point, or the centre of its shape."""
    point = position.find("point")
    if point is not None:
        return point.position()
    box = shape_box(position)
    return np.array([box.x, box.y])


def position_areas(position: Element, root: Element) -> tuple[Float64[np.ndarray, "_ 2"], ...]:
    """All places that a goal's position allows; lanelets are looked up."""
    areas = []
    for place in position.children("point", "lanelet", *_SHAPES):
        if place.tag == "polygon":
            areas.append(polygon_points(place))
        elif place.tag == "lanelet":
            areas.append(_lanelet_area(place, root))
        elif place.tag == "point":
            x, y = place.position()
            areas.append(Box(float(x), float(y), 0.0, 1.0, 1.0).corners)
        else:
            areas.append(shape_box(position).corners)
    return tuple(areas)


def polygon_points(shape: Element) -> Float64[np.ndarray, "corner 2"]:
    """Corners of a polygon, or the points of a bound."""
    return np.array([point.position() for point in shape.children("point")], np.float64).reshape(-1, 2)


def _lanelet_area(place: Element, root: Element) -> Float64[np.ndarray, "corner 2"]:
    name = place.attribute("ref")
    for lanelet in root.children("lanelet"):
        if lanelet.get("id") == name:
            left, right = (polygon_points(lanelet.need(side)) for side in ("leftBound", "rightBound"))
            return np.concatenate((left, right[::-1]))
    raise place.error(f"refers to the lanelet {name!r}, which does not exist.")


def _size(shape: Element, name: str) -> float:
    element = shape.need(name)
    value = element.number()
    if value <= 0:
        raise element.error(f"must be > 0, found {element.text!r}.")
    return value


def _box_round(points: Float64[np.ndarray, "corner 2"]) -> Box:
    """The smallest box round a polygon that lies along one of its sides."""
    sides = np.roll(points, -1, axis=0) - points
    boxes = [_box_along(points, float(np.arctan2(side[1], side[0]))) for side in sides if np.hypot(*side) > 0]
    return min(boxes, key=lambda box: box.length * box.width)


def _box_along(points: Float64[np.ndarray, "corner 2"], heading: float) -> Box:
    heading = (heading + np.pi / 4) % (np.pi / 2) - np.pi / 4
    cosine, sine = np.cos(heading), np.sin(heading)
    turned = points @ np.array([[cosine, -sine], [sine, cosine]])
    low, high = turned.min(axis=0), turned.max(axis=0)
    x, y = np.array([[cosine, -sine], [sine, cosine]]) @ (0.5 * (low + high))
    return Box(float(x), float(y), float(heading), *map(float, np.maximum(high - low, 1e-3)))
