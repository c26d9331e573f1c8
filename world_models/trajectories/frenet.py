"""Trajectories beside a reference path: Frenet coordinates both ways, and the lattice of Werling et al. (ICRA 2010).

With the path's curvature k and its rate k', the place d to the left of it, d' and d'' by the path's length s:

    q = 1 - k d,   w = sqrt(q^2 + d'^2) = metres driven per metre of path,   tan(angle to the path) = d' / q
    curvature    = [(d'' q + (k' d + k d') d') / w^2 + k] / w
    speed        = s_dot w
    acceleration = s_ddot w + s_dot^2 (d' d'' - q (k' d + k d')) / w

Singular where d reaches 1 / k.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.trajectories.limits import Start
from world_models.trajectories.polynomials import evaluate_until, quintic
from world_models.trajectories.progress import Progress
from world_models.trajectories.reference_path import PathPoints, ReferencePath
from world_models.trajectories.trajectory_set import Motion

LEAST_SCALE = 0.05
"""q is floored here: beyond the centre of a curve there are no coordinates, and the curvature shows it."""
SLOW = 3.0
"""Below this a place by time would need to go sideways: it is given by the way instead [m/s]."""
FAST_ENOUGH = 0.5 * SLOW


class Frenet(NamedTuple):
    """Motion in coordinates of a path; slope and bend are d' and d''."""

    s: Tensor
    speed: Tensor
    acceleration: Tensor
    d: Tensor
    slope: Tensor
    bend: Tensor


def to_cartesian(points: PathPoints, motion: Frenet) -> Motion:
    """How the vehicle's centre goes, its heading the way it goes; `points` of the path at the motion's s."""
    _, s_dot, s_ddot, d, slope, bend = motion
    k = points.curvature
    q = (1.0 - k * d).clamp(min=LEAST_SCALE)
    drift = torch.addcmul(k * slope, points.curvature_rate, d)
    square = torch.addcmul(q * q, slope, slope)
    scale = square.sqrt()
    x = torch.addcmul(points.x, d, torch.sin(points.heading), value=-1.0)
    y = torch.addcmul(points.y, d, torch.cos(points.heading))
    course = points.heading + torch.atan(slope / q)
    bent = torch.addcmul(drift * slope, bend, q)
    curvature = (bent / square + k) / scale
    # d (scale) / ds, by which the speed changes though s_dot does not
    stretch = torch.addcmul(slope * bend, q, drift, value=-1.0) / scale
    acceleration = torch.addcmul(s_ddot * scale, s_dot * s_dot, stretch)
    return Motion(x, y, course, s_dot * scale, acceleration, curvature)


def to_frenet(points: PathPoints, moving: Motion, s: Tensor) -> Frenet:
    """The inverse; `points` of the path at the feet s."""
    x, y, course, speed, acceleration, curvature = moving
    d = (y - points.y) * torch.cos(points.heading) - (x - points.x) * torch.sin(points.heading)
    return _frenet(points, s, d, wrap(course - points.heading), (speed, acceleration, curvature))


def _frenet(points: PathPoints, s: Tensor, d: Tensor, angle: Tensor, motion: tuple[Tensor, Tensor, Tensor]) -> Frenet:
    speed, acceleration, curvature = motion
    k = points.curvature
    q = (1.0 - k * d).clamp(min=LEAST_SCALE)
    slope = q * torch.tan(angle)
    drift = points.curvature_rate * d + k * slope
    square = q * q + slope * slope
    scale = square.sqrt()
    bend = ((curvature * scale - k) * square - drift * slope) / q
    s_dot = speed / scale
    s_ddot = (acceleration - s_dot * s_dot * (slope * bend - q * drift) / scale) / scale
    return Frenet(s, s_dot, s_ddot, d, slope, bend)


def start_of(path: ReferencePath, start: Start, *, wheelbase: float) -> Frenet:
    """The ego's own motion in coordinates of its path [batch]; its course is its heading and the slip."""
    zero = torch.zeros_like(start.speed)
    points = PathPoints(*(value[:, 0] for value in path.at(zero[:, None])))
    angle = wrap(path.heading_error + start.slip(wheelbase)).clamp(-1.4, 1.4)
    return _frenet(points, zero, path.offset, angle, (start.speed, start.acceleration, start.curvature))


@dataclass(frozen=True)
class Lateral:
    """Places to go to, and how soon; axes batch, place."""

    place: Float[Tensor, "batch place"]
    """To the left of the path [m]."""
    seconds: Float[Tensor, "batch place"]
    """Until it is reached, at speed [s]."""
    metres: Float[Tensor, "batch place"]
    """Of path until it is reached, when slow [m]."""


def lattice(
    path: ReferencePath, now: Frenet, progress: Progress, lateral: Lateral, times: Float[Tensor, " time"]
) -> Motion:
    """Every progress with every place, columns [batch profile place time]; headings are the ways they go.

    d is a quintic in time where the progress is never slower than `SLOW`, and in the path's length elsewhere.
    """
    points = PathPoints(*(value.unsqueeze(2) for value in path.at(progress.s)))
    s, s_dot, s_ddot = (value.unsqueeze(2) for value in (progress.s, progress.speed, progress.acceleration))
    is_fast = (progress.slowest.detach() >= SLOW) & (now.speed.detach() >= SLOW)[:, None]
    d, slope, bend = _beside(now, (s, s_dot, s_ddot), lateral, times, is_fast[..., None, None])
    return to_cartesian(points, Frenet(s, s_dot, s_ddot, d, slope, bend))


def _beside(
    now: Frenet,
    along: tuple[Tensor, Tensor, Tensor],
    lateral: Lateral,
    times: Tensor,
    is_fast: Bool[Tensor, "batch profile 1 1"],
) -> tuple[Tensor, Tensor, Tensor]:
    """d, d', d'' [batch profile place time]."""
    s, s_dot, s_ddot = along
    by_way = place_by_way(now, s, lateral)
    if not bool(is_fast.any()):
        return by_way
    by_time = place_by_time(now, (s_dot, s_ddot), lateral, times)
    if bool(is_fast.all()):
        return by_time
    d, slope, bend = (torch.where(is_fast, one, other) for one, other in zip(by_time, by_way, strict=True))
    return d, slope, bend


def place_by_way(
    now: Frenet, s: Float[Tensor, "batch profile 1 time"], lateral: Lateral
) -> tuple[Tensor, Tensor, Tensor]:
    """d(s), a quintic in the path's length: whoever stands stays where he is."""
    begin = torch.stack([now.d, now.slope, now.bend], -1)[:, None].expand(-1, lateral.place.shape[1], -1)
    zero = torch.zeros_like(lateral.place)
    terms = quintic(begin, torch.stack([lateral.place, zero, zero], -1), lateral.metres)
    shape = (*s.shape[:2], lateral.place.shape[1], s.shape[-1])
    return evaluate_until(terms[:, None], s.expand(shape), lateral.metres[:, None])


def place_by_time(
    now: Frenet, speeds: tuple[Tensor, Tensor], lateral: Lateral, times: Float[Tensor, " time"]
) -> tuple[Tensor, Tensor, Tensor]:
    """d(t), a quintic in time, with its derivatives by the path's length."""
    s_dot, s_ddot = speeds
    begin = torch.stack([now.d, now.speed * now.slope, now.speed**2 * now.bend + now.acceleration * now.slope], -1)
    zero = torch.zeros_like(lateral.place)
    begin = begin[:, None].expand(-1, lateral.place.shape[1], -1)
    terms = quintic(begin, torch.stack([lateral.place, zero, zero], -1), lateral.seconds)
    d, d_dot, d_ddot = evaluate_until(terms, times.expand(*lateral.place.shape, -1), lateral.seconds)
    # Where it is too slow for this the other form is taken: the floor only keeps its gradient finite.
    s_dot = s_dot.clamp(min=FAST_ENOUGH)
    slope = d_dot[:, None] / s_dot
    return d[:, None].expand_as(slope), slope, (d_ddot[:, None] - slope * s_ddot) / (s_dot * s_dot)
