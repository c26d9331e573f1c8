"""The expert: proposals simulated against a forecast of the traffic, judged by the terms of the score itself.

After PDM-Closed (Dauner et al., CoRL 2023), whose score is S = no collision * direction * area * (5 progress + 5 TTC +
2 comfort) / 12. Three things differ: the forecast is the traffic's own rules rolled out, not constant velocity; lane
changes are proposed beside the offsets in the own lane; and the time to collision weighs more.
"""

import numpy as np

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.road_answers import keep_plan, write_drive
from envs.kernels.road_boxes import corner, margin_at, overlap
from envs.kernels.road_cut_in import NEVER, first_cut_in
from envs.kernels.road_forecast import (
    FORECAST_STEPS,
    HEADING,
    LENGTH,
    SPEED,
    WIDTH,
    X,
    Y,
    anybody_drives,
    enter_dream,
    foresee,
    lane_offset,
    lay_out_lane,
    own_lane_offset,
    project_others,
)
from envs.kernels.road_lines import wrap
from envs.kernels.road_proposals import (
    EGO_ACCELERATION,
    EGO_HEADING,
    EGO_S,
    EGO_SPEED,
    EGO_X,
    EGO_Y,
    HARD_BRAKE,
    PROFILE_POINTS,
    advise_speeds,
    simulate,
)
from envs.kernels.road_records import ABSENT

SPEED_SHARES = np.array([1.0, 0.8, 0.6, 0.4, 0.2])
NUM_SPEEDS = 5
OFFSETS = np.array([0.0, -0.7, 0.7])
"""Lateral places in the own lane [m]."""
NUM_PLACES = 6
"""Those, the lanes to the left and to the right, and the own lane where the path leads out of it."""
STAY = 5
PROPOSALS = NUM_SPEEDS * NUM_PLACES + 1
"""The last one brakes as hard as possible."""
STANDS = 0.05
"""Slower than this stands [m/s]."""
TTC_AHEAD = np.array([0.35, 0.7, 1.05])
"""A little further than the score asks: forecasts err."""
SAFE = 9.0
"""Weight of the time to collision: once lost it is lost for the episode, while progress can be made up."""
MIN_ACCELERATION, MAX_ACCELERATION, MAX_JERK, MAX_LATERAL = -4.05, 2.40, 4.13, 4.89
CHANGE_COST = 0.01
"""Of leaving the middle of the lane, in units of the score: no reason, no weaving."""


@kernel
def advise_agents(state, rule_table, roads, scratch, dream, dream_scratch, recording, plan, actions, low, high):
    """The oracle's actions float32 [world agent . .]; what it means to do, in `plan.best` [world agent time column]."""
    rules = rule_table[0]
    for w in range(low, high):
        if not anybody_drives(state, rules, w):
            continue
        foresee_world(state, rules, roads, scratch, dream, dream_scratch, recording, plan, w)
        for agent in range(rules.num_agents):
            if state.agents[w, agent].active == 1 and state.actors[w, agent].kind != ABSENT:
                best = choose(state, rules, roads, scratch, plan, w, agent)
                keep_plan(plan, w, agent, plan.drives[best])
                place = 0 if best == PROPOSALS - 1 else best // NUM_SPEEDS
                write_drive(state, rules, plan.drives[best], place, w, agent, actions[w, agent])


@inlined
def foresee_world(state, rules, roads, scratch, dream, dream_scratch, recording, plan, w):
    for agent in range(rules.num_agents):
        plan.offsets[agent] = own_lane_offset(state, roads, scratch.slot[w], w, agent)
    enter_dream(state, scratch, dream, dream_scratch, w)
    foresee(dream, rules, roads, dream_scratch, recording, plan.offsets, plan.forecast, plan.stops, plan.commands)


@inner
def choose(state, rules, roads, scratch, plan, w, agent):
    """Simulate and judge all proposals of one agent; the best one's number."""
    own, slot = state.agents[w, agent], scratch.slot[w]
    project_others(state, rules, roads, scratch, w, agent, plan.forecast)
    advise_speeds(roads, slot, own.route, own.path_s, plan.profile)
    _list_places(state, roads, slot, w, agent, plan)
    furthest = 0.1
    for k in range(PROPOSALS):
        place, share = k // NUM_SPEEDS, SPEED_SHARES[k % NUM_SPEEDS]
        if k == PROPOSALS - 1:
            place, share = 0 if np.isnan(plan.places[STAY]) else STAY, HARD_BRAKE
        plan.total[k] = -NEVER
        if np.isnan(plan.places[place]):
            continue
        drive = plan.drives[k]
        for metre in range(PROFILE_POINTS):
            plan.aside[metre] = plan.stay[metre] if place == STAY else plan.places[place]
        simulate(
            *(state, rules, roads, scratch, w, agent, share),
            *(plan.aside, plan.forecast, plan.stops, plan.profile, drive),
        )
        plan.total[k] = 0.0
        last = _last_time(drive, roads.routes[slot, own.route].goal)
        plan.crash[k] = min(
            _first_crash(state, w, agent, plan, drive, last), first_cut_in(state, roads, slot, w, agent, drive, last)
        )
        plan.is_inside[k] = _stays_inside(state, roads, slot, w, agent, drive, last)
        plan.is_safe[k] = plan.crash[k] == NEVER and _keeps_distance(state, w, agent, plan, drive, last)
        plan.is_comfortable[k] = _is_comfortable(drive)
        if plan.crash[k] == NEVER and plan.is_inside[k] == 1:
            furthest = max(furthest, drive[FORECAST_STEPS, EGO_S] - drive[0, EGO_S])
    return _best(plan, furthest)


@inlined
def _list_places(state, roads, slot, w, agent, plan):
    base, actor = plan.offsets[agent], state.actors[w, agent]
    for k in range(3):
        plan.places[k] = base + OFFSETS[k]
    plan.places[3], plan.places[4], plan.places[STAY] = np.nan, np.nan, np.nan
    if actor.lane >= 0:
        lane = roads.lanes[slot, actor.lane]
        if lane.left >= 0:
            plan.places[3] = lane_offset(state, roads, slot, w, agent, lane.left)
        if lane.right >= 0:
            plan.places[4] = lane_offset(state, roads, slot, w, agent, lane.right)
        if lay_out_lane(state, roads, slot, w, agent, plan.stay) and base == 0.0:
            plan.places[STAY] = 0.0


@inlined
def _best(plan, furthest):
    """The largest total; where everything crashes, what crashes last."""
    best = PROPOSALS - 1
    for k in range(PROPOSALS):
        if plan.total[k] == -NEVER:
            continue
        drive = plan.drives[k]
        if plan.crash[k] < NEVER:
            plan.total[k] = -10.0 + 0.1 * plan.crash[k]
        elif plan.is_inside[k] == 0:
            plan.total[k] = -1.0
        else:
            progress = max(0.0, drive[FORECAST_STEPS, EGO_S] - drive[0, EGO_S]) / furthest
            total = (5.0 * progress + SAFE * plan.is_safe[k] + 2.0 * plan.is_comfortable[k]) / (7.0 + SAFE)
            place = 0 if k == PROPOSALS - 1 else k // NUM_SPEEDS
            plan.total[k] = total - CHANGE_COST * min(place, 3)
        if plan.total[k] > plan.total[best] or plan.total[best] == -NEVER:
            best = k
    return best


@inlined
def _last_time(drive, goal):
    """The step at which a drive has arrived, and with it the episode ended; or the last one."""
    for t in range(FORECAST_STEPS):
        if drive[t, EGO_S] >= goal:
            return t
    return FORECAST_STEPS


@inlined
def _first_crash(state, w, agent, plan, drive, last):
    """Seconds until the first collision that would be the agent's fault, NEVER if there is none."""
    ego = state.actors[w, agent]
    for t in range(1, last + 1):
        x, y, heading, speed = drive[t, EGO_X], drive[t, EGO_Y], drive[t, EGO_HEADING], drive[t, EGO_SPEED]
        if speed < STANDS:
            continue
        for i in range(state.actors.shape[1]):
            row = plan.forecast[t, i]
            dx, dy = row[X] - x, row[Y] - y
            reach = 0.5 * (ego.length + ego.width + row[LENGTH] + row[WIDTH])
            if i == agent or dx * dx + dy * dy > reach * reach or state.hits[w, agent, i] == 1:
                continue
            ahead = dx * np.cos(heading) + dy * np.sin(heading)
            if ahead < -0.3 * ego.length:  # who hits the rear is at fault
                continue
            length, width = ego.length + 0.2, ego.width + 0.15
            if overlap(x, y, heading, length, width, row[X], row[Y], row[HEADING], row[LENGTH], row[WIDTH]):
                return 0.1 * t
    return NEVER


@inlined
def _keeps_distance(state, w, agent, plan, drive, last):
    """Whether constant speeds would nowhere lead to a collision within 0.9 s."""
    ego = state.actors[w, agent]
    for t in range(0, last + 1, 3):
        x, y, heading, speed = drive[t, EGO_X], drive[t, EGO_Y], drive[t, EGO_HEADING], drive[t, EGO_SPEED]
        if speed < STANDS:
            continue
        vx, vy = speed * np.cos(heading), speed * np.sin(heading)
        for i in range(state.actors.shape[1]):
            row = plan.forecast[t, i]
            dx, dy = row[X] - x, row[Y] - y
            reach = 0.5 * (ego.length + ego.width + row[LENGTH] + row[WIDTH]) + 0.9 * (speed + row[SPEED])
            if i == agent or dx * dx + dy * dy > reach * reach or dx * vx + dy * vy < 0.0:
                continue
            ux, uy = row[SPEED] * np.cos(row[HEADING]), row[SPEED] * np.sin(row[HEADING])
            for k in range(3):
                ahead = TTC_AHEAD[k]
                ax, ay, bx, by = x + ahead * vx, y + ahead * vy, row[X] + ahead * ux, row[Y] + ahead * uy
                if overlap(ax, ay, heading, ego.length, ego.width, bx, by, row[HEADING], row[LENGTH], row[WIDTH]):
                    return 0
    return 1


@inlined
def _stays_inside(state, roads, slot, w, agent, drive, last):
    """Whether no corner leaves the drivable area further than the agent has left it already."""
    ego = state.actors[w, agent]
    allowed = 0.1
    for t in range(0, last + 1, 4):
        for k in range(4):
            x, y = corner(drive[t, EGO_X], drive[t, EGO_Y], drive[t, EGO_HEADING], ego.length, ego.width, k)
            outside = margin_at(roads, slot, x, y)
            if t == 0:
                allowed = max(allowed, outside + 0.05)
            elif outside > allowed:
                return 0
    return 1


@inlined
def _is_comfortable(drive):
    for t in range(FORECAST_STEPS):
        acceleration, speed = drive[t + 1, EGO_ACCELERATION], drive[t + 1, EGO_SPEED]
        turn = wrap(drive[t + 1, EGO_HEADING] - drive[t, EGO_HEADING]) / 0.1
        if acceleration < MIN_ACCELERATION or acceleration > MAX_ACCELERATION or abs(turn * speed) > MAX_LATERAL:
            return 0
        if t >= 4 and abs(acceleration - drive[t - 3, EGO_ACCELERATION]) / 0.4 > MAX_JERK:
            return 0
    return 1
