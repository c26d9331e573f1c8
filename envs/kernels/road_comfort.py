"""Comfort: whether smoothed accelerations, jerks and yaw rates stay within nuPlan's bounds.

The raw values of the last `SMOOTHING` steps are smoothed as PDM-Closed does (Dauner et al., "Parting with
misconceptions about learning-based vehicle motion planning", CoRL 2023): a parabola is fitted to them (Savitzky and
Golay, 1964), and its value and derivative are taken at the window's centre, 3.5 steps ago. There is no verdict
before the window is full, and none on the last 3 steps of an episode.
"""

import math

from envs.kernels.compilation import inlined
from envs.kernels.road_records import SMOOTHING

BRAKING, ACCELERATION = -4.05, 2.40  # longitudinal [m/s^2]
LATERAL = 4.89  # [m/s^2]
YAW_RATE, YAW_ACCELERATION = 0.95, 1.93  # [rad/s], [rad/s^2]
LONGITUDINAL_JERK, JERK = 4.13, 8.37  # [m/s^3], the latter of the vector

# For offsets k = -3.5 .. 3.5 from the centre: value (S4 - S2 k^2) / (8 S4 - S2^2) and slope k / S2, Sn the sum of k^n.
VALUE = (-0.09375, 0.09375, 0.21875, 0.28125, 0.28125, 0.21875, 0.09375, -0.09375)
SLOPE = (-3.5 / 42, -2.5 / 42, -1.5 / 42, -0.5 / 42, 0.5 / 42, 1.5 / 42, 2.5 / 42, 3.5 / 42)


@inlined
def note_comfort(rules, actor, me, steps):
    """Put the motion of step number `steps` (from 1) into the agent's window; a full one may end its comfort."""
    now = (steps - 1) % SMOOTHING
    me.past_longitudinal[now] = actor.acceleration
    me.past_lateral[now] = actor.speed * actor.yaw_rate
    me.past_yaw_rate[now] = actor.yaw_rate
    if me.comfort == 1 and steps >= SMOOTHING and not _is_comfortable(rules, me, now + 1):
        me.comfort = 0


@inlined
def _is_comfortable(rules, me, oldest):
    """Whether the window, whose oldest value is at that place, keeps the bounds at its centre."""
    longitudinal, lateral, yaw_rate = 0.0, 0.0, 0.0
    forward, sideways, yaw = 0.0, 0.0, 0.0
    for k in range(SMOOTHING):
        at = (oldest + k) % SMOOTHING
        longitudinal += VALUE[k] * me.past_longitudinal[at]
        lateral += VALUE[k] * me.past_lateral[at]
        yaw_rate += VALUE[k] * me.past_yaw_rate[at]
        forward += SLOPE[k] * me.past_longitudinal[at]
        sideways += SLOPE[k] * me.past_lateral[at]
        yaw += SLOPE[k] * me.past_yaw_rate[at]
    if not BRAKING <= longitudinal <= ACCELERATION or abs(lateral) > LATERAL or abs(yaw_rate) > YAW_RATE:
        return False
    if abs(yaw) > YAW_ACCELERATION * rules.dt or abs(forward) > LONGITUDINAL_JERK * rules.dt:
        return False
    return math.sqrt(forward * forward + sideways * sideways) <= JERK * rules.dt
