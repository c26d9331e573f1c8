"""Who is next ahead and next behind a place on a lane."""

from envs.kernels.compilation import inner
from envs.kernels.road_records import VEHICLE

FAR = 1e9


@inner
def next_ahead(state, roads, scratch, w, i, lane, s):
    """(distance between centres, speed, length) of whoever is next ahead of s on a lane or its successors, not i."""
    slot = scratch.slot[w]
    record = roads.lanes[slot, lane]
    nearest, speed, length = FAR, 0.0, 0.0
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j == i:
            continue
        away = -1.0
        if scratch.presence_lane[n] == lane:
            away = scratch.presence_s[n] - s
        else:
            for k in range(record.num_next):
                if record.next[k] == scratch.presence_lane[n]:
                    away = record.length - s + scratch.presence_s[n]
        if 0.0 <= away < nearest:
            nearest, speed, length = away, scratch.presence_speed[n], state.actors[w, j].length
    return nearest, speed, length


@inner
def next_behind(state, roads, scratch, w, i, lane, s):
    """(distance between centres, actor) of whoever is next behind s on a lane or on the way to it, not i; -1: none."""
    slot = scratch.slot[w]
    nearest, follower = FAR, -1
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j != i and scratch.presence_lane[n] == lane:
            away = s - scratch.presence_s[n]
            if 0.0 < away < nearest:
                nearest, follower = away, j
    for j in range(state.actors.shape[1]):
        other = state.actors[w, j]
        if j == i or other.kind != VEHICLE or other.lane < 0:
            continue
        ahead = -other.lane_s
        for k in range(1, 3):
            if other.plan[k] < 0:
                break
            ahead += roads.lanes[slot, other.plan[k - 1]].length
            if other.plan[k] == lane:
                if 0.0 < s + ahead < nearest:
                    nearest, follower = s + ahead, j
                break
    return nearest, follower
