"""Drivers and vehicles of the traffic, from timid to aggressive; no two are alike."""

import numpy as np

from envs.kernels.compilation import inlined
from envs.kernels.counter_random import bits, fold, unit
from envs.kernels.road_records import VEHICLE

STYLE_SALT = np.uint64(0x57715)
NOISE = 0.35
"""How much a driver's single habits differ from his temper []."""


@inlined
def draw_driver(actor, key, i):
    """Make `actor` a new vehicle with a driver of its own; `lives` counts how often."""
    key = fold(fold(key, STYLE_SALT), 4096 * actor.lives + i)
    actor.kind, actor.collided = VEHICLE, 0
    temper = unit(bits(key, 0))
    actor.desired = _between(0.85, 1.1, temper, key, 1)
    actor.max_acceleration = _between(1.2, 2.2, temper, key, 2)
    actor.braking = _between(1.8, 3.0, temper, key, 3)
    actor.min_gap = _between(2.5, 1.5, temper, key, 4)
    actor.headway = _between(1.7, 0.9, temper, key, 5)
    actor.exponent = 4.0
    actor.politeness = _between(0.5, 0.0, temper, key, 6)
    actor.patience = _between(3.0, 1.0, temper, key, 7)
    actor.length = 4.0 + 1.2 * unit(bits(key, 8))
    actor.width = 1.7 + 0.25 * unit(bits(key, 9))
    actor.wheelbase = 0.6 * actor.length


@inlined
def _between(timid, bold, temper, key, habit):
    share = (1.0 - NOISE) * temper + NOISE * unit(bits(key, habit))
    return timid + (bold - timid) * share
