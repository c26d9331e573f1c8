"""What a particle does in one action, and how far and how fast any actions can take it."""

from functools import cache
from math import ceil

import numpy as np
from jaxtyping import Float64

from envs.kernels.particle import DAMPING, DT, STIFFNESS, SUBSTEPS

MIDDLE = 0.5
"""Of the cube that positions begin in and set-points come from; its half side too."""
ACTIONS = 400
"""After which nothing is left of how the particle began: one action keeps less than 0.9 of it."""


def action_map() -> Float64[np.ndarray, "2 2"]:
    """What one action makes of (offset from its set-point, velocity), in every dimension by itself.

    One physics step of length dt is `x += v dt; v += (-STIFFNESS offset - DAMPING v) dt`, both from the values before.
    """
    once = np.array([[1.0, DT], [-STIFFNESS * DT, 1.0 - DAMPING * DT]])
    return np.linalg.matrix_power(once, SUBSTEPS)


@cache
def reach() -> tuple[float, float]:
    """(distance from the middle, speed) that nothing exceeds at any step, rounded up to three places.

    With x and set-points counted from the middle, (x, v) becomes M (x, v) + q a, and |a| and the first |x| are at
    most a half: after n actions, what is reached is at most half of |M^n| (1, 0) + sum over k < n of |M^k q|, and
    some set-points at the cube's sides, back and forth, do reach it.
    """
    once = action_map()
    power, of_actions, most = np.eye(2), np.zeros(2), np.zeros(2)
    for _ in range(ACTIONS):
        most = np.maximum(most, MIDDLE * (np.abs(power[:, 0]) + of_actions))
        of_actions += np.abs(power @ (np.array([1.0, 0.0]) - once[:, 0]))
        power = once @ power
    distance, speed = (ceil(1000.0 * number) / 1000.0 for number in most)
    return distance, speed
