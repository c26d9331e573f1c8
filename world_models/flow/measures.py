"""How good a flow is: its error where something moves, and the occupancy that it can account for."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.flow.warp import trace


def end_point_error(
    flow: Float[Tensor, "*batch 2 row col"], truth: Float[Tensor, "*batch 2 row col"]
) -> Float[Tensor, "*batch"]:
    """Mean length of the difference [m/s] over the cells whose true flow is not 0; nan where there are none."""
    moves = (truth != 0.0).any(-3)
    error = torch.where(moves, (flow - truth).norm(dim=-3), 0.0)
    return error.sum((-2, -1)) / moves.sum((-2, -1))


def flow_grounded(
    occupancy: Float[Tensor, "*batch horizon channel row col"],
    flow: Float[Tensor, "*batch horizon 2 row col"],
    now: Float[Tensor, "*batch channel row col"] | Bool[Tensor, "*batch channel row col"],
    *,
    resolution: float,
    dt: float,
) -> Float[Tensor, "*batch horizon channel row col"]:
    """The part of an occupancy that the flow traces back to what is occupied now.

    Occupancy times the present traced forward, as Mahjourian et al., *Occupancy flow fields* (2022), section IV: judge
    it as any occupancy. What came into view later has no place now and is not accounted for.
    """
    return occupancy * trace(now.to(occupancy.dtype), flow, resolution, dt)
