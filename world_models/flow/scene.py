"""What an observation says of the others, as planes of an image: what is seen, and where straight motion would lead."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from envs.driving.config import STATIC_CHANNELS
from envs.driving.future import FUTURE_CHANNELS
from world_models.boxes import Canvas
from world_models.floors.straight_on import StraightOn
from world_models.networks.road_stem import as_shares

VEHICLES, PEDESTRIANS = (STATIC_CHANNELS.index(name) for name in FUTURE_CHANNELS)
"""Channels of the occupancy that is seen."""
FAST = 10.0
"""A speed that counts as 1 [m/s]."""
FINER = 3
"""Times finer are the cells in which the present is drawn; odd, so that they have centres in common."""
MARGIN = 32
"""Cells beyond the window in which the present is drawn."""
GROWN = 4.0
"""By how much boxes are larger round which their motion is everything's [m]."""
OF_STEP = 4
"""Planes that show one step of the straight motion."""


class Planes(NamedTuple):
    """Images [batch ... row col] around the ego."""

    seen: Float[Tensor, "batch channel row col"]
    """Everything that the network is shown."""
    now: Float[Tensor, "batch 2 row2 col2"]
    """Occupied by vehicles, by pedestrians. Where the others are listed, in finer cells, so that what is carried along
    by less than a cell keeps its edges, and as far as `margin` beyond the window: who comes into view is known."""
    margin: float
    """[m]"""
    ways: Float[Tensor, "batch time mode 2 row col"] | None
    """How far who would be in a cell had come [m] if everybody went straight on, at a share of the speed that falls
    from 1 in the first mode to 0 in the last; 0 far from everybody. None where the others are not listed."""
    flow: Float[Tensor, "batch time 2 row col"] | None
    """How fast who would be there goes [m/s], in the first mode."""


def planes_of(observation: dict[str, Tensor], canvas: Canvas, *, dt: float, horizon: int, modes: int) -> Planes:
    """Planes of an observation; the list of actors counts where it is shown.

    What is seen is the occupancy and, of straight motion at dt, 2 dt, ... `horizon` dt: who would be where, and how
    fast ahead and to the left.
    """
    occupancy = as_shares(observation["occupancy"])
    if "actors" not in observation:
        return Planes(occupancy, occupancy[:, [VEHICLES, PEDESTRIANS]], 0.0, None, None)
    steps = {"dt": dt, "horizon": horizon}
    others = StraightOn.of_observation(observation, **steps)
    standing = StraightOn.of_observation(observation, dt=0.0, horizon=1)
    now = standing.occupancy(canvas.wider(MARGIN * canvas.resolution).finer(FINER))[:, 0]
    owner = others.owners(canvas, others.present)
    flow = others.of_owners(owner, others.velocities)
    walks = others.of_owners(owner, others.are_pedestrians[..., None].float())
    straight = torch.cat([(owner >= 0)[:, :, None].float() - walks, walks, flow / FAST], 2)
    times = dt * torch.arange(1, horizon + 1, device=flow.device)[:, None, None, None]
    around = standing.owners(canvas, standing.present, grown=GROWN)
    ways = [_round(others, owner, around, canvas) * times]
    for mode in range(1, modes - 1):
        slow = StraightOn.of_observation(observation, **steps, share=1.0 - mode / (modes - 1))
        ways.append(_round(slow, slow.owners(canvas, slow.present), around, canvas) * times)
    ways += [torch.zeros_like(flow)] * (modes > 1)
    seen = torch.cat([occupancy, straight.flatten(1, 2)], 1)
    return Planes(seen, now, MARGIN * canvas.resolution, torch.stack(ways, 2), flow)


def num_planes(channels: int, *, horizon: int, lists_actors: bool) -> int:
    """Of `Planes.seen`, for an occupancy of so many channels."""
    return channels + (OF_STEP * horizon if lists_actors else 0)


def _round(
    others: StraightOn,
    owner: Int64[Tensor, "batch time row col"],
    around: Int64[Tensor, "batch 1 row col"],
    canvas: Canvas,
) -> Float[Tensor, "batch time 2 row col"]:
    """Velocities where boxes are, near them, and near where they are now [m/s].

    Near a box its own emptiness moves with it; and where somebody is now that goes on is what comes from behind it.
    """
    near = others.owners(canvas, others.present, grown=GROWN)
    nearest = torch.where(owner >= 0, owner, torch.where(near >= 0, near, around))
    return others.of_owners(nearest, others.velocities)
