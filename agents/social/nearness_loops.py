"""The loops over pairs of boxes, compiled: hardly any two come near, and those that do not cost one look each.

What `agents.social.interaction.nearness` is with `soft` costs, for poses that nobody asks a gradient of. Bodies are
laid out time by time, so that those who might meet lie side by side.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import numba
import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import envs.kernels  # noqa: F401 - chooses the folder that compiled code is cached in

X, Y, COS, SIN = range(4)
"""Columns of a body."""


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Numba's, of a function that checkers of annotations may have wrapped."""
    return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(unwrap(function))


def laid_out(poses: Float[Tensor, "*batch sample time 3"]) -> Float[np.ndarray, "*batch time sample 4"]:
    """Bodies as the loops take them."""
    x, y, heading = poses.transpose(-2, -3).unbind(-1)
    return torch.stack([x, y, torch.cos(heading), torch.sin(heading)], -1).numpy()


def _gap_along(ahead, left, size, other, cos, sin):
    length = abs(ahead) - 0.5 * (size[0] + other[0] * cos + other[1] * sin)
    width = abs(left) - 0.5 * (size[1] + other[0] * sin + other[1] * cos)
    return max(length, width)


gap_along = compiled(_gap_along, inline="always")


def _soft_nearness(one, size, other, other_size, margin):
    """1 from contact on, 0 where boxes are `margin` apart: see `world_models.costs.overlap.separation`."""
    dx, dy = other[X] - one[X], other[Y] - one[Y]
    cos = abs(one[COS] * other[COS] + one[SIN] * other[SIN])
    sin = abs(one[COS] * other[SIN] - one[SIN] * other[COS])
    own = gap_along(dx * one[COS] + dy * one[SIN], dy * one[COS] - dx * one[SIN], size, other_size, cos, sin)
    its = gap_along(dx * other[COS] + dy * other[SIN], dy * other[COS] - dx * other[SIN], other_size, size, cos, sin)
    return min(max(1.0 - max(own, its) / margin, 0.0), 1.0)


soft_nearness = compiled(_soft_nearness, inline="always")


def _circle_about(bodies):
    """(x, y, radius) of a circle that holds all places."""
    low_x, high_x, low_y, high_y = bodies[0, X], bodies[0, X], bodies[0, Y], bodies[0, Y]
    for s in range(1, len(bodies)):
        low_x, high_x = min(low_x, bodies[s, X]), max(high_x, bodies[s, X])
        low_y, high_y = min(low_y, bodies[s, Y]), max(high_y, bodies[s, Y])
    return 0.5 * (low_x + high_x), 0.5 * (low_y + high_y), 0.5 * np.hypot(high_x - low_x, high_y - low_y)


circle_about = compiled(_circle_about)


@compiled
def fill_worst(bodies, sizes, links, margin, worst):
    """Raise `worst` [link sample sample] to the nearness of two samples at the time at which that is greatest.

    Args:
        bodies: [batch actor time sample 4]
        sizes: Length and width [batch actor 2].
        links: Row of the batch and two actors [link 3].
        margin: [m]
        worst: To be raised, from 0.
    """
    for link in range(len(links)):
        row, i, j = links[link]
        size, other_size = sizes[row, i], sizes[row, j]
        reach = 0.5 * (np.hypot(size[0], size[1]) + np.hypot(other_size[0], other_size[1])) + margin
        for t in range(bodies.shape[2]):
            own, others = bodies[row, i, t], bodies[row, j, t]
            x, y, radius = circle_about(others)
            for s in range(len(own)):
                if (own[s, X] - x) ** 2 + (own[s, Y] - y) ** 2 >= (reach + radius) ** 2:
                    continue
                for r in range(len(others)):
                    if (own[s, X] - others[r, X]) ** 2 + (own[s, Y] - others[r, Y]) ** 2 >= reach**2:
                        continue
                    if worst[link, s, r] < 1.0:
                        near = soft_nearness(own[s], size, others[r], other_size, margin)
                        worst[link, s, r] = max(worst[link, s, r], near)


@compiled
def add_expected(own, size, bodies, sizes, beliefs, margin, found):
    """Add the others' nearness to `found` [batch candidate time], each sample's by what is believed of it.

    Args:
        own: Candidates [batch time candidate 4].
        size: Their length and width [2].
        bodies: The others' samples [batch actor time sample 4].
        sizes: Length and width [batch actor 2].
        beliefs: [batch actor sample]; 0 of who is absent.
        margin: [m]
        found: To be added to.
    """
    for row in range(len(bodies)):
        for i in range(bodies.shape[1]):
            its = sizes[row, i]
            reach = 0.5 * (np.hypot(size[0], size[1]) + np.hypot(its[0], its[1])) + margin
            for t in range(bodies.shape[2]):
                others = bodies[row, i, t]
                x, y, radius = circle_about(others)
                for c in range(own.shape[2]):
                    body = own[row, t, c]
                    if (body[X] - x) ** 2 + (body[Y] - y) ** 2 >= (reach + radius) ** 2:
                        continue
                    for s in range(len(others)):
                        if (body[X] - others[s, X]) ** 2 + (body[Y] - others[s, Y]) ** 2 >= reach**2:
                            continue
                        belief = beliefs[row, i, s]
                        if belief > 0.0:
                            found[row, c, t] += belief * soft_nearness(body, size, others[s], its, margin)
