"""The bicycle as optimal control takes it: smooth everywhere, and exact for controls that are held through a step.

Under a constant steering angle the centre drives an arc, whose chord is its length times sinc(turn / 2):

    way = v dt + a dt^2 / 2,   turn = way sin(beta) / (wheelbase / 2),   beta = atan(tan(delta) / 2)
    x' = x + way sinc(turn / 2) cos(psi + beta + turn / 2),   y' with sin,   psi' = psi + turn,   v' = v + a dt

which is what `world_models.bicycle` comes to with ever more substeps, as long as nobody stands. Speeds below 0 are
kept away by the problem's constraints, not by the dynamics, which have no corner there.
"""

import torch
from jaxtyping import Float
from torch import Tensor

WHEELBASE = 2.8
"""[m]"""


def slip(steering: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The way the centre goes, seen from the heading [rad]."""
    return torch.atan(0.5 * torch.tan(steering))


def bend(steering: Float[Tensor, "*batch"], wheelbase: float = WHEELBASE) -> Float[Tensor, "*batch"]:
    """By how much the heading turns per metre [1/m]."""
    return torch.sin(slip(steering)) / (0.5 * wheelbase)


def drive(
    x: Float[Tensor, "*batch 4"], u: Float[Tensor, "*batch 2"], dt: float, wheelbase: float = WHEELBASE
) -> Float[Tensor, "*batch 4"]:
    """(x, y [m], heading [rad], speed [m/s]) a step of (acceleration, steering angle) later."""
    east, north, heading, speed = x.unbind(-1)
    pressed, steering = u.unbind(-1)
    way = dt * (speed + 0.5 * dt * pressed)
    turn = way * bend(steering, wheelbase)
    square = turn * turn
    # sinc(turn / 2) to 1e-6 for turns up to 1.5 rad
    chord = way * (1.0 - square / 24.0 * (1.0 - square / 80.0 * (1.0 - square / 168.0)))
    course = heading + slip(steering) + 0.5 * turn
    return torch.stack(
        [east + chord * torch.cos(course), north + chord * torch.sin(course), heading + turn, speed + dt * pressed], -1
    )
