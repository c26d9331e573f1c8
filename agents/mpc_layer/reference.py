"""Where to be when, before it is asked whether that can be driven: progress along the path and offsets from it."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from agents.mpc_layer.network import Advice
from agents.planning.plan_space import PlanSpace
from world_models.bicycle import STEERING
from world_models.trajectories.limits import curvature_of, slip_of
from world_models.trajectories.reference_path import ReferencePath

LEAN = 0.5
"""Steepest that offsets are approached [rad, about]."""


class Reference(NamedTuple):
    """At dt, 2 dt, ... in the ego frame of now."""

    s: Float[Tensor, "batch time"]
    """Along the path [m]."""
    d: Float[Tensor, "batch time"]
    """To the left of it [m]."""
    x: Float[Tensor, "batch time"]
    y: Float[Tensor, "batch time"]
    course: Float[Tensor, "batch time"]
    """The way it goes; not wrapped [rad]."""
    curvature: Float[Tensor, "batch time"]
    """Of the path there [1/m]."""
    now: Float[Tensor, " batch"]
    """The path's heading beside the ego [rad]."""


def reference_of(path: ReferencePath, s: Float[Tensor, "batch time"], d: Float[Tensor, "batch time"]) -> Reference:
    """Along a path, beside it."""
    there = path.at(s)
    sin, cos = torch.sin(there.heading), torch.cos(there.heading)
    before_s = torch.cat([torch.zeros_like(s[:, :1]), s[:, :-1]], 1)
    before_d = torch.cat([path.offset[:, None], d[:, :-1]], 1)
    # who stands goes nowhere aside
    slope = ((d - before_d) / (s - before_s).clamp(min=1.0)).clamp(-LEAN, LEAN)
    return Reference(
        s, d, there.x - d * sin, there.y + d * cos, there.heading + slope, there.curvature, -path.heading_error
    )


def kept_within(s: Float[Tensor, "batch time"], room: Float[Tensor, "batch time"]) -> Float[Tensor, "batch time"]:
    """Progress that never is where there is no room, nor will have to come back from there.

    What a vehicle is told to be at the same time as another cannot be followed: it lags behind, and seen from a
    reference that has gone round a bend already, the way to it leads across the corner.
    """
    within = torch.minimum(s, room.clamp(min=0.0))
    return within.flip(1).cummin(1).values.flip(1)


def chosen(advice: Advice, mode: Int64[Tensor, " batch"]) -> tuple[Tensor, Tensor]:
    """Progress and offsets [batch time] of one mode a row."""
    rows = torch.arange(len(mode), device=mode.device)
    return advice.progress[rows, mode], advice.offsets[rows, mode]


@torch.no_grad()
def decide(advice: Advice, boldness: float) -> Int64[Tensor, " batch"]:
    """The mode whose progress is nearest to that of all, each as much as it is likely.

    Too little progress costs `boldness` a metre, too much 1 - `boldness`. The likeliest mode alone would often be to
    wait: there is one way to stand, while driving on is shared out among many.
    """
    likely = torch.softmax(advice.logits, 1)
    lacking = advice.progress[:, None] - advice.progress[:, :, None]
    loss = (boldness * lacking.clamp(min=0.0) + (1.0 - boldness) * (-lacking).clamp(min=0.0)).sum(-1)
    return (loss @ likely[:, :, None])[..., 0].argmin(1)


@torch.no_grad()
def made_drivable(reference: Reference, space: PlanSpace) -> Float[Tensor, "batch time 7"]:
    """The reference as nearly as the vehicle's limits allow, with columns as in a `TrajectorySet`."""
    heading = reference.course - slip_of(reference.curvature, space.bicycle.wheelbase)
    poses = torch.stack([reference.x, reference.y, heading], -1)[:, None]
    motions = space.drive(space.invert(poses))[:, 0]
    curvature = curvature_of(motions[..., STEERING], space.bicycle.wheelbase)
    times = space.bicycle.dt * torch.arange(1, motions.shape[1] + 1).to(curvature)
    return torch.cat([motions[..., :STEERING], torch.stack([curvature, times.expand_as(curvature)], -1)], -1)
