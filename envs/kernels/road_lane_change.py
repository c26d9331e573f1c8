"""Lane changes of the traffic, and those that a controlled vehicle is advised to make.

Discretionary ones follow MOBIL; where the own lane ends the wish is given and only safety is asked.
"""

from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import idm
from envs.kernels.mobil import incentive, is_safe
from envs.kernels.road_law import lane_speed
from envs.kernels.road_leaders import is_dropped
from envs.kernels.road_lines import project_lane
from envs.kernels.road_neighbours import FAR, next_ahead, next_behind
from envs.kernels.road_plans import clear_plan, extend_plan
from envs.kernels.road_presence import note
from envs.kernels.road_records import DIVERGING, FREE, ROAD, VEHICLE

THRESHOLD = 0.2
"""MOBIL's [m/s^2]."""
SAFE_BRAKING, URGENT_BRAKING = 2.0, 3.5
"""What a new follower is asked for, at leisure and where the own lane ends [m/s^2]."""
DECISION_STEPS, URGENT_STEPS = 10, 3
LEAST_SPEED = 1.0
"""Slower vehicles change lanes only where they must [m/s]."""
CHANGE_SECONDS, CHANGE_ROOM = 4.0, 15.0
"""Way that has to be left on both lanes [s], [m]."""
LEAST_GAP = 1.0
GAP_TIME = 0.25
"""Gaps on the new lane are at least so long [m], [s]."""
HARD_BRAKING = 5.0
"""Both could stop so without touching [m/s^2]."""
LOOK_FOR_DROP = 300.0
NOT_WORTH = -1e9


@inner
def wished_lane(state, rules, roads, scratch, w, i):
    """The lane beside its own that actor i had better be on, and may go to safely now; -1: none."""
    return choose_lane(state, rules, roads, scratch, w, i)[0]


@inlined
def change_lanes(state, rules, roads, scratch, w, low, high):
    """Begin the lane changes of those vehicles [low, high) of the traffic for whom it is time, and worth it."""
    for i in range(low, high):
        if state.actors[w, i].kind == VEHICLE:
            _change(state, rules, roads, scratch, w, i)


@inlined
def _change(state, rules, roads, scratch, w, i):
    actor, slot = state.actors[w, i], scratch.slot[w]
    actor.since_change += 1
    if actor.shift != 0.0 or actor.collided == 1:
        return
    lane = roads.lanes[slot, actor.lane]
    if lane.kind != ROAD or (lane.left < 0 and lane.right < 0):
        return
    steps = DECISION_STEPS if actor.plan[1] >= 0 else URGENT_STEPS
    if (state.worlds[w].steps + i) % steps != 0:
        return
    chosen, s, d = choose_lane(state, rules, roads, scratch, w, i)
    if chosen < 0:
        return
    actor.old_lane, actor.old_s = actor.lane, actor.lane_s
    actor.lane, actor.lane_s, actor.lane_d = chosen, s, d
    actor.shift, actor.shift_time, actor.since_change = d, 0.0, 0
    clear_plan(actor, chosen)
    extend_plan(state, roads, scratch, w, i)
    note(scratch, i, chosen, s, d, actor.speed)


@inner
def choose_lane(state, rules, roads, scratch, w, i):
    """(lane, s and d of the actor on it), lane -1: stay."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    chosen, chosen_s, chosen_d = -1, 0.0, 0.0
    if actor.lane < 0 or actor.behind[0] >= 0:
        return chosen, chosen_s, chosen_d
    side = _way_out(roads, slot, actor)
    if side == 0 and (actor.speed < LEAST_SPEED or actor.since_change < DECISION_STEPS):
        return chosen, chosen_s, chosen_d
    lane = roads.lanes[slot, actor.lane]
    best = THRESHOLD
    for turn in range(2):
        target = lane.left if turn == 0 else lane.right
        if target < 0 or (side > 0 and turn == 1) or (side < 0 and turn == 0):
            continue
        s, d = project_lane(roads, slot, target, actor.x, actor.y)
        if not _is_open(roads, slot, actor, target, s, side != 0):
            continue
        worth = _worth(state, roads, scratch, w, i, target, s, side != 0)
        if worth > best:
            best, chosen, chosen_s, chosen_d = worth, target, s, d
    return chosen, chosen_s, chosen_d


@inlined
def _way_out(roads, slot, actor):
    """1 where one must go left, -1 right, because a lane of the plan ends; else 0."""
    ahead = -actor.lane_s
    for k in range(3):
        if actor.plan[k] < 0 or ahead > LOOK_FOR_DROP:
            return 0
        if k + 1 < 3 and actor.plan[k + 1] >= 0:
            ahead += roads.lanes[slot, actor.plan[k]].length
            continue
        if not is_dropped(roads, slot, actor.plan[k]):
            return 0
        lane = roads.lanes[slot, actor.plan[k]]
        left = lane.left
        while left >= 0:
            if not is_dropped(roads, slot, left):
                return 1
            left = roads.lanes[slot, left].left
        return -1 if lane.right >= 0 else 0
    return 0


@inlined
def _is_open(roads, slot, actor, target, s, is_urgent):
    """Whether a lane is there for long enough, on both sides of the line."""
    own, other = roads.lanes[slot, actor.lane], roads.lanes[slot, target]
    if own.kind != ROAD or other.kind != ROAD or s < 0.5 * actor.length:
        return False
    room = CHANGE_SECONDS * actor.speed + CHANGE_ROOM
    if is_urgent:
        return s < other.length - 0.5 * actor.length
    if s + room > other.length or actor.lane_s + room > own.length:
        return False
    if other.num_next == 0 and is_dropped(roads, slot, target):
        return False
    for c in range(other.first_conflict, other.first_conflict + other.num_conflicts):
        conflict = roads.conflicts[slot, c]
        if conflict.kind != DIVERGING and conflict.low < s + room + 20.0 and conflict.high > s - actor.length:
            return False
    return other.control == FREE or s > actor.length


@inner
def _worth(state, roads, scratch, w, i, target, s, is_urgent):
    """MOBIL's incentive to go over to `target` at s, or NOT_WORTH where that is not safe."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    away, lead_speed, lead_length = next_ahead(state, roads, scratch, w, i, target, s)
    gap = away - 0.5 * (actor.length + lead_length)
    speed = actor.speed
    if gap < LEAST_GAP + GAP_TIME * speed or not _could_stop(gap, speed, lead_speed):
        return NOT_WORTH
    own_after = _pull(actor, lane_speed(roads.lanes[slot, target], actor), gap, lead_speed)
    back, j = next_behind(state, roads, scratch, w, i, target, s)
    new, new_after = 0.0, 0.0
    if j >= 0:
        other = state.actors[w, j]
        between = 0.5 * (actor.length + other.length)
        if back - between < LEAST_GAP + GAP_TIME * other.speed or not _could_stop(back - between, other.speed, speed):
            return NOT_WORTH
        wish = lane_speed(roads.lanes[slot, target], other)
        new_after = _pull(other, wish, back - between, speed)
        if not is_safe(new_after, URGENT_BRAKING if is_urgent else SAFE_BRAKING):
            return NOT_WORTH
        new = _pull(other, wish, back + away - 0.5 * (other.length + lead_length), lead_speed)
    if own_after < -(URGENT_BRAKING if is_urgent else SAFE_BRAKING):
        return NOT_WORTH
    if is_urgent:
        return 1.0 + gap * 1e-6
    away, lead_speed, lead_length = next_ahead(state, roads, scratch, w, i, actor.lane, actor.lane_s)
    wish = lane_speed(roads.lanes[slot, actor.lane], actor)
    own = _pull(actor, wish, away - 0.5 * (actor.length + lead_length), lead_speed)
    back, j = next_behind(state, roads, scratch, w, i, actor.lane, actor.lane_s)
    old, old_after = 0.0, 0.0
    if j >= 0:
        other = state.actors[w, j]
        wish = lane_speed(roads.lanes[slot, actor.lane], other)
        old = _pull(other, wish, back - 0.5 * (actor.length + other.length), speed)
        old_after = _pull(other, wish, back + away - 0.5 * (other.length + lead_length), lead_speed)
    return incentive(own, own_after, new, new_after, old, old_after, actor.politeness)


@inlined
def _could_stop(gap, speed, lead_speed):
    """Whether a follower could stop behind a leader who brakes as hard, after half a second."""
    return gap + (lead_speed * lead_speed - speed * speed) / (2.0 * HARD_BRAKING) > 0.5 * speed


@inlined
def _pull(actor, wish, gap, lead_speed):
    """The intelligent driver model behind a leader, FAR ahead if there is none."""
    return idm(
        actor.speed,
        wish,
        gap if gap < 0.5 * FAR else FAR,
        lead_speed,
        actor.max_acceleration,
        actor.braking,
        actor.min_gap,
        actor.headway,
        actor.exponent,
    )
