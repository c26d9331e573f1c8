"""The intelligent driver model (Treiber, Hennecke and Helbing, *Physical Review E* 62, 2000), and stopping at a point.

    acceleration = a * (1 - (speed / desired) ** exponent - (wanted_gap / gap) ** 2)
    wanted_gap   = s0 + max(0, speed * T + speed * (speed - lead_speed) / (2 * sqrt(a * b)))

Gaps are between bumpers. The wanted gap never falls below s0: a leader who drives away must not, squared, brake.
"""

from math import sqrt

from envs.kernels.compilation import inlined

LEAST_GAP = 0.1
"""Gaps are floored here [m]."""
LEAST_DESIRED = 0.1
"""And desired speeds here [m/s]."""
REACTION = 0.4
"""Time constant in which the speed follows the one from which it is easy to stop [s]."""


@inlined
def wanted_gap(speed, lead_speed, a, b, s0, headway):
    """s* [m]: at least s0, and never larger behind a faster leader."""
    return s0 + max(0.0, speed * headway + speed * (speed - lead_speed) / (2.0 * sqrt(a * b)))


@inlined
def free_share(speed, desired, exponent):
    """1 - (speed / desired) ** exponent: the share of `a` that an empty road asks for."""
    ratio = speed / max(desired, LEAST_DESIRED)
    if exponent == 4.0:
        return 1.0 - ratio * ratio * ratio * ratio
    return 1.0 - ratio**exponent


@inlined
def idm(speed, desired, gap, lead_speed, a, b, s0, headway, exponent):
    """Acceleration [m/s^2] behind a leader `gap` metres ahead; an infinite gap: nobody is there."""
    closeness = wanted_gap(speed, lead_speed, a, b, s0, headway) / max(gap, LEAST_GAP)
    return a * (free_share(speed, desired, exponent) - closeness * closeness)


@inlined
def equilibrium_gap(speed, desired, s0, headway, exponent):
    """Gap [m] at which a platoon keeps `speed` < desired: (s0 + v T) / sqrt(1 - (v / v0) ** exponent)."""
    return (s0 + speed * headway) / sqrt(free_share(speed, desired, exponent))


@inlined
def stopping_speed(distance, b):
    """Speed from which, after a moment of reaction, braking at b ends within `distance` (Gipps, 1981) [m/s]."""
    return sqrt(b * b * REACTION * REACTION + 2.0 * b * max(distance, 0.0)) - b * REACTION


@inlined
def stopping_distance(speed, b):
    """What a vehicle needs to stop so [m]; the inverse of `stopping_speed`."""
    return speed * REACTION + speed * speed / (2.0 * b)


@inlined
def stop_acceleration(speed, distance, b):
    """Largest acceleration [m/s^2] with which stopping `distance` ahead stays easy: far away it does not bind."""
    return (stopping_speed(distance, b) - speed) / REACTION
