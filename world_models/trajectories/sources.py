"""Where candidates come from: each function makes those of one kind, or None where the settings want none."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from world_models.bicycle import Bicycle
from world_models.trajectories.clothoids import clothoid_and_arc
from world_models.trajectories.frenet import Frenet, Lateral, lattice, start_of
from world_models.trajectories.limits import Start, slip_of, steering_of
from world_models.trajectories.progress import Progress, approach_in_turn, approach_speed
from world_models.trajectories.proposals import Leader, advise, propose
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.sampler_config import SamplerConfig
from world_models.trajectories.shooting import shoot
from world_models.trajectories.trajectory_set import Motion

KINDS = ("lattice", "proposal", "clothoid", "shooting")
"""Values of the trait `kind`, by number."""
LATTICE, PROPOSAL, CLOTHOID, SHOOTING = range(4)
ADVISED = 64.0
"""How far ahead curves are looked for [m]."""
TURN_IN, TURN_IN_SECONDS = 6.0, 2.0
"""Way in which clothoids reach their final curvature: at least this [m], at speed as many seconds' [s]."""
REACH_SECONDS = 4.0
"""Final speeds are those that so much braking or speeding up leads to, and what is between."""
SHOT_STEP = 0.1
"""Of the bicycle when shooting, about [s]."""


@dataclass(frozen=True)
class Task:
    """What all sources are given."""

    path: ReferencePath
    start: Start
    now: Frenet
    limit: Tensor
    times: Tensor
    config: SamplerConfig

    @classmethod
    def of(cls, path: ReferencePath, start: Start, limit: Tensor, times: Tensor, config: SamplerConfig) -> "Task":
        """For a start on a path."""
        return cls(path, start, start_of(path, start, wheelbase=config.wheelbase), limit, times, config)

    def tensor(self, *values: float) -> Tensor:
        """Settings like everything else."""
        return torch.tensor(values, dtype=self.limit.dtype, device=self.limit.device)

    def heading(self, motion: Motion) -> Motion:
        """From the way that the centre goes to the vehicle's heading."""
        return motion._replace(heading=motion.heading - slip_of(motion.curvature, self.config.wheelbase))


class Source(NamedTuple):
    """Candidates: columns [batch candidate time], traits [batch candidate] or fewer axes."""

    kind: Tensor
    motion: Motion
    speed: Tensor
    offset: Tensor


def from_lattice(task: Task) -> Source | None:
    """Every profile of speed with every place beside the path."""
    config = task.config
    if not config.places:
        return None
    progress, wanted = _profiles(task)
    return _beside_the_path(LATTICE, task, progress, wanted, config.places)


def from_proposals(task: Task, leader: Leader | None = None) -> Source | None:
    """Shares of the advised speed, behind a leader, at every place where anybody may be."""
    config = task.config
    if not (config.shares and config.proposal_places):
        return None
    advice, shares = advise(task.path, task.limit, config.idm, reach=ADVISED), task.tensor(*config.shares)
    now = (task.now.speed, task.now.acceleration)
    progress = propose(now, advice, shares, task.times, idm=config.idm, leader=leader)
    return _beside_the_path(PROPOSAL, task, progress, task.limit[:, None] * shares, config.proposal_places)


def _beside_the_path(kind: int, task: Task, progress: Progress, wanted: Tensor, places: tuple[float, ...]) -> Source:
    """Every progress, whose final speeds are `wanted` [batch profile], with every place."""
    place, seconds = task.tensor(*places), task.config.lateral_seconds
    metres = (task.now.speed * seconds).clamp(min=task.config.lateral_metres)[:, None].expand(-1, len(places))
    lateral = Lateral(place.expand_as(metres), torch.full_like(metres, seconds), metres)
    motion = lattice(task.path, task.now, progress, lateral, task.times)
    motion = task.heading(Motion(*(column.flatten(1, 2) for column in motion)))
    kinds = torch.tensor(kind, device=place.device)
    return Source(kinds, motion, wanted.repeat_interleave(len(places), 1), place.repeat(wanted.shape[1]))


def _reachable(task: Task) -> tuple[Tensor, Tensor]:
    """The speeds [batch] between which final ones are chosen: those that a few seconds can bring, up to the limit."""
    speed, config = task.now.speed, task.config
    rise, fall, _ = config.rates[-1]
    low = (speed - REACH_SECONDS * fall).clamp(min=0.0)
    return low, torch.maximum(torch.minimum(task.limit, speed + REACH_SECONDS * rise), low + 1.0)


def _profiles(task: Task) -> tuple[Progress, Tensor]:
    """Towards each speed at each rate, the hardest stop, and changes of mind; and the speeds they end with."""
    config, end = task.config, float(task.times[-1])
    plans = [(share, share, end, *rate) for share in config.speeds for rate in config.rates]
    plans += [(first, 1.0 - first, wait, *config.rates[-1]) for first in (0.0, 1.0) for wait in config.waits]
    first, second, switch, *rates = (
        task.tensor(*column) for column in zip(*plans, (0.0, 0.0, end, 1.0, *config.hard_stop), strict=True)
    )
    shape = (len(task.limit), len(switch))
    now = (task.now.speed[:, None].expand(shape), task.now.acceleration[:, None].expand(shape))
    low, high = (value[:, None] for value in _reachable(task))
    wanted = [low + (high - low) * share for share in (first, second)]
    wanted = [torch.cat([value[:, :-1], torch.zeros_like(low)], 1) for value in wanted]
    rise, fall, jerk = (rate.expand(shape) for rate in rates)
    return approach_in_turn(now, (wanted[0], wanted[1]), switch, task.times, rise=rise, fall=fall, jerk=jerk), wanted[1]


def from_clothoids(task: Task) -> Source | None:
    config, start = task.config, task.start
    if not (config.turns and config.clothoid_speeds):
        return None
    wanted = task.limit[:, None] * task.tensor(*config.clothoid_speeds)
    rise, fall, jerk = (torch.full_like(wanted, value) for value in config.rates[-1])
    now = (start.speed[:, None].expand_as(wanted), start.acceleration[:, None].expand_as(wanted))
    progress = approach_speed(now, wanted, task.times, rise=rise, fall=fall, jerk=jerk)
    turn_in = (TURN_IN_SECONDS * start.speed).clamp(min=TURN_IN)[:, None, None, None]
    turns = task.tensor(*config.turns)[:, None]
    shaped = torch.broadcast_tensors(start.curvature[:, None, None, None], turns, turn_in, progress.s[:, :, None])
    x, y, turned, curvature = clothoid_and_arc(*shaped)
    slip = start.slip(config.wheelbase)[:, None, None, None]
    cos, sin = torch.cos(slip), torch.sin(slip)
    speeds = (value[:, :, None].expand_as(x) for value in (progress.speed, progress.acceleration))
    columns = (x * cos - y * sin, x * sin + y * cos, turned + slip, *speeds, curvature)
    motion = task.heading(Motion(*(column.flatten(1, 2) for column in columns)))
    return Source(
        torch.tensor(CLOTHOID, device=x.device),
        motion,
        wanted.repeat_interleave(len(config.turns), 1),
        task.tensor(math.nan),
    )


def from_shots(task: Task) -> Source | None:
    config, start = task.config, task.start
    if not (config.accelerations and config.steerings) or config.wheelbase == 0:
        return None
    dt = float(task.times[0])
    every = max(1, round(dt / SHOT_STEP))
    bicycle = Bicycle(wheelbase=config.wheelbase, dt=dt / every)
    pairs = [(acceleration, steering) for acceleration in config.accelerations for steering in config.steerings]
    push, steer = (task.tensor(*column) for column in zip(*pairs, strict=True))
    steering = steering_of(start.curvature, config.wheelbase)[:, None] + steer
    wishes = torch.stack([push.expand_as(steering), steering], -1)
    motion = shoot(bicycle, start, wishes, every * len(task.times))
    motion = Motion(*(column[..., every - 1 :: every] for column in motion))
    final = (start.speed[:, None] + push * float(task.times[-1])).clamp(min=0.0)
    return Source(torch.tensor(SHOOTING, device=push.device), motion, final, task.tensor(math.nan))
