"""How far along the path there is room, at each time, before whoever is foreseen on it.

Everybody's box covers a stretch of the path while it reaches into the ego's way. Who is still before that stretch
by the reference has to stay before it; who has passed it by then is not held back: that decision is the network's.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from agents.mpc_layer.network import Advice
from agents.mpc_layer.reference import Reference
from world_models.costs.route_line import RouteLine
from world_models.floors.straight_on import StraightOn

FAR = 1e3
"""Room where nobody is in the way [m]."""
HALF_LENGTH, HALF_WIDTH = 2.3, 0.95
"""Of the ego [m]."""


class Gaps(NamedTuple):
    """What is kept to others [m]."""

    ahead: float = 1.5
    aside: float = 0.3


@torch.no_grad()
def room(
    reference: Reference, poses: Float[Tensor, "batch actor time 3"], line: RouteLine, others: StraightOn, gaps: Gaps
) -> Float[Tensor, "batch time"]:
    """The furthest place for the ego's centre [m] along the path."""
    foot = line.locate(poses)
    length, width = others.sizes.unsqueeze(2).unbind(-1)
    cos, sin = torch.cos(foot.turn).abs(), torch.sin(foot.turn).abs()
    along, across = 0.5 * (length * cos + width * sin), 0.5 * (length * sin + width * cos)
    away = (foot.d - reference.d[:, None]).abs() - across - HALF_WIDTH
    near = foot.s - along - HALF_LENGTH - gaps.ahead
    blocks = (away < gaps.aside) & others.present[:, :, None] & (reference.s[:, None] < foot.s)
    # who follows is not in the way, however fast
    follows = (foot.s[..., 0] < reference.s[:, :1]) & (foot.d[..., 0].abs() < 2.5) & (foot.turn[..., 0].abs() < 0.6)
    return torch.where(blocks & ~follows[..., None], near, FAR).amin(1)


def room_of(advice: Advice, reference: Reference, gaps: Gaps) -> Float[Tensor, "batch time"]:
    """By what the network foresees."""
    return room(reference, advice.others, advice.view.line, advice.view.straight_on, gaps)
