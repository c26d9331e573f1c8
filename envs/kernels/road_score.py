"""The closed-loop score `nuplan-like-1` of a controlled vehicle, accumulated step by step.

    score = safety * area * direction * (progress >= 0.2) * (5 ttc + 5 progress + 4 speed limit + 2 comfort) / 16

After nuPlan (Karnchanachari et al., ICRA 2024) and PDM-Closed (Dauner et al., CoRL 2023). Where those differ or leave
a choice:

- safety: at-fault collisions (`road_collisions`): 0 with a vehicle or somebody vulnerable, 0.5 with one obstacle,
  0 with more. A pair collides once.
- area: 0 once a corner of the box is more than 0.3 m outside the drivable area.
- direction: by the metres driven against the flow in the last ten steps (1 s): less than 2: 1, less than 6: 0.5, else
  0; the worst of the episode. Metres count along the lane, and only while no lane under the centre goes the vehicle's
  way (within 90 degrees); off all lanes none do.
- progress: furthest_s - begin_s along the route's path over expert_progress, both at least 0.1 m, at most 1; 0 for
  who ended more than 0.1 m behind its beginning; 1 where the expert has no way to go (expert_progress < 0).
- ttc: 1 unless a time to collision was ever below 0.95 s (`road_ttc`).
- speed limit: 1 - integral of the excess / (2.23 m/s * duration), at least 0. The limit is that of the lane of the
  route's path if the vehicle is on it, else of the best aligned lane under it; a connector's is the highest of its
  neighbours' (`generous_limit`); off all lanes there is none.
- comfort: 1 unless a bound was ever exceeded (`road_comfort`).

`red_lights` counts signals that the front of the box passed on the route's path while they were red: a metric alone.
"""

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_boxes import corner, margin_at
from envs.kernels.road_collisions import judge_others
from envs.kernels.road_comfort import note_comfort
from envs.kernels.road_records import PATH_STEP, RED, SIGNAL
from envs.kernels.road_signals import colour
from envs.kernels.road_whereabouts import best_lane, generous_limit, lies_with, route_lane

METRICS = (
    *("success", "score", "length", "collision", "at_fault_collision", "off_road"),
    *("progress", "ttc", "comfort", "speed_limit", "direction", "red_lights"),
)
TOLERANCE = 0.3
"""A corner may be so far outside the drivable area [m]."""
AGAINST_HALF, AGAINST_NONE = 2.0, 6.0
"""Metres against the flow within a second from which the direction counts half, and nothing."""
AGAINST_STEPS = 10
LEAST_PROGRESS, PROGRESS_FLOOR = 0.2, 0.1  # [], [m]
OVERSPEED = 2.23
"""Mean excess over the limit at which nothing is left of its term [m/s]."""


@inlined
def begin_score(state, rules, roads, scratch, w, agent):
    """Forget what was accumulated. The route, where on it the agent begins, and `hits` are set by who places it."""
    me, actor = state.agents[w, agent], state.actors[w, agent]
    me.collisions, me.at_fault, me.safety = 0, 0, 1.0
    me.off_road, me.straddles, me.direction = 0, 0, 1.0
    me.ttc, me.comfort, me.overspeed, me.red_lights = 1, 1, 0.0, 0
    me.front_s = me.path_s + 0.5 * actor.length
    for k in range(AGAINST_STEPS):
        me.against[k] = 0.0
    for k in range(me.past_yaw_rate.shape[0]):
        me.past_longitudinal[k], me.past_lateral[k], me.past_yaw_rate[k] = 0.0, 0.0, 0.0


@inlined
def judge(state, rules, roads, scratch, w, agent):
    """Judge the step that an agent has just made; its place on the path is that of now, `steps` counts the step."""
    me, actor, slot, steps = state.agents[w, agent], state.actors[w, agent], scratch.slot[w], state.worlds[w].steps
    is_off_road = _is_off_road(roads, slot, actor)
    if is_off_road:
        me.off_road = 1
    _note_lane(rules, roads, slot, me, actor, steps)
    _note_signals(rules, roads, slot, me, actor, steps)
    note_comfort(rules, actor, me, steps)
    judge_others(state, roads, scratch, w, agent, is_off_road)


@inlined
def _is_off_road(roads, slot, actor):
    for k in range(4):
        x, y = corner(actor.x, actor.y, actor.heading, actor.length, actor.width, k)
        if margin_at(roads, slot, x, y) > TOLERANCE:
            return True
    return False


@inlined
def _note_lane(rules, roads, slot, me, actor, steps):
    """Direction and speed limit."""
    against, limit = 0.0, 1e9
    lane = route_lane(roads, slot, me)
    is_with = lane >= 0 and lies_with(roads, slot, me, actor.heading) > 0.0
    if is_with:
        limit = roads.lanes[slot, lane].limit
    else:
        lane, cosine = best_lane(roads, slot, actor.x, actor.y, actor.heading)
        limit = roads.lanes[slot, lane].limit if lane >= 0 else 1e9
        against = max(-cosine, 0.0) * actor.speed * rules.dt
    if actor.speed > limit:
        me.overspeed += max(actor.speed - generous_limit(roads, slot, me.route, lane), 0.0) * rules.dt
    me.against[steps % AGAINST_STEPS] = against
    if against > 0.0:
        metres = 0.0
        for k in range(AGAINST_STEPS):
            metres += me.against[k]
        if metres >= AGAINST_HALF:
            me.direction = min(me.direction, 0.5 if metres < AGAINST_NONE else 0.0)


@inlined
def _note_signals(rules, roads, slot, me, actor, steps):
    """Red lights passed: the lane at the front of the box, on the path, is a new one whose signal is red."""
    route = roads.routes[slot, me.route]
    before = me.front_s
    me.front_s = max(before, me.path_s + 0.5 * actor.length)
    last = min(int(me.front_s / PATH_STEP), route.num_points - 1)
    for k in range(max(int(before / PATH_STEP), 0) + 1, last + 1):
        lane = roads.path[slot, route.first_point + k].lane
        if lane < 0 or lane == roads.path[slot, route.first_point + k - 1].lane:
            continue
        if roads.lanes[slot, lane].control != SIGNAL or abs(me.path_d) > 0.5 * roads.lanes[slot, lane].width:
            continue
        if colour(roads, slot, roads.lanes[slot, lane].signal, steps * rules.dt) == RED:
            me.red_lights += 1


@inner
def finish_score(state, rules, w, agent, metrics):
    """Fill metrics float64 [METRICS] of an agent whose episode is over."""
    me = state.agents[w, agent]
    progress = progress_ratio(me)
    speed_limit = speed_term(me.overspeed, state.worlds[w].steps * rules.dt)
    weighted = (5.0 * me.ttc + 5.0 * progress + 4.0 * speed_limit + 2.0 * me.comfort) / 16.0
    multiplier = me.safety * me.direction * (1.0 - me.off_road) * (1.0 if progress >= LEAST_PROGRESS else 0.0)
    metrics[0] = 1.0 if me.arrived == 1 and me.at_fault == 0 else 0.0
    metrics[1] = multiplier * weighted
    metrics[2] = state.worlds[w].steps
    metrics[3] = 1.0 if me.collisions > 0 else 0.0
    metrics[4] = 1.0 if me.at_fault > 0 else 0.0
    metrics[5] = me.off_road
    metrics[6] = progress
    metrics[7] = me.ttc
    metrics[8] = me.comfort
    metrics[9] = speed_limit
    metrics[10] = me.direction
    metrics[11] = me.red_lights


@inlined
def progress_ratio(me):
    """Progress of an agent over its expert's, in [0, 1]."""
    if me.expert_progress < 0.0:
        return 1.0
    if me.path_s - me.begin_s < -PROGRESS_FLOOR:
        return 0.0
    return min(1.0, max(me.furthest_s - me.begin_s, PROGRESS_FLOOR) / max(me.expert_progress, PROGRESS_FLOOR))


@inlined
def speed_term(overspeed, seconds):
    """Speed limit term of an excess [m] summed up in so many seconds, in [0, 1]."""
    return max(0.0, 1.0 - overspeed / (OVERSPEED * max(seconds, 1e-9)))
