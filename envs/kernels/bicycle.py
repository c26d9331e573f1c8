"""The mid-speed kinematic bicycle: how a controlled vehicle moves, and which controls made it move so.

The reference point is the centre of the box, midway between the axles, `wheelbase` apart. With acceleration a
[m/s^2], steering angle of the front wheels delta [rad] and a step of dt [s], both constant within it:

    v'   = max(v + a dt, 0)                   a vehicle that stops stays: it never rolls back
    v_m  = (v + v') / 2
    beta = atan(tan(delta) / 2)               slip: the way the centre goes, seen from the heading
    x'   = x + v_m cos(psi + beta) dt
    y'   = y + v_m sin(psi + beta) dt
    psi' = psi + v_m sin(beta) / (wheelbase / 2) dt

Polack et al., "The kinematic bicycle model: a consistent model for planning feasible trajectories?", IV 2017.
Exact in v and, with delta constant and no stop, in psi; positions on a curve are of first order in dt.
"""

import math

from envs.kernels.compilation import inlined
from envs.kernels.road_lines import wrap

MAX_SLIP = 1.4
"""Slip that `inverse` answers with at most [rad]; a turn on the spot would need pi / 2."""


@inlined
def step(x, y, heading, speed, acceleration, steering, wheelbase, dt):
    """One step of the bicycle. Returns (x, y, heading, speed) after it."""
    after = max(speed + acceleration * dt, 0.0)
    distance = 0.5 * (speed + after) * dt
    sine, cosine = slip(steering)
    ahead, aside = math.cos(heading), math.sin(heading)
    x += distance * (ahead * cosine - aside * sine)
    y += distance * (aside * cosine + ahead * sine)
    return x, y, wrap(heading + distance * sine / (0.5 * wheelbase)), after


@inlined
def slip(steering):
    """(sin beta, cos beta) of the slip beta = atan(tan(delta) / 2)."""
    tangent = 0.5 * math.tan(steering)
    cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
    return tangent * cosine, cosine


@inlined
def steering_of_curvature(curvature, wheelbase):
    """The steering angle that turns by `curvature` [rad] per metre: sin beta = curvature wheelbase / 2."""
    sine = min(max(0.5 * curvature * wheelbase, -0.98), 0.98)
    return math.atan(2.0 * sine / math.sqrt(1.0 - sine * sine))


@inlined
def curvature_of_steering(steering, wheelbase):
    """By how much the heading turns per metre under a steering angle [rad/m]."""
    return slip(steering)[0] / (0.5 * wheelbase)


@inlined
def inverse(speed, speed_after, turn, wheelbase, dt):
    """The (acceleration, steering) that take `speed` to `speed_after` and turn the heading by `turn` [rad] in dt.

    Exact for whatever `step` did while the vehicle moved; where it stood, no steering angle shows: 0. A turn
    tighter than the bicycle can make gets the angle of `MAX_SLIP`.
    """
    acceleration = (speed_after - speed) / dt
    distance = 0.5 * (speed + speed_after) * dt
    if distance <= 1e-9:
        return acceleration, 0.0
    limit = math.sin(MAX_SLIP)
    sine = min(max(0.5 * turn * wheelbase / distance, -limit), limit)
    return acceleration, math.atan(2.0 * sine / math.sqrt(1.0 - sine * sine))


@inlined
def approach(value, wanted, reach):
    """`wanted`, or as near to it as `reach` from `value` allows."""
    return min(max(wanted, value - reach), value + reach)


@inlined
def feasible(rules, acceleration, steering, wanted_acceleration, wanted_steering):
    """The (acceleration, steering) nearest to what is wanted, from those of the last step, within all limits."""
    limit, lock = rules.max_acceleration, rules.max_steering
    new_acceleration = approach(acceleration, wanted_acceleration, rules.max_jerk * rules.dt)
    new_steering = approach(steering, wanted_steering, rules.max_steering_rate * rules.dt)
    return min(max(new_acceleration, -limit), limit), min(max(new_steering, -lock), lock)


@inlined
def below_limit(rules, speed, acceleration):
    """`acceleration`, or what takes the speed just to `max_speed` in one step; who is faster already only keeps it."""
    return min(acceleration, max(rules.max_speed - speed, 0.0) / rules.dt)


@inlined
def apply_control(state, rules, w, i, acceleration, steering):
    """Move actor i of world w by one step of the rules, as near to the wanted controls as its limits allow.

    Sets x, y, heading, speed, steering, yaw_rate and acceleration. The last is what the speed really did: 0
    after a stop, so that starting again is as smooth as any other change; a stop or `max_speed` may thus end an
    acceleration faster than `max_jerk` does.
    """
    actor = state.actors[w, i]
    command, angle = feasible(rules, actor.acceleration, actor.steering, acceleration, steering)
    command = below_limit(rules, actor.speed, command)
    x, y, heading, speed = actor.x, actor.y, actor.heading, actor.speed
    dt = rules.dt / rules.substeps
    turn = 0.0
    for _ in range(rules.substeps):
        before = heading
        x, y, heading, speed = step(x, y, heading, speed, command, angle, actor.wheelbase, dt)
        turn += wrap(heading - before)
    actor.acceleration = (speed - actor.speed) / rules.dt
    actor.yaw_rate = turn / rules.dt
    actor.x, actor.y, actor.heading, actor.speed, actor.steering = x, y, heading, speed, angle
