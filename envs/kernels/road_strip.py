"""The route as a view shows it: a strip as wide as the lanes it follows."""

import math

from envs.kernels.compilation import inlined
from envs.kernels.road_frame import to_cells
from envs.kernels.road_lines import wrap
from envs.kernels.road_records import PATH_STEP
from envs.kernels.road_shapes import fill_quad

BEND = 0.2
"""A piece of the strip ends where its length [m] times its bend [rad] would exceed this: 2.5 cm off an arc."""


@inlined
def draw_route(roads, slot, route, frame, low, high, plane):
    """The strip of a route from `low` to `high` [m] along its path.

    It consists of quadrangles between the normals at points of the path, few where the path is straight.
    """
    points, first = roads.routes[slot, route].num_points, roads.routes[slot, route].first_point
    k, last = max(0, math.floor(low / PATH_STEP)), min(points - 1, math.ceil(high / PATH_STEP))
    while k < last:
        n = k + 1
        while n < last and _goes_on(roads, slot, first + k, first + n + 1):
            n += 1
        _draw_piece(roads, slot, frame, first + k, first + n, plane)
        k = n


@inlined
def _goes_on(roads, slot, begin, end):
    """Whether a piece of the strip may reach so far: nearly straight, and on lanes of one width."""
    a, b = roads.path[slot, begin], roads.path[slot, end]
    is_straight = abs(wrap(b.heading - a.heading)) * (end - begin) * PATH_STEP <= BEND
    return is_straight and (a.lane == b.lane or roads.lanes[slot, a.lane].width == roads.lanes[slot, b.lane].width)


@inlined
def _draw_piece(roads, slot, frame, begin, end, plane):
    a, b = roads.path[slot, begin], roads.path[slot, end]
    half = 0.5 * roads.lanes[slot, a.lane].width
    ax, ay = -half * math.sin(a.heading), half * math.cos(a.heading)
    bx, by = -half * math.sin(b.heading), half * math.cos(b.heading)
    fill_quad(
        plane,
        *to_cells(frame, a.x + ax, a.y + ay),
        *to_cells(frame, b.x + bx, b.y + by),
        *to_cells(frame, b.x - bx, b.y - by),
        *to_cells(frame, a.x - ax, a.y - ay),
    )
