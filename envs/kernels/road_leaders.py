"""Whom a vehicle follows: everybody ahead on the lanes of its plan, and, out of courtesy, who must merge before it."""

from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import stopping_distance, wanted_gap
from envs.kernels.road_holds import keeps_lane
from envs.kernels.road_margins import NOWHERE

DROP_ROOM = 14.0
"""Where a lane ends, vehicles stop so far before, to have room for changing over [m]."""
LEAD_BRAKING = 4.0
"""Expected of a leader who stops [m/s^2]."""
LET_IN_SPEED, LET_IN_ROOM = 4.0, 10.0
"""Somebody so slow, so near the end of his lane, is let in [m/s], [m]."""
LET_IN_GAP = 2.5
"""More than the usual gap is left to him: he needs it, and his lane may be a little shorter or longer [m]."""
CROSSES = 0.8
"""Who goes along a lane at less than this share of his speed crosses it []."""


@inlined
def closeness_of(actor, gap, lead_speed):
    """Wanted over actual gap."""
    wanted = wanted_gap(actor.speed, lead_speed, actor.max_acceleration, actor.braking, actor.min_gap, actor.headway)
    return wanted / max(gap, 0.1)


@inlined
def follow(state, rules, roads, scratch, w, i, count):
    """(largest wanted over actual gap to the leaders, how far ahead the nearest might come to stand)."""
    actor = state.actors[w, i]
    closeness, queue, half = 0.0, NOWHERE, 0.5 * actor.length
    old_counts = actor.old_lane >= 0 and abs(actor.shift) - abs(actor.lane_d) < actor.width + 0.4
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j == i:
            continue
        lane, away = scratch.presence_lane[n], -1.0
        for k in range(count):
            if actor.plan[k] == lane:
                away = scratch.offsets[k] + scratch.presence_s[n]
                if away > 0.0:
                    break
        if old_counts and lane == actor.old_lane and away <= 0.0:
            away = scratch.presence_s[n] - actor.old_s
        if away > 0.0:
            lead_speed = scratch.presence_speed[n]
            if j < rules.num_agents and _only_crosses(state, roads, w, scratch.slot[w], j, lane, lead_speed):
                continue
            gap = away - half - 0.5 * state.actors[w, j].length
            closeness = max(closeness, closeness_of(actor, gap, lead_speed))
            queue = min(queue, gap + lead_speed * lead_speed / (2.0 * LEAD_BRAKING) - actor.min_gap)
    return max(closeness, _courtesy(state, roads, scratch, w, i)), queue


@inlined
def _only_crosses(state, roads, w, slot, j, lane, along):
    """Whether a controlled vehicle is about to leave a lane that it crosses or that parts from its own."""
    other = state.actors[w, j]
    is_shared = roads.lanes[slot, lane].num_conflicts > 0 and other.lane != lane
    return is_shared and keeps_lane(other) and along < CROSSES * other.speed


@inlined
def _courtesy(state, roads, scratch, w, i):
    """Wanted over actual gap to somebody who waits at the end of the lane beside, if it is easy to let him in."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    lane, closeness = roads.lanes[slot, actor.lane], 0.0
    for side in range(2):
        beside = lane.left if side == 0 else lane.right
        if beside < 0 or roads.lanes[slot, beside].num_next > 0 or not is_dropped(roads, slot, beside):
            continue
        end = roads.lanes[slot, beside].length
        if is_dropped(roads, slot, actor.lane) or end - actor.lane_s > 6.0 * actor.speed + 40.0:
            continue
        for n in range(scratch.num_presences[0]):
            j, s = scratch.presence_actor[n], scratch.presence_s[n]
            if scratch.presence_lane[n] != beside or scratch.presence_speed[n] > LET_IN_SPEED:
                continue
            other = state.actors[w, j]
            gap = s - actor.lane_s - 0.5 * (actor.length + other.length) - LET_IN_GAP
            if (
                other.lane == beside
                and end - s < DROP_ROOM + LET_IN_ROOM
                and gap > stopping_distance(actor.speed, actor.braking)
            ):
                closeness = max(closeness, closeness_of(actor, gap, scratch.presence_speed[n]))
    return closeness


@inner
def is_dropped(roads, slot, lane):
    """Whether a lane ends while one beside it goes on."""
    record = roads.lanes[slot, lane]
    if record.num_next > 0:
        return False
    left, right = record.left, record.right
    for _ in range(4):
        if left >= 0:
            if roads.lanes[slot, left].num_next > 0 or roads.lanes[slot, left].length > record.length + 15.0:
                return True
            left = roads.lanes[slot, left].left
        if right >= 0:
            if roads.lanes[slot, right].num_next > 0 or roads.lanes[slot, right].length > record.length + 15.0:
                return True
            right = roads.lanes[slot, right].right
    return False
