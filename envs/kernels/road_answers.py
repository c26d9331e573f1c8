"""A simulated drive as an action of whichever kind the world has.

A drive is float64 [time column], FORECAST_STEPS + 1 rows 0.1 s apart; its columns are those of `road_proposals`.
"""

import numpy as np

from envs.kernels.compilation import inlined
from envs.kernels.road_forecast import FORECAST_STEPS
from envs.kernels.road_lines import wrap
from envs.kernels.road_proposals import (
    EGO_ACCELERATION,
    EGO_D,
    EGO_HEADING,
    EGO_SPEED,
    EGO_STEERING,
    EGO_X,
    EGO_Y,
)
from envs.kernels.road_records import CONTINUOUS, META

GAIN_STEPS = 20
"""Speed is gained gently: in less time than this (2 s) not half a `speed_step`, and the target would never rise."""
TO_THE_LEFT, TO_THE_RIGHT = 3, 4
"""Places of a drive that changes lanes."""


@inlined
def keep_plan(plan, w, agent, drive):
    """Note for pictures and for `explain` what an agent means to do."""
    for t in range(FORECAST_STEPS + 1):
        for column in range(drive.shape[1]):
            plan.best[w, agent, t, column] = drive[t, column]


@inlined
def write_drive(state, rules, drive, place, w, agent, action):
    """A simulated drive as an action; `place` tells a change of lanes (meta actions)."""
    if rules.action == CONTINUOUS:
        action[0, 0] = _unit(drive[1, EGO_ACCELERATION] / rules.max_acceleration)
        action[0, 1] = _unit(drive[1, EGO_STEERING] / rules.max_steering)
    elif rules.action == META:
        action[0, 0] = _meta(state, rules, drive, place, w, agent)
    else:
        write_poses(rules, drive, action)


@inlined
def _unit(value):
    return min(max(value, -1.0), 1.0)


@inlined
def _meta(state, rules, drive, place, w, agent):
    own, middle = state.agents[w, agent], drive[0, EGO_D]
    if place == TO_THE_LEFT and own.target_d < middle + 1.5:
        return 0.0
    if place == TO_THE_RIGHT and own.target_d > middle - 1.5:
        return 2.0
    soon, later = drive[min(FORECAST_STEPS, 2 * rules.steps_per_action), EGO_SPEED], drive[GAIN_STEPS, EGO_SPEED]
    if soon < own.target_speed - 0.5 * rules.speed_step:
        return 4.0
    if later > own.target_speed + 0.5 * rules.speed_step:
        return 3.0
    return 1.0


@inlined
def write_poses(rules, drive, action):
    """Poses in the ego frame at the times of a trajectory action; beyond the forecast, straight on."""
    x0, y0, h0 = drive[0, EGO_X], drive[0, EGO_Y], drive[0, EGO_HEADING]
    cos, sin = np.cos(h0), np.sin(h0)
    for k in range(rules.horizon):
        time = (k + 1) * rules.trajectory_dt / rules.dt
        t = min(int(time), FORECAST_STEPS - 1)
        share = min(time - t, 1.0)
        x = drive[t, EGO_X] + share * (drive[t + 1, EGO_X] - drive[t, EGO_X])
        y = drive[t, EGO_Y] + share * (drive[t + 1, EGO_Y] - drive[t, EGO_Y])
        heading = drive[t, EGO_HEADING] + share * wrap(drive[t + 1, EGO_HEADING] - drive[t, EGO_HEADING])
        beyond = max(0.0, time - FORECAST_STEPS) * rules.dt * drive[FORECAST_STEPS, EGO_SPEED]
        dx, dy = x + beyond * np.cos(heading) - x0, y + beyond * np.sin(heading) - y0
        action[k, 0], action[k, 1] = dx * cos + dy * sin, dy * cos - dx * sin
        action[k, 2] = wrap(heading - h0)
