"""Highways: two to four lanes one way, gentle bends, and traffic that is worth overtaking."""

import itertools

import numpy as np

from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.carriageway import add_line_along, add_section, lane_offsets, lane_sequence, shifted, winding

KMH = 1.0 / 3.6
LIMITS = (80.0, 90.0, 100.0, 108.0)
"""Drawn from [km/h]."""
LONGEST = 1000.0
SECONDS = (32.0, 40.0)
"""Length of the road, in seconds at the speed limit: within the time of an episode, but not behind slow traffic."""
NUM_ROUTES = 12
STARTS = (20.0, 120.0)
"""Where routes begin [m]: behind them there is room for traffic that comes up."""


def build(
    rng: np.random.Generator,
    *,
    lanes: int | None = None,
    limit: float | None = None,
    demand: float | None = None,
) -> Network:
    """A highway; what is None is drawn from `rng`. `lanes` 2 to 4, `limit` [m/s], `demand` in [0, 1]."""
    num_lanes = int(rng.integers(2, 5)) if lanes is None else lanes
    if not 2 <= num_lanes <= 4:
        raise ValueError(f"A highway has 2 to 4 lanes, got {lanes}.")
    fastest = float(rng.choice(LIMITS)) * KMH if limit is None else limit
    length = min(LONGEST, fastest * float(rng.uniform(*SECONDS)))
    num_sections = int(rng.integers(2, 4)) if length > 400.0 else 2
    stations = np.linspace(0.0, length, num_sections + 1) + 0.15 * length / num_sections * np.pad(
        rng.uniform(-1.0, 1.0, num_sections - 1), 1
    )
    width = float(rng.uniform(3.4, 3.75))
    slower = fastest * float(rng.choice((1.0, 1.0, 0.8)))
    where_slower = int(rng.integers(1, num_sections))
    middle, indices = winding(rng, stations.tolist(), fastest)
    builder = NetworkBuilder()
    sections = []
    for k in range(num_sections):
        piece = middle[indices[k] : indices[k + 1] + 1]
        speed = slower if k == where_slower else fastest
        sections.append(add_section(builder, piece, offsets=lane_offsets(num_lanes, width), width=width, limit=speed))
    for before, after in itertools.pairwise(sections):
        for lane, successor in zip(before, after, strict=True):
            builder.connect(lane, successor)
    for line in range(num_lanes + 1):
        add_line_along(builder, middle, line * width, "dashed" if 0 < line < num_lanes else "edge")
    for lane in sections[0]:
        builder.add_entry(lane)
    for route in _routes(rng, sections, NUM_ROUTES):
        builder.add_route(route, start=float(rng.uniform(*STARTS)) * min(1.0, length / LONGEST))
    drawn = float(rng.uniform(0.3, 1.0))
    return builder.finish(f"highway, {num_lanes} lanes, {fastest / KMH:.0f} km/h", drawn if demand is None else demand)


def _routes(rng: np.random.Generator, sections: list[tuple[int, ...]], num_routes: int) -> list[list[int]]:
    """Lane sequences, half of which keep their lane while the others change it once, in a section drawn for each."""
    num_lanes, routes = len(sections[0]), []
    for k in range(num_routes):
        column, changes_in = (k // 2) % num_lanes, int(rng.integers(len(sections)))
        aim = shifted(rng, column, range(num_lanes)) if k % 2 else column
        columns = [column] * (changes_in + 1) + [aim] * (len(sections) - changes_in)
        routes.append(lane_sequence(sections, columns))
    return routes
