"""Collisions of a controlled vehicle and whose fault they are, and its time to collision.

The kind of a contact is decided in this order (nuPlan): the ego stands (stopped-ego); the other stands
(stopped-track); the other is behind, more than 150 degrees from the ego's heading as seen from its rear axle
(active-rear); the ego's front edge touches it (active-front); else active-lateral. At fault are stopped-track,
active-front, and active-lateral unless the ego lies wholly in one lane and on the drivable area.

A pair collides once: afterwards the other one counts neither for collisions nor for the time to collision. That is
asked while the ego moves, about others ahead (within 30 degrees, seen from the rear axle), and about those at its
sides only while it is not wholly in one lane or is in a junction.
"""

import math

from envs.kernels.compilation import inlined
from envs.kernels.road_boxes import overlap
from envs.kernels.road_records import ABSENT, OBSTACLE
from envs.kernels.road_ttc import TIME_STEP, TIMES, touches_soon
from envs.kernels.road_whereabouts import within_lanes

STANDS = 0.05
"""Below this speed a vehicle counts as stopped [m/s]."""
TTC_SPEED = 0.005
"""Below this speed of the ego no time to collision is asked [m/s]."""
AHEAD, BEHIND = math.cos(math.radians(30.0)), math.cos(math.radians(150.0))
_AHEAD_SECONDS = (TIMES - 1) * TIME_STEP


@inlined
def judge_others(state, roads, scratch, w, agent, is_off_road):
    """Note new collisions of an agent, their fault, and too short a time to collision."""
    actors = state.actors[w]
    ego, me = actors[agent], state.agents[w, agent]
    ego_reach = 0.5 * (ego.length + ego.width) + _AHEAD_SECONDS * ego.speed
    for j in range(actors.shape[0]):
        other = actors[j]
        if other.kind == ABSENT or j == agent:
            continue
        x, y = other.x - ego.x, other.y - ego.y
        reach = ego_reach + 0.5 * (other.length + other.width) + _AHEAD_SECONDS * other.speed
        if x * x + y * y > reach * reach or state.hits[w, agent, j] == 1:
            continue
        _judge_pair(state, roads, scratch.slot[w], w, agent, j, is_off_road, me)


@inlined
def _judge_pair(state, roads, slot, w, agent, j, is_off_road, me):
    ego, other = state.actors[w, agent], state.actors[w, j]
    if overlap(
        *(ego.x, ego.y, ego.heading, ego.length, ego.width),
        *(other.x, other.y, other.heading, other.length, other.width),
    ):
        state.hits[w, agent, j] = 1
        me.collisions += 1
        if is_at_fault(roads, slot, ego, other, is_off_road, me):
            me.at_fault += 1
            me.safety = 0.5 if other.kind == OBSTACLE and me.at_fault == 1 else 0.0
    elif me.ttc == 1 and ego.speed >= TTC_SPEED and touches_soon(ego, other):
        bearing = bearing_cosine(ego, other)
        if bearing >= AHEAD:
            me.ttc = 0
        elif bearing > BEHIND:
            is_whole, is_crossing = within_lanes(roads, slot, ego.x, ego.y, ego.heading, ego.length, ego.width)
            me.straddles = 0 if is_whole else 1
            if is_crossing or not is_whole:
                me.ttc = 0


@inlined
def is_at_fault(roads, slot, ego, other, is_off_road, me):
    """Whether a contact that has just come about is the ego's fault; sets its `straddles` where that decides."""
    if ego.speed <= STANDS:
        return False
    if other.kind == OBSTACLE or other.speed <= STANDS:
        return True
    if bearing_cosine(ego, other) < BEHIND:
        return False
    cosine, sine = math.cos(ego.heading), math.sin(ego.heading)
    x, y = ego.x + 0.5 * ego.length * cosine, ego.y + 0.5 * ego.length * sine
    if overlap(x, y, ego.heading, 0.0, ego.width, other.x, other.y, other.heading, other.length, other.width):
        return True
    is_whole, _ = within_lanes(roads, slot, ego.x, ego.y, ego.heading, ego.length, ego.width)
    me.straddles = 0 if is_whole else 1
    return is_off_road or not is_whole


@inlined
def bearing_cosine(ego, other):
    """Cosine of the angle between the ego's heading and the way from its rear axle to the other's centre."""
    cosine, sine = math.cos(ego.heading), math.sin(ego.heading)
    x, y = other.x - ego.x + 0.5 * ego.wheelbase * cosine, other.y - ego.y + 0.5 * ego.wheelbase * sine
    distance = math.sqrt(x * x + y * y)
    return (x * cosine + y * sine) / distance if distance > 0.0 else 1.0
