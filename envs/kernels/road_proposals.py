"""One proposal of the planner: drive along the own path, at a lateral offset and towards a speed, for four seconds.

After PDM-Closed (Dauner et al., *Parting with Misconceptions about Learning-based Vehicle Motion Planning*, CoRL
2023): speeds by the intelligent driver model behind whoever the forecast puts on the path, steering by a tracking
controller, motion by the bicycle. A simulated proposal is a row of `drive` [time column].
"""

import numpy as np

from envs.kernels.bicycle import feasible, step
from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import idm
from envs.kernels.road_forecast import ALONG, BREADTH, FORECAST_STEPS, PATH_D, PATH_S, REACH
from envs.kernels.road_lines import project_path
from envs.kernels.road_records import PATH_STEP
from envs.kernels.road_tracking import path_curvature, steer_to_path

EGO_X, EGO_Y, EGO_HEADING, EGO_SPEED, EGO_ACCELERATION, EGO_STEERING, EGO_S, EGO_D = range(8)
DRIVE_COLUMNS = 8
LATERAL = 2.2
"""Lateral acceleration that curves are driven with [m/s^2]."""
EASY_BRAKING = 1.5
"""Deceleration towards curves and lower limits [m/s^2]."""
PROFILE_POINTS = 256
STOP_SHORT = 0.8
"""How far before a line the front stands [m]."""
GENTLE_CHANGE = 0.3
"""Of the acceleration from step to step [m/s^2]."""
GENTLE_ACCELERATION, GENTLE_BRAKING = 2.2, 3.8
HARD_BRAKE = -1.0
"""As `speed_share`: brake as hard as possible."""


@inner
def advise_speeds(roads, slot, route, s, profile):
    """The speed [m/s] for every metre of path from `s` on: limits, curves, and easy braking towards both."""
    record = roads.routes[slot, route]
    for k in range(PROFILE_POINTS):
        index = min(int(s) + k, record.num_points - 1)
        bend = abs(path_curvature(roads, slot, route, float(index), 2.0 * PATH_STEP))
        profile[k] = min(roads.path[slot, record.first_point + index].limit, np.sqrt(LATERAL / max(bend, 1e-4)))
    for k in range(PROFILE_POINTS - 2, -1, -1):
        profile[k] = min(profile[k], np.sqrt(profile[k + 1] ** 2 + 2.0 * EASY_BRAKING * PATH_STEP))


@inlined
def _leader(forecast, t, agent, s, offset, half_length, half_width, others):
    """Bumper gap to the next one in the corridor at `offset`, and its speed along the path."""
    gap, speed = 1e9, 0.0
    for i in range(others):
        row = forecast[t, i]
        if i != agent and row[PATH_S] > s and abs(row[PATH_D] - offset) < half_width + row[BREADTH] + 0.15:
            distance = row[PATH_S] - s - half_length - row[REACH]
            if distance < gap:
                gap, speed = distance, row[ALONG]
    return gap, max(speed, 0.0)


@inlined
def _wanted(rules, actor, speed, desired, gap, lead_speed, stop_gap):
    """IDM acceleration behind a leader and before a stop."""
    a, b = rules.preset_max_acceleration, rules.preset_braking
    exponent, headway, min_gap = rules.preset_exponent, rules.preset_headway, rules.preset_min_gap
    wanted = idm(speed, desired, gap, lead_speed, a, b, min_gap, headway, exponent)
    return min(wanted, idm(speed, desired, stop_gap, 0.0, a, b, STOP_SHORT, 0.3, exponent))


@inlined
def _gently(acceleration, wanted):
    """What comfort allows of a wanted acceleration. Where that is not enough, the proposal to brake hard is there."""
    wanted = min(max(wanted, acceleration - GENTLE_CHANGE), acceleration + GENTLE_CHANGE)
    return min(max(wanted, -GENTLE_BRAKING), GENTLE_ACCELERATION)


@inner
def simulate(state, rules, roads, scratch, w, agent, speed_share, aside, forecast, stops, profile, drive):
    """Fill drive [time column] with the agent's motion under one proposal.

    `aside` [metre] is the lateral place on the path to be at, for every metre from where the agent is now on.
    """
    own, actor, slot = state.agents[w, agent], state.actors[w, agent], scratch.slot[w]
    x, y, heading, speed = actor.x, actor.y, actor.heading, actor.speed
    acceleration, steering = actor.acceleration, actor.steering
    s, d, index = own.path_s, own.path_d, own.index
    half_length, half_width = 0.5 * actor.length, 0.5 * actor.width
    base = int(own.path_s)
    for t in range(FORECAST_STEPS + 1):
        row = drive[t]
        row[EGO_X], row[EGO_Y], row[EGO_HEADING], row[EGO_SPEED] = x, y, heading, speed
        row[EGO_ACCELERATION], row[EGO_STEERING], row[EGO_S], row[EGO_D] = acceleration, steering, s, d
        if t == FORECAST_STEPS:
            break
        wanted = -rules.max_acceleration
        offset = aside[min(max(int(s) - base + int(0.5 * speed), 0), PROFILE_POINTS - 1)]
        if speed_share != HARD_BRAKE:
            desired = max(0.1, speed_share * profile[min(max(int(s) - base, 0), PROFILE_POINTS - 1)])
            gap, lead = _leader(forecast, t, agent, s, d, half_length, half_width, forecast.shape[1])
            beside, beside_lead = _leader(forecast, t, agent, s, offset, half_length, half_width, forecast.shape[1])
            if beside < gap:  # the place it is going to counts as much as the one it is at
                gap, lead = beside, beside_lead
            wanted = _wanted(rules, actor, speed, desired, gap, lead, stops[t, agent] - s - half_length)
            wanted = _gently(acceleration, wanted)
        turn = steer_to_path(roads, slot, own.route, s, d, heading, speed, actor.wheelbase, offset)
        acceleration, steering = feasible(rules, acceleration, steering, wanted, turn)
        acceleration = min(acceleration, max(rules.max_speed - speed, 0.0) / rules.dt)
        before = speed
        x, y, heading, speed = step(x, y, heading, speed, acceleration, steering, actor.wheelbase, rules.dt)
        acceleration = (speed - before) / rules.dt
        s, d, index = project_path(roads, slot, own.route, x, y, index, 5)
