"""Costs to go over a whole map, by value iteration that runs until nothing changes, with an exact gradient.

V(x) = min_a [price(a, x) + sum_d gate(x, a, d) V(x + d)]

Bellman (1957); as a layer: Tamar et al., *Value Iteration Networks* (2016). Where V has settled each cell follows one
action, so that the derivative of V by the prices is how often that policy comes by: a flow along the gates, which needs
no rounds stored (an implicit layer, Bai, Kolter and Koltun, *Deep Equilibrium Models*, 2019).
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from world_models.latents import sweeps

CLOSE = 1e-3
"""Changes below this are none."""
SWEEPS = 400
"""At most; ways that are sure take a few dozen, and few maps are so wide that a way turns more often."""


class _Settled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, price: Tensor, gates: Tensor, shape: tuple[int, int], far: float) -> Tensor:
        prices, leads = (part.detach().cpu().contiguous().numpy() for part in (price, gates))
        value = np.empty((len(prices), prices.shape[2]), prices.dtype)
        chosen = np.empty(value.shape, np.int64)
        sweeps.settle(prices, leads, *shape, far, SWEEPS, CLOSE, value, chosen)
        ctx.leads, ctx.chosen, ctx.shape = leads, chosen, shape
        return torch.from_numpy(value).to(price.device)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        given = gradients[0].detach().cpu().contiguous().numpy()
        found = np.empty_like(given)
        sweeps.flow(ctx.leads, ctx.chosen, *ctx.shape, SWEEPS, CLOSE, given, found)
        chosen, flow = torch.from_numpy(ctx.chosen), torch.from_numpy(found)
        price = torch.zeros(len(flow), ctx.leads.shape[2], flow.shape[1], dtype=flow.dtype)
        price.scatter_(1, chosen.clamp(min=0)[:, None], torch.where(chosen >= 0, flow, 0.0)[:, None])
        return price.to(gradients[0].device), None, None, None


def settled(
    price: Float[Tensor, "batch action cell"],
    gates: Float[Tensor, "batch cell action 9"],
    shape: tuple[int, int],
    *,
    far: float,
) -> Float[Tensor, "batch cell"]:
    """Costs to go, at most `far`; no gradient reaches the gates. Computed on the CPU, wherever the tensors are.

    Args:
        price: Of an action at a cell, >= 0.
        gates: Probability that an action leads a way, and that it goes on from there; 0 beyond the border.
        shape: (rows, cols) of the map.
        far: What is to be paid where there is no way.
    """
    return _Settled.apply(price, gates.detach(), shape, far)  # type: ignore[return-value]
