"""A plan as it will look in a moment.

Plans begin with the acceleration and the curvature of now. A controller that is handed a new plan at every step, and
does what that plan does first, would for ever go on as it goes: it has to be shown the plan from where the step ends.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.trajectories.limits import Start, slip_of
from world_models.trajectories.trajectory_set import ACCELERATION, CURVATURE, HEADING, SPEED


def preview(
    states: Float[Tensor, "batch time 7"], start: Start, *, seconds: float, dt: float, wheelbase: float = 2.8
) -> Float[Tensor, "batch time 3"]:
    """Poses at `seconds` + dt, + 2 dt, ... of trajectories, in the frame of their pose at `seconds`.

    Between the states, position and heading are cubics in time that agree with velocity and yaw rate at both; exact
    where jerk is constant on a straight line. Behind the last state the motion goes on as it is there.

    Args:
        states: As in a `TrajectorySet`, at dt, 2 dt, ...
        start: At time 0, at the origin.
        seconds: 0 to dt.
        dt: Of the states [s].
        wheelbase: By which headings look aside of the way; 0: they do not [m].
    """
    zero = torch.zeros_like(start.speed)
    now = torch.stack([zero, zero, zero, start.speed, start.acceleration, start.curvature, zero], -1)
    knots = torch.cat([now[:, None], states], 1)
    speed, curvature = knots[..., SPEED], knots[..., CURVATURE]
    heading = torch.cat([zero[:, None], wrap(torch.diff(knots[..., HEADING], dim=1)).cumsum(1)], 1)
    course = heading + slip_of(curvature, wheelbase)
    places = torch.stack([knots[..., 0], knots[..., 1], heading], -1)
    rates = torch.stack([speed * torch.cos(course), speed * torch.sin(course), speed * curvature], -1)
    inner = _cubic(places, rates, seconds / dt, dt)
    after = seconds * (speed[:, -1] + 0.5 * seconds * knots[:, -1, ACCELERATION]).clamp(min=0.0)
    turn = after * curvature[:, -1]
    middle = course[:, -1] + 0.5 * turn
    beyond = places[:, -1] + torch.stack([after * torch.cos(middle), after * torch.sin(middle), turn], -1)
    later = torch.cat([inner, beyond[:, None]], 1)
    first, later = later[:, :1], later[:, 1:]
    x, y, turned = (later - first).unbind(-1)
    cos, sin = torch.cos(first[..., 2]), torch.sin(first[..., 2])
    return torch.stack([x * cos + y * sin, y * cos - x * sin, wrap(turned)], -1)


def _cubic(places: Tensor, rates: Tensor, share: float, dt: float) -> Tensor:
    """At `share` of the way from each knot to the next, by Hermite's cubic."""
    u = share
    begin, end = (1.0 + 2.0 * u) * (1.0 - u) ** 2, u * u * (3.0 - 2.0 * u)
    out, into = u * (1.0 - u) ** 2 * dt, -u * u * (1.0 - u) * dt
    return begin * places[:, :-1] + end * places[:, 1:] + out * rates[:, :-1] + into * rates[:, 1:]
