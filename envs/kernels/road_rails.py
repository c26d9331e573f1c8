"""Motion of the traffic along its lanes, and the smooth way from one lane to the next."""

from math import atan

from envs.kernels.compilation import inlined
from envs.kernels.road_lines import lane_pose, wrap
from envs.kernels.road_plans import extend_plan, shift_plan

CHANGE_TIME = 3.0
"""Seconds that a lane change takes at speed."""
CHANGE_SLOPE = 0.3
"""Steepest angle to the lane of slow lane changes, as a slope []."""
STEEPEST = 1.875
"""Largest slope of `smooth`."""


@inlined
def smooth(t):
    """From 0 at t = 0 to 1 at t = 1, with no slope and no bend at either end."""
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


@inlined
def change_rate(speed, shift):
    """How fast a lane change over `shift` metres proceeds, in shares per metre driven."""
    return min(1.0 / (CHANGE_TIME * max(speed, 0.1)), CHANGE_SLOPE / (STEEPEST * max(abs(shift), 0.1)))


@inlined
def move_on_rails(state, roads, scratch, w, i, acceleration, dt):
    """Advance a vehicle of the traffic by one step; False where the road has ended before it."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    speed = max(0.0, actor.speed + acceleration * dt)
    way = 0.5 * (actor.speed + speed) * dt
    actor.acceleration = (speed - actor.speed) / dt
    actor.speed = speed
    actor.lane_s += way
    if not _enter_next(state, roads, scratch, w, i):
        return False
    _forget_behind(roads, slot, actor)
    slope = _change_on(roads, slot, actor, way)
    x, y, heading = lane_pose(roads, slot, actor.lane, actor.lane_s, actor.lane_d)
    heading = wrap(heading + atan(slope))
    actor.yaw_rate = wrap(heading - actor.heading) / dt
    actor.steering = atan(actor.wheelbase * actor.yaw_rate / speed) if speed > 0.5 else 0.0
    actor.x, actor.y, actor.heading = x, y, heading
    return True


@inlined
def _enter_next(state, roads, scratch, w, i):
    """Go over to the next lanes of the plan while the present one is at its end."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    while actor.lane_s >= roads.lanes[slot, actor.lane].length:
        if actor.plan[1] < 0:
            return False
        actor.lane_s -= roads.lanes[slot, actor.lane].length
        actor.behind[1], actor.behind[0] = actor.behind[0], actor.lane
        shift_plan(actor)
        actor.lane = actor.plan[0]
        extend_plan(state, roads, scratch, w, i)
    return True


@inlined
def _forget_behind(roads, slot, actor):
    rear = actor.lane_s - 0.5 * actor.length
    for k in range(2):
        if actor.behind[k] >= 0:
            if rear > 0.0:
                actor.behind[k] = -1
            else:
                rear += roads.lanes[slot, actor.behind[k]].length


@inlined
def _change_on(roads, slot, actor, way):
    """Go on with a lane change; returns the slope of the way to the lane."""
    if actor.shift == 0.0:
        return 0.0
    if actor.old_lane >= 0:
        actor.old_s += way
        old = roads.lanes[slot, actor.old_lane]
        if actor.old_s > old.length:
            beside = _beside(roads, slot, old, actor.lane)
            if beside >= 0:
                actor.old_s -= old.length
                actor.old_lane = beside
            elif actor.old_s > old.length + 0.5 * actor.length:
                actor.old_lane = -1
    rate = change_rate(actor.speed, actor.shift)
    actor.shift_time += way * rate * CHANGE_TIME
    t = actor.shift_time / CHANGE_TIME
    if t >= 1.0:
        actor.shift, actor.shift_time, actor.lane_d, actor.old_lane = 0.0, 0.0, 0.0, -1
        return 0.0
    actor.lane_d = actor.shift * (1.0 - smooth(t))
    return -actor.shift * 30.0 * t * t * (1.0 - t) * (1.0 - t) * rate


@inlined
def _beside(roads, slot, old, lane):
    """The successor of the lane being left that lies beside the new one, or -1."""
    for n in range(old.num_next):
        after = roads.lanes[slot, old.next[n]]
        if after.left == lane or after.right == lane:
            return old.next[n]
    return -1
