"""What a plan does at a moment, gone on with.

The controller of the roads fits one smooth motion to two seconds of poses: of a plan that is about to do something else
it does the half at once. Handed what the plan does now, as if that went on, it does just this.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.trajectories.limits import Start, slip_of
from world_models.trajectories.trajectory_set import ACCELERATION, CURVATURE, SPEED


def onward(
    states: Float[Tensor, "batch time 7"],
    start: Start,
    *,
    seconds: float,
    step: float,
    dt: float,
    wheelbase: float = 2.8,
) -> Float[Tensor, "batch time 3"]:
    """Poses at dt, 2 dt, ... of going on from `seconds` with what a trajectory does in the `step` that begins then.

    The way is an arc, and ends where one stands. Between the states, acceleration and curvature are linear in time;
    behind the last they stay as they are.

    Args:
        states: As in a `TrajectorySet`, at dt, 2 dt, ...
        start: At time 0, at the origin.
        seconds: At least 0.
        step: That the controller's command lasts [s].
        dt: Of the states, and of the poses [s].
        wheelbase: By which headings look aside of the way; 0: they do not [m].
    """
    now = torch.stack([start.speed, start.acceleration, start.curvature], -1)[:, None]
    knots = torch.cat([now, states[..., [SPEED, ACCELERATION, CURVATURE]]], 1)
    speed = _speed(knots, seconds, dt)
    acceleration, curvature = _between(knots, seconds + 0.5 * step, dt)[:, 1:, None].unbind(1)
    times = dt * torch.arange(1, states.shape[1] + 1).to(states)
    braked = torch.where(acceleration < 0.0, speed / (-acceleration).clamp(min=1e-6), math.inf)
    times = torch.minimum(times, braked)
    way = (times * (speed + 0.5 * acceleration * times)).clamp(min=0.0)
    turn = way * curvature
    # the chord of an arc, along its middle
    chord, course = way * torch.sinc(0.5 * turn / math.pi), slip_of(curvature, wheelbase) + 0.5 * turn
    return torch.stack([chord * torch.cos(course), chord * torch.sin(course), turn], -1)


def _between(knots: Tensor, seconds: float, dt: float) -> Float[Tensor, "batch 3"]:
    place = min(seconds / dt, knots.shape[1] - 1.0)
    before = min(int(place), knots.shape[1] - 2)
    return knots[:, before].lerp(knots[:, before + 1], place - before)


def _speed(knots: Tensor, seconds: float, dt: float) -> Float[Tensor, "batch 1"]:
    """What linear acceleration makes of the speed, brought to the next state's by and by."""
    place = min(seconds / dt, knots.shape[1] - 1.0)
    before = min(int(place), knots.shape[1] - 2)
    (speed, begin, _), (later, end, _) = knots[:, before].unbind(-1), knots[:, before + 1].unbind(-1)
    share = place - before
    bulge = 0.5 * dt * share * (1.0 - share) * (begin - end)
    return (speed + share * (later - speed) + bulge).clamp(min=0.0)[:, None]
