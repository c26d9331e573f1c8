"""How well each sample of each actor suits it: learned, and the same for whoever is looked at."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from agents.social.actor_samples import ActorSamples
from world_models.costs.footprint import Footprint
from world_models.costs.occupancy_lookup import look_up

REPEATED = 30.0
"""Cost of a sample that is there twice."""
BODY = Footprint(kind="circles")
"""Where maps are read along a sample: at its rear, its middle and its front."""
NOTHING_FORESEEN = -4.0
"""Logit of occupancy beyond the map."""
MAPS = ("drivable", "lane_boundary", "route", "stop", "crosswalk")
"""What of the view is read."""
PLAIN = 16
"""Numbers that describe a sample and its actor without any map."""


@dataclass(frozen=True)
class Surroundings:
    """The maps that samples are read in, in the ego frame of now."""

    maps: Float[Tensor, "batch map row col"]
    """What is there now, in 0..1: of `MAPS`."""
    foreseen: Float[Tensor, "batch time 2 row col"]
    """Logits of vehicles and of pedestrians at the times of the samples."""
    extent: tuple[float, float, float, float]
    """As of a `CostVolume`."""
    resolution: float


class Goodness(nn.Module):
    """Costs of samples, from the actor's state, the sample, and the maps read along it.

    One function for all actors: another order of them gives the same costs in that order.

    Args:
        times: Poses of a sample.
        width: Of the hidden layers.
    """

    def __init__(self, *, times: int, width: int = 64) -> None:
        super().__init__()
        along = times * len(BODY.offsets) * len(MAPS) + times
        self.layers = nn.Sequential(
            nn.Linear(PLAIN + along, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
        )

    def forward(self, samples: ActorSamples, surroundings: Surroundings) -> Float[Tensor, "batch actors sample"]:
        """Costs; low is likely."""
        points = BODY.points(samples.poses.movedim(3, 1))
        along = _maps_along(points, surroundings)
        read = torch.cat([_plain(samples), along, _foreseen(points, samples, surroundings)], -1)
        costs = self.layers(read).squeeze(-1)
        return torch.where(samples.repeats, REPEATED, costs)


def _plain(samples: ActorSamples) -> Float[Tensor, "batch actors sample number"]:
    """The actor and what it would do, in units of about 1."""
    seen, controls, speeds = samples.seen[:, :, None], samples.controls, samples.speeds
    speed = torch.hypot(seen[..., 4], seen[..., 5])
    lateral = controls[..., 1:] * speed[..., None].square()
    actor = torch.cat([seen[..., 0:2] / 20.0, seen[..., 2:4], seen[..., 6:9] / 5.0, speed[..., None] / 10.0], -1)
    actor = torch.cat([actor, (speed < 0.3)[..., None].to(actor.dtype)], -1)
    own = torch.cat([controls[..., :1] / 2.0, 10.0 * controls[..., 1:], lateral / 2.0, speeds[..., -1:] / 10.0], -1)
    own = torch.cat([own, (speeds[..., -1:] < 0.3).to(own.dtype)], -1)
    return torch.cat([actor.expand(-1, -1, own.shape[2], -1), own], -1)


def _maps_along(
    points: Float[Tensor, "batch time actors sample point 2"], surroundings: Surroundings
) -> Float[Tensor, "batch actors sample number"]:
    """What lies under the sample's rear, middle and front at each of its poses; 0 off the map."""
    found = look_up(surroundings.maps, points.flatten(1, 4), surroundings.extent)
    return found.unflatten(2, points.shape[1:-1]).permute(0, 3, 4, 1, 2, 5).flatten(3)


def _foreseen(
    points: Float[Tensor, "batch time actors sample point 2"], samples: ActorSamples, surroundings: Surroundings
) -> Float[Tensor, "batch actors sample time"]:
    """Logits of somebody of the same kind at each of the sample's poses at its time, in units of 4."""
    # what lies above that of nothing, so that beyond the map there is 0 of it
    above = surroundings.foreseen.flatten(0, 1) - NOTHING_FORESEEN
    found = look_up(above, points.flatten(0, 1).flatten(1, 3), surroundings.extent)
    found = found.unflatten(2, points.shape[2:-1]).mean(-1).unflatten(0, points.shape[:2]) + NOTHING_FORESEEN
    vehicles, pedestrians = found.permute(2, 0, 3, 4, 1)
    return torch.where(samples.is_pedestrian[..., None, None], pedestrians, vehicles).clamp(-12.0, 12.0) / 4.0
