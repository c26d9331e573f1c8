"""What each of the others may do next, from how it is seen now alone: a fan of turns and accelerations."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.bicycle import wrap

FEATURES = 9
"""Numbers of an actor in the observation `actors` (`envs.kernels.road_features`)."""
FASTEST_PEDESTRIAN = 3.0
"""[m/s]"""
STANDING = 0.01
"""[m/s]"""
NOWHERE = 1e4
"""Between the places of absent ones [m]."""
FINE = 4
"""Steps of integration in each `dt`."""


@dataclass(frozen=True, kw_only=True)
class Fan:
    """The controls of the samples: each `acceleration` with each path.

    A path's curvature grows from the first to the second number of its pair over the horizon, as far as the limit on
    lateral acceleration allows. Pedestrians turn and accelerate by other scales.
    """

    accelerations: tuple[float, ...] = (-3.0, -1.2, -0.4, 0.0, 0.6, 1.6)
    """[m/s^2]"""
    curvatures: tuple[tuple[float, float], ...] = (
        *((0.0, 0.0), (0.05, 0.05), (-0.05, -0.05)),
        *((0.0, 0.16), (0.0, -0.16), (0.12, 0.0), (-0.12, 0.0)),
    )
    """Pairs [1/m]: at the start, and at the end."""
    max_lateral: float = 2.0
    """[m/s^2]"""
    pedestrian_acceleration: float = 0.25
    """Times the accelerations, for pedestrians."""
    pedestrian_curvature: float = 4.0

    @property
    def size(self) -> int:
        """Samples of each actor."""
        return len(self.accelerations) * len(self.curvatures)


@dataclass(frozen=True)
class ActorSamples:
    """Samples of some actors, in the ego frame of now."""

    poses: Float[Tensor, "batch actors sample time 3"]
    """x, y [m], heading [rad] at dt, 2 dt, ..."""
    controls: Float[Tensor, "batch actors sample 3"]
    """Acceleration [m/s^2], curvature at the start and at the end [1/m]."""
    speeds: Float[Tensor, "batch actors sample time"]
    """[m/s]"""
    seen: Float[Tensor, "batch actors 9"]
    """How each is seen now."""
    mask: Bool[Tensor, "batch actors"]

    @property
    def repeats(self) -> Bool[Tensor, "batch actors sample"]:
        """Samples in which somebody stands all along, but for the first of them: they are all the same one."""
        stands = self.speeds.amax(-1) < STANDING
        return stands & (stands.cumsum(-1) > 1)

    @property
    def sizes(self) -> Float[Tensor, "batch actors 2"]:
        """Length and width [m]."""
        return self.seen[..., 6:8]

    @property
    def is_pedestrian(self) -> Bool[Tensor, "batch actors"]:
        return self.seen[..., 8] > 0.5


def read_actors(
    actors: Float[Tensor, "batch number"], mask: Float[Tensor, "batch others"], *, most: int
) -> tuple[Float[Tensor, "batch actors 9"], Bool[Tensor, "batch actors"]]:
    """The nearest `most` of the observation's actors, and who of them is there."""
    seen = actors.unflatten(-1, (mask.shape[-1], FEATURES))
    return seen[:, :most], mask[:, :most] > 0.5


def sample_actors(
    seen: Float[Tensor, "batch actors 9"],
    mask: Bool[Tensor, "batch actors"],
    fan: Fan,
    *,
    dt: float = 0.5,
    steps: int = 8,
) -> ActorSamples:
    """Samples of every actor; the one of no turn and no acceleration goes on as the actor goes.

    Constant acceleration until it stands; along it, a heading quadratic in the way made (a clothoid).

    Args:
        seen, mask: Of `read_actors`.
        fan: Which samples.
        dt: Seconds between poses.
        steps: Poses.
    """
    speed = torch.hypot(seen[..., 4], seen[..., 5])
    controls = _controls(fan, seen[..., 8] > 0.5, speed)
    distance, speeds = _travelled(controls[..., 0], speed[..., None], _top_speed(seen), dt / FINE, FINE * steps)
    # absent ones are put where they are near nobody, each other included
    away = NOWHERE * torch.arange(1, mask.shape[1] + 1, dtype=seen.dtype, device=seen.device)
    start = torch.stack(
        [torch.where(mask, seen[..., 0], away), seen[..., 1], torch.atan2(seen[..., 3], seen[..., 2])], -1
    )
    poses = _follow(start[:, :, None], distance, controls[..., 1:])
    return ActorSamples(poses[..., FINE - 1 :: FINE, :], controls, speeds[..., FINE - 1 :: FINE], seen, mask)


def _controls(fan: Fan, is_pedestrian: Tensor, speed: Tensor) -> Tensor:
    """[batch actors sample 3]: path by path, and within a path by acceleration."""
    acceleration = speed.new_tensor(fan.accelerations).repeat(len(fan.curvatures))
    curvature = speed.new_tensor(fan.curvatures).repeat_interleave(len(fan.accelerations), 0)
    slow = torch.where(is_pedestrian, fan.pedestrian_acceleration, 1.0)[..., None]
    tight = torch.where(is_pedestrian, fan.pedestrian_curvature, 1.0)[..., None, None]
    bound = (fan.max_lateral / speed.clamp(min=1.0).square())[..., None, None]
    turned = torch.minimum(torch.maximum(curvature * tight, -bound), bound)
    return torch.cat([(acceleration * slow)[..., None], turned], -1)


def _top_speed(seen: Tensor) -> Tensor:
    """[batch actors 1]: pedestrians do not run."""
    speed = torch.hypot(seen[..., 4], seen[..., 5])
    return torch.where(seen[..., 8] > 0.5, speed.clamp(min=FASTEST_PEDESTRIAN), torch.inf)[..., None]


def _travelled(acceleration: Tensor, speed: Tensor, top: Tensor, dt: float, steps: int) -> tuple[Tensor, Tensor]:
    """Way made [m] and speed [m/s] at dt, 2 dt, ...: until it stands, or goes as fast as it may."""
    time = dt * torch.arange(1, steps + 1, dtype=speed.dtype, device=speed.device)
    acceleration, speed = acceleration[..., None], speed[..., None]
    limit = torch.where(acceleration < 0, 0.0, top[..., None])
    # the acceleration ends at this time; 0 / 0 does not occur, as nobody is asked who does not accelerate
    until = torch.where(
        acceleration == 0, torch.inf, (limit - speed) / torch.where(acceleration == 0, 1.0, acceleration)
    )
    used = torch.minimum(time, until)
    after = (speed + acceleration * used).clamp(min=0.0)
    return speed * used + 0.5 * acceleration * used.square() + after * (time - used), after


def _follow(start: Tensor, distance: Tensor, curvature: Tensor) -> Tensor:
    """Poses [batch actors sample time 3] along ways whose curvature changes evenly with the way made.

    Each step is the chord of its mean curvature: exact on circles.
    """
    x, y, heading = start[..., None, :].unbind(-1)
    first, last = curvature[..., None, 0], curvature[..., None, 1]
    whole = distance[..., -1:].clamp(min=1e-3)
    turned = distance * (first + 0.5 * (last - first) * distance / whole)
    before = torch.cat([torch.zeros_like(turned[..., :1]), turned[..., :-1]], -1)
    way = torch.diff(distance, dim=-1, prepend=torch.zeros_like(distance[..., :1]))
    chord = way * torch.sinc((turned - before) / (2.0 * math.pi))
    middle = heading + 0.5 * (turned + before)
    x = x + (chord * middle.cos()).cumsum(-1)
    y = y + (chord * middle.sin()).cumsum(-1)
    return torch.stack([x, y, wrap(heading + turned)], -1)
