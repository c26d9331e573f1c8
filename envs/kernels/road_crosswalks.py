"""Crosswalks as drivers see them."""

from math import cos, sin

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_lines import lane_pose
from envs.kernels.road_records import PEDESTRIAN

WALKS_ON, WALKS_BACK = 1, 3
KEEP_CLEAR = 0.5
"""Between a rear and a crosswalk [m]."""
SIDE_ROOM = 2.2
"""A pedestrian further than this beyond the middle of a lane has passed it [m]."""


@inner
def is_walked(state, roads, w, slot, crosswalk, lane, s):
    """Whether a pedestrian is on the way over the lane whose crossing's middle is at s."""
    walk = roads.crosswalks[slot, crosswalk]
    at = 0.0
    is_known = False
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        if actor.kind != PEDESTRIAN or actor.crosswalk != crosswalk or actor.stage % 2 == 0:
            continue
        if not is_known:
            x, y, _ = lane_pose(roads, slot, lane, s, 0.0)
            at = (x - walk.x) * cos(walk.heading) + (y - walk.y) * sin(walk.heading)
            is_known = True
        along = (actor.x - walk.x) * cos(walk.heading) + (actor.y - walk.y) * sin(walk.heading)
        passed = along - at if actor.stage == WALKS_ON else at - along
        if passed < SIDE_ROOM:
            return True
    return False


@inlined
def room_behind(high, half):
    """Gap ahead that a vehicle needs to stand clear of a crosswalk that ends `high` ahead of its centre."""
    return high + half + KEEP_CLEAR
