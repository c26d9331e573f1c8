"""Boxes, strips and areas as shapely polygons."""

import numpy as np
import shapely
from shapely import LineString, Polygon


def box(x, y, heading, length, width):
    """The polygon of an oriented box."""
    ahead, aside = np.array([np.cos(heading), np.sin(heading)]), np.array([-np.sin(heading), np.cos(heading)])
    corners = [a * length / 2 * ahead + b * width / 2 * aside for a, b in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
    return Polygon([(x + dx, y + dy) for dx, dy in corners])


def overlap(a, b):
    """Whether two boxes (x, y, heading, length, width) share a point."""
    return box(*a).intersects(box(*b))


def strip(points, width):
    """What lies within half a width of a polyline, flat at its ends."""
    return LineString(points).buffer(width / 2, cap_style="flat", join_style="round", quad_segs=64)


def drivable(network):
    """The union of all lanes' strips and areas."""
    x, y = network.points["x"], network.points["y"]
    strips = []
    for lane in network.lanes:
        own = slice(lane["first"], lane["first"] + lane["count"])
        strips.append(strip(np.stack([x[own], y[own]], axis=1), lane["width"]))
    return shapely.union_all([*strips, *(Polygon(area) for area in network.areas)])


def agree(found, shape, centres, *, slack=1e-6):
    """Where the cells found are those whose centre lies in the shape, or the centre is that near its edge."""
    expected = shapely.contains(shape, centres)
    return (found == expected) | (shapely.distance(shapely.boundary(shape), centres) <= slack)
