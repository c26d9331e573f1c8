"""Whether a drive cuts in: enters the way of somebody behind who would have to brake hard.

A forecast in which others give way to the agent would never show it as a collision, and who is hit from behind is not
at fault; so it is asked as MOBIL asks it (Kesting, Treiber and Helbing, 2007): of the follower, at constant speed, at
the moment in which the agent comes into its way.
"""

import numpy as np

from envs.kernels.compilation import inlined
from envs.kernels.road_lines import project_lane
from envs.kernels.road_proposals import EGO_SPEED, EGO_X, EGO_Y
from envs.kernels.road_records import VEHICLE

NEVER = 1e9
ROOM = 1.0
"""Bumper gap left at least [m]."""
REACTION = 0.4
"""Of the follower [s]."""
BRAKING = 2.5
"""What it may be asked to brake with [m/s^2]."""
FAR, SIDE = 80.0, 8.0
"""Who is further behind or to the side is no concern [m]."""
ASIDE = 0.2
"""Lateral distance that still counts as in the way [m]."""


@inlined
def first_cut_in(state, roads, slot, w, agent, drive, last):
    """Seconds until the drive comes into the way of a follower who is too near or too fast, NEVER if it does not.

    Followers are vehicles behind the agent that go its way, in another lane than its own.
    """
    ego, first = state.actors[w, agent], NEVER
    cos, sin = np.cos(ego.heading), np.sin(ego.heading)
    for i in range(state.actors.shape[1]):
        other = state.actors[w, i]
        if i == agent or other.kind != VEHICLE or other.lane < 0 or other.speed < 1.0:
            continue
        x, y = other.x - ego.x, other.y - ego.y
        ahead, goes_along = x * cos + y * sin, np.cos(other.heading) * cos + np.sin(other.heading) * sin
        if ahead > 0.0 or ahead < -FAR or abs(y * cos - x * sin) > SIDE or goes_along < 0.7:
            continue
        near = 0.5 * (ego.width + other.width) + ASIDE
        for t in range(0, last + 1, 2):
            s, d = _on_way_of(roads, slot, other, drive[t, EGO_X], drive[t, EGO_Y])
            if abs(d) >= near:
                continue
            gap = s - other.lane_s - other.speed * 0.1 * t - 0.5 * (ego.length + other.length)
            closing = max(0.0, other.speed - drive[t, EGO_SPEED])
            if t > 0 and gap < ROOM + REACTION * closing + closing * closing / (2.0 * BRAKING):
                first = min(first, 0.1 * t)
            break
    return first


@inlined
def _on_way_of(roads, slot, other, x, y):
    """A place in the coordinates (s, d) of another's lane, or of the lane behind it in its plan."""
    s, d = project_lane(roads, slot, other.lane, x, y)
    length = roads.lanes[slot, other.lane].length
    if s > length and other.plan[1] >= 0:
        s, d = project_lane(roads, slot, other.plan[1], x, y)
        s += length
    return s, d
