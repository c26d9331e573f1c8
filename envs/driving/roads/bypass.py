"""Three lanes one way and a vehicle that has broken down in the middle one: two equally good ways past it."""

from dataclasses import dataclass, replace

import numpy as np

from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.carriageway import add_line_along, add_section
from envs.driving.roads.curves import Pose, ahead, arc

NUM_LANES, MIDDLE = 3, 1
START = 48.0
"""Where routes begin [m]; there is road behind them for the eye."""
ROOM = 10.0
"""A lone vehicle begins within this stretch [m]."""
APPROACH, AFTER = (15.0, 4.0), (10.0, 4.5)
"""Least way to the standing vehicle, and from it to the goal: metres, and seconds at the speed limit."""
SPREAD = 20.0
"""Both are up to so much longer [m]."""
BEYOND = 60.0
"""Road that goes on behind the goal [m]: nobody sees its end."""
LIMITS = (10.0, 11.0, 12.0)
"""Drawn from [m/s]."""
SHARPEST, LATERAL = 1.0 / 160.0, 0.9
"""Curvature of the sharpest bend [1/m], and the acceleration aside that it costs at the speed limit [m/s^2]."""
SIZES = (((4.0, 5.2), (1.75, 2.0)), ((5.5, 6.8), (2.0, 2.2)), ((7.5, 9.5), (2.3, 2.5)))
"""Cars, vans and lorries that break down: lengths and widths are drawn between these [m]."""
SHARES = (0.6, 0.2, 0.2)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What tells one such road from another [m, m/s]; the scene is symmetric about the middle lane, but for `bend`."""

    limit: float
    width: float
    """Of each lane."""
    bend: float
    """Curvature of the middle lane [1/m], to the left where positive."""
    stands_at: float
    """Where along the middle lane the middle of the standing vehicle is."""
    size: tuple[float, float]
    """Its length and width."""
    speed: float
    """At which controlled vehicles begin."""
    goal: float
    """Where along the middle lane the task is done."""

    def mirrored(self) -> "Layout":
        """The same road with left and right swapped."""
        return replace(self, bend=-self.bend)

    @property
    def begin(self) -> Pose:
        """Where the middle lane begins; half-way to the goal it heads along +x."""
        return 0.0, 0.0, -0.5 * self.bend * self.goal

    def pose(self, s: float, d: float = 0.0) -> Pose:
        """The pose `s` metres along the middle lane and `d` to its left."""
        x, y, heading = arc(self.begin, self.bend, s)[-1].tolist()
        return ahead((x, y, heading), 0.0, d)


def draw_layout(rng: np.random.Generator, *, limit: float | None = None, room: float = ROOM) -> Layout:
    """What is not given is drawn from `rng`; vehicles begin within `room` metres behind START."""
    fastest = float(rng.choice(LIMITS)) if limit is None else limit
    (shortest, longest), (slimmest, widest) = SIZES[int(rng.choice(len(SIZES), p=SHARES))]
    stands_at = START + room + APPROACH[0] + APPROACH[1] * fastest + SPREAD * float(rng.random())
    return Layout(
        limit=fastest,
        width=float(rng.uniform(3.3, 3.75)),
        bend=float(rng.uniform(-1.0, 1.0)) * min(SHARPEST, LATERAL / fastest**2),
        stands_at=stands_at,
        size=(float(rng.uniform(shortest, longest)), float(rng.uniform(slimmest, widest))),
        speed=fastest * float(rng.uniform(0.85, 1.0)),
        goal=stands_at + AFTER[0] + AFTER[1] * fastest + SPREAD * float(rng.random()),
    )


def pave(layout: Layout) -> Network:
    """The road of a layout: lane 1 is the middle one, along which the only route leads."""
    builder = NetworkBuilder()
    middle = arc(layout.begin, layout.bend, layout.goal + BEYOND)
    offsets = tuple((lane - MIDDLE) * layout.width for lane in range(NUM_LANES))
    add_section(builder, middle, offsets=offsets, width=layout.width, limit=layout.limit)
    for line in range(NUM_LANES + 1):
        aside = (line - 0.5 * NUM_LANES) * layout.width
        add_line_along(builder, middle, aside, "dashed" if 0 < line < NUM_LANES else "edge")
    builder.add_route([MIDDLE], start=START, goal=layout.goal)
    return builder.finish(f"three lanes, one blocked, {3.6 * layout.limit:.0f} km/h", demand=0.0)


def build(rng: np.random.Generator, *, limit: float | None = None) -> Network:
    """The road of a layout drawn from `rng`; `limit` [m/s]."""
    return pave(draw_layout(rng, limit=limit))
