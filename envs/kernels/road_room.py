"""Room behind a junction, and who drives ahead of one in the own lane."""

from envs.kernels.compilation import inlined
from envs.kernels.road_margins import BEYOND, CLEARANCE, NOWHERE
from envs.kernels.road_records import DIVERGING, FREE, PLAN_LANES, VEHICLE

QUEUE_BRAKING = 3.0
"""Expected of those who come to stand at the end of a queue [m/s^2]."""


@inlined
def is_led_by_ticket(state, roads, scratch, w, i, last):
    """Whether everybody between actor i and the ground shared on plan[last] may go on too."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j == i:
            continue
        for k in range(last + 1):
            if actor.plan[k] != scratch.presence_lane[n] or scratch.offsets[k] + scratch.presence_s[n] <= 0.0:
                continue
            other = state.actors[w, j]
            has_entered = k == last and scratch.presence_s[n] > 0.0
            if has_entered and other.lane != actor.plan[k]:
                continue
            if other.kind != VEHICLE or other.collided == 1 or not may_go(roads, slot, other, has_entered):
                return False
    return True


@inlined
def may_go(roads, slot, other, has_entered):
    """Whether the next lane that a vehicle needs a ticket for is granted; of one that has entered, the rest of it."""
    if other.lane < 0:
        return False
    lane = roads.lanes[slot, other.lane]
    if other.tickets[0] == 0:
        for c in range(lane.first_conflict, lane.first_conflict + lane.num_conflicts):
            conflict = roads.conflicts[slot, c]
            if conflict.kind != DIVERGING and other.lane_s + 0.5 * other.length < conflict.low - CLEARANCE + BEYOND:
                return False
    if has_entered:
        return True
    for k in range(1, PLAN_LANES):
        if other.plan[k] < 0:
            return True
        lane = roads.lanes[slot, other.plan[k]]
        if lane.num_conflicts > 0 or lane.control != FREE:
            return other.tickets[k] > 0
    return True


@inlined
def has_room(state, roads, scratch, w, i, last, end, count):
    """Whether actor i can come to stand behind `end`, counting those who have a right to the same place."""
    actor = state.actors[w, i]
    beyond = last + 1 if last + 1 < count else last
    storage = actor.plan[beyond]
    free = NOWHERE
    needed = actor.length + actor.min_gap
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j == i:
            continue
        for k in range(count):
            if actor.plan[k] == scratch.presence_lane[n]:
                other = state.actors[w, j]
                rear = scratch.offsets[k] + scratch.presence_s[n] - 0.5 * other.length
                if rear > end - other.length and scratch.offsets[k] + scratch.presence_s[n] > 0.0:
                    speed = scratch.presence_speed[n]
                    free = min(free, rear + speed * speed / (2.0 * QUEUE_BRAKING) - end)
                break
    if beyond > last:
        for j in range(state.actors.shape[1]):
            other = state.actors[w, j]
            if j != i and other.kind == VEHICLE and other.lane >= 0 and other.plan[0] != storage:
                for k in range(1, PLAN_LANES):
                    if other.plan[k] == storage:
                        if other.tickets[k - 1] > 0:
                            needed += other.length + other.min_gap
                        break
    return free > needed
