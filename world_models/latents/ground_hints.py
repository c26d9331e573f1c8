"""What the list of actors says of the ground: who is how fast where, and where straight motion would lead."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from world_models.boxes import Canvas
from world_models.floors.straight_on import StraightOn
from world_models.networks.road_stem import as_shares

SHARES = (1.0, 0.5)
"""Of the speed, at which everybody goes on."""
MOVES = 2
"""Planes that show a velocity."""
KINDS = 2
"""Vehicles and pedestrians."""
ON = KINDS * (len(SHARES) + 1)
"""Planes that show who is where: at each share of the speed, and now."""
FAST = 10.0
"""A speed that counts as 1 [m/s]."""


class Hints(NamedTuple):
    """Images [batch ... row col] round the ego, in the frame of now."""

    seen: Float[Tensor, "batch plane row col"]
    """The occupancy, and how fast who is there goes ahead and to the left."""
    straight: Float[Tensor, "batch time plane row col"]
    """At each step: `ON` planes of who would be where, and how fast at the first share."""


def hints_of(observation: dict[str, Tensor], canvas: Canvas, *, kinds: list[int], dt: float, horizon: int) -> Hints:
    """Of an observation; without a list of actors nobody moves.

    Args:
        observation: `occupancy`, and perhaps `actors` with their mask.
        canvas: Of the occupancy.
        kinds: Channels of vehicles and of pedestrians.
        dt: Length of a step [s].
        horizon: Steps.
    """
    occupancy = as_shares(observation["occupancy"])
    now = occupancy[:, None, kinds].expand(-1, horizon, -1, -1, -1)
    if "actors" not in observation:
        still = torch.zeros_like(now)
        return Hints(torch.cat([occupancy, still[:, 0]], 1), torch.cat([now] * (len(SHARES) + 1) + [still], 2))
    standing = StraightOn.of_observation(observation, dt=0.0, horizon=1)
    moves = standing.of_owners(standing.owners(canvas, standing.present), standing.velocities)[:, 0] / FAST
    straight = [StraightOn.of_observation(observation, dt=dt, horizon=horizon, share=share) for share in SHARES]
    owners = [others.owners(canvas, others.present) for others in straight]
    planes = [_by_kind(others, owner) for others, owner in zip(straight, owners, strict=True)]
    flow = straight[0].of_owners(owners[0], straight[0].velocities) / FAST
    return Hints(torch.cat([occupancy, moves], 1), torch.cat([*planes, now, flow], 2))


def _by_kind(
    others: StraightOn, owner: Int64[Tensor, "batch time row col"]
) -> Float[Tensor, "batch time kind row col"]:
    """1 where vehicles, and where pedestrians are; `StraightOn.occupancy`, drawn once for both."""
    walks = others.of_owners(owner, others.are_pedestrians[..., None].float())
    return torch.cat([(owner >= 0)[:, :, None].float() - walks, walks], 2)
