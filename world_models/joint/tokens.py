"""Everybody in the scene as numbers that do not depend on from where the scene is looked at.

Each body is described in its own frame, and every two by the pose of one in the frame of the other, as in Zhou et al.,
*Query-Centric Trajectory Prediction* (CVPR 2023): turning, shifting or reordering the scene changes no number.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

FEATURES = 9
"""Of one actor in the observation, see `envs.kernels.road_features.ACTOR_FEATURES`."""
EGO_SIZE = (4.8, 2.0)
"""Length and width of controlled vehicles [m]."""
OWN_NUMBERS, PAIR_NUMBERS, PLAN_NUMBERS = 9, 11, 11


@dataclass(frozen=True)
class Everybody:
    """Who is there now: the ego first, then the others in the order of the observation."""

    poses: Float[Tensor, "batch body 3"]
    """x, y [m] and heading, all in one frame."""
    speeds: Float[Tensor, "batch body"]
    sizes: Float[Tensor, "batch body 2"]
    are_pedestrians: Bool[Tensor, "batch body"]
    mask: Bool[Tensor, "batch body"]
    """The others may be absent; the ego is always there."""
    own: Float[Tensor, "batch body 9"]
    """What is known of each by itself, about unit size."""


def read_everybody(observation: Mapping[str, Tensor]) -> Everybody:
    """From the keys `ego`, `actors` and `actors_mask` of a road environment's observation, in the ego's frame.

    Raises:
        ValueError: actors that are not `FEATURES` numbers each.
    """
    ego, mask = observation["ego"], observation["actors_mask"] > 0.5
    batch, count = mask.shape
    if observation["actors"].shape[1:].numel() != count * FEATURES:
        raise ValueError(
            f"Observation 'actors': expected {count} x {FEATURES} numbers, got {list(observation['actors'].shape[1:])}."
        )
    actors = observation["actors"].view(batch, count, FEATURES)
    heading = torch.atan2(actors[..., 3], actors[..., 2])
    speed = torch.linalg.vector_norm(actors[..., 4:6], dim=-1)
    poses = functional.pad(torch.cat([actors[..., :2], heading[..., None]], -1), (0, 0, 1, 0))
    sizes = torch.cat([ego.new_tensor(EGO_SIZE).expand(batch, 1, 2), actors[..., 6:8]], 1)
    speeds = torch.cat([ego[:, :1].clamp(min=0.0), speed], 1)
    pedestrian = functional.pad(actors[..., 8] > 0.5, (1, 0))
    own = torch.stack(
        [
            speeds / 10.0,
            sizes[..., 0] / 5.0,
            sizes[..., 1] / 2.0,
            pedestrian.float(),
            *_of_the_ego(ego, count),
            (ego[:, 6:7] / 15.0).expand(-1, count + 1),  # the limit where the ego is
        ],
        -1,
    )
    return Everybody(poses, speeds, sizes, pedestrian, functional.pad(mask, (1, 0), value=True), own)


def _of_the_ego(ego: Float[Tensor, "batch number"], count: int) -> list[Float[Tensor, "batch body"]]:
    """What only the ego knows of itself; 0 for the others."""
    one = torch.ones_like(ego[:, 0])
    known = (one, ego[:, 1] / 4.0, ego[:, 2] / 0.5, ego[:, 8] / 50.0)
    return [functional.pad(number[:, None], (0, count)) for number in known]


def relative(
    poses: Float[Tensor, "*#batch 3"], seen_from: Float[Tensor, "*#batch 3"]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(ahead, left [m], cosine and sine of the heading) of poses in the frame of others; broadcast."""
    dx, dy = poses[..., 0] - seen_from[..., 0], poses[..., 1] - seen_from[..., 1]
    cos, sin = torch.cos(seen_from[..., 2]), torch.sin(seen_from[..., 2])
    turn = poses[..., 2] - seen_from[..., 2]
    return dx * cos + dy * sin, dy * cos - dx * sin, torch.cos(turn), torch.sin(turn)


def pair_numbers(seen: Everybody) -> Float[Tensor, "batch body body 11"]:
    """Of body j in the frame of body i, at [batch i j]: where it is, where it looks, and how it moves."""
    x, y, cos, sin = relative(seen.poses[:, None], seen.poses[:, :, None])
    away = torch.sqrt(x * x + y * y + 1e-4)
    own, other = seen.speeds[:, :, None], seen.speeds[:, None]
    closing = (x * (other * cos - own) + y * (other * sin)) / away
    numbers = (
        *(x / 30.0, y / 30.0, cos, sin, torch.log1p(away) / 3.0, torch.exp(-away / 8.0)),
        *((other * cos - own) / 10.0, other * sin / 10.0, closing / 10.0),
        *(torch.exp(-torch.abs(y) / 2.0) * (x > 0), (x / 10.0).clamp(-3.0, 3.0)),  # in my lane, ahead
    )
    return torch.stack([number.expand_as(x) for number in numbers], -1)


def plan_numbers(
    seen: Everybody, motions: Float[Tensor, "batch candidate time 6"], seconds: Float[Tensor, " time"]
) -> Float[Tensor, "batch candidate time actor 11"]:
    """Of the ego on its plan, in the frame of each of the others now, and where these would be by then."""
    x, y, cos, sin = relative(motions[..., None, :3], seen.poses[:, None, None, 1:])
    own = seen.speeds[:, None, None, 1:]
    ahead = x - own * seconds[:, None]
    speed = motions[..., 3, None]
    away = torch.sqrt(ahead * ahead + y * y + 1e-4)
    from_now = torch.sqrt(x * x + y * y + 1e-4)
    numbers = (
        *(x / 30.0, y / 30.0, cos, sin, (speed * cos - own) / 10.0, speed * sin / 10.0),
        *((ahead / 10.0).clamp(-5.0, 5.0), (y / 5.0).clamp(-5.0, 5.0)),
        *(torch.exp(-away / 5.0), torch.exp(-from_now / 8.0), speed.expand_as(x) / 10.0),
    )
    return torch.stack(numbers, -1)
