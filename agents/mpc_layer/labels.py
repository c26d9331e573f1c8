"""What the reference is to be: the expert's progress and offsets, and which mode that is."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from agents.planning.futures import FutureBatch, Futures
from world_models.costs.route_line import RouteLine

SPREAD = 0.5
"""Distance between progress and an anchor at which another is as good as e^(-1/2) [m, root mean square]."""
ROUNDS = 30


class PathLabels(NamedTuple):
    """Of each sample."""

    s: Float[Tensor, "batch time"]
    d: Float[Tensor, "batch time"]
    known: Bool[Tensor, "batch time"]
    mode: Int64[Tensor, " batch"]
    """The nearest anchor."""
    shares: Float[Tensor, "batch mode"]
    """How right each mode is."""


def labels_of(
    batch: FutureBatch, line: RouteLine, anchors: Float[Tensor, "mode time"], coasting: Float[Tensor, "batch time"]
) -> PathLabels:
    """By where the expert really came.

    Args:
        batch: What happened.
        line: The path.
        anchors: Progress beyond that at the speed of now.
        coasting: That.
    """
    foot, known = line.locate(batch.expert), batch.expert_known
    away = (foot.s - coasting)[:, None] - anchors
    square = torch.where(known[:, None], away.square(), 0.0).sum(-1) / known.sum(1, keepdim=True).clamp(min=1)
    return PathLabels(foot.s, foot.d, known, square.argmin(1), torch.softmax(-0.5 * square / SPREAD**2, 1))


def find_anchors(futures: Futures, extent: tuple, *, modes: int, moments: Float[Tensor, " time"]) -> Tensor:
    """The centres [mode time] of clusters of how the expert's progress differs from that at the speed of now."""
    every = futures.take(np.arange(len(futures)), keys=("ego", "route"))
    ego = every.observation["ego"]
    s = RouteLine.of_observation(every.observation, extent).locate(every.expert).s
    beyond = (s - ego[:, :1].clamp(min=0.0) * moments)[every.expert_known.all(1)]
    if len(beyond) == 0:
        return torch.zeros(modes, len(moments))
    found = torch.from_numpy(clusters(beyond.double().numpy(), modes)).float()
    return found[found[:, -1].argsort()]


def clusters(points: Float64[np.ndarray, "point number"], count: int) -> Float64[np.ndarray, "cluster number"]:
    """Centres by Lloyd's algorithm, from points evenly apart by their last number; an empty cluster keeps its own."""
    order = np.argsort(points[:, -1], kind="stable")
    centres = points[order[np.linspace(0, len(points) - 1, count).round().astype(np.int64)]]
    for _ in range(ROUNDS):
        nearest = ((points[:, None] - centres) ** 2).sum(-1).argmin(1)
        centres = np.stack([points[nearest == k].mean(0) if (nearest == k).any() else centres[k] for k in range(count)])
    return centres
