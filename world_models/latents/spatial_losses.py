"""What a spatial latent is fitted to.

Where the agent is can be seen at every frame, so the probability of a path under the foreseen belief is a product of
one-step probabilities, and its logarithm is learned step by step at the cells that were visited. Costs to go are
fitted through value iteration, by prices alone: what moves do is for what happened to say.
"""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from world_models.experience import Windows
from world_models.latents.map_reader import at_cells
from world_models.latents.neighbours import WAYS
from world_models.latents.room import masked_mean

if TYPE_CHECKING:
    from world_models.latents.spatial import SpatialRoom

SCALE = 10.0
"""Rewards are learned in tenths."""
LEAST = 1e-6
"""Probabilities below this cost no more."""
TO_GO = 0.1
"""Weight of costs to go: their gradients are sums over whole ways."""
MAPS = 16
"""Windows of a batch whose costs to go are looked at: those take as long as all else."""


def spatial_losses(room: "SpatialRoom", windows: Windows) -> dict[str, Tensor]:
    """Terms by name: cell, continuation, reward, occupancy, to_go."""
    occupancy, real = windows.observation["occupancy"], windows.is_real
    features = room.reader.features(room.still(occupancy[:, 0]))
    cells = occupancy[:, :, room.agent].flatten(2).to(torch.uint8).argmax(-1)
    found = step_losses(room, features, cells, windows)
    found["occupancy"] = still_loss(room, features, occupancy, real)
    found["to_go"] = to_go_loss(room, features, cells, windows)
    return found


def step_losses(
    room: "SpatialRoom",
    features: Float[Tensor, "batch cell feature"],
    cells: Int64[Tensor, "batch time"],
    windows: Windows,
) -> dict[str, Float[Tensor, ""]]:
    """Of every step that was made, from the cell that it was made in."""
    way, leads = ways_between(cells[:, :-1], cells[:, 1:], room.cols)
    real = windows.is_real & leads
    read = room.reader(at_cells(features, cells[:, :-1]), at_cells(room.is_inside, cells[:, :-1]))
    log_way, ends, reward = (_taken(part, windows.actions, way) for part in read)
    ended = functional.binary_cross_entropy_with_logits(ends, windows.terminated.float(), reduction="none")
    return {
        "cell": -masked_mean(log_way.clamp(min=-1.0 / LEAST), real),
        "continuation": masked_mean(ended, real),
        "reward": masked_mean(functional.smooth_l1_loss(reward, SCALE * windows.rewards, reduction="none"), real),
    }


def _taken(part: Tensor, actions: Int64[Tensor, "batch step"], way: Int64[Tensor, "batch step"]) -> Tensor:
    """[batch step] of [batch step action 9]."""
    return (
        part.gather(2, actions[..., None, None].expand(-1, -1, 1, WAYS))
        .squeeze(2)
        .gather(2, way.unsqueeze(2))
        .squeeze(2)
    )


def ways_between(
    before: Int64[Tensor, "*batch"], after: Int64[Tensor, "*batch"], cols: int
) -> tuple[Int64[Tensor, "*batch"], Bool[Tensor, "*batch"]]:
    """Which of the nine ways leads from cell to cell, and whether one does."""
    down, right = after // cols - before // cols, after % cols - before % cols
    leads = (down.abs() <= 1) & (right.abs() <= 1)
    return torch.where(leads, (down + 1) * 3 + right + 1, WAYS // 2), leads


def to_go_loss(
    room: "SpatialRoom",
    features: Float[Tensor, "batch cell feature"],
    cells: Int64[Tensor, "batch time"],
    windows: Windows,
) -> Float[Tensor, ""]:
    """Of some windows, at the frames from which an episode went on, where there is a way."""
    goes_on = torch.cat([windows.is_real[:, :1], windows.is_real & ~windows.terminated], 1)
    counts = goes_on & windows.to_go.isfinite()
    rows = torch.nonzero(counts.any(1)).squeeze(1)[:MAPS]
    if not len(rows):
        return features.sum() * 0.0
    features, counts = features[rows], counts[rows]
    with torch.no_grad():
        gates, _ = room.gates(room.reader(features, room.is_inside))
    field = room.to_go(features, gates)
    wanted = torch.where(counts, windows.to_go[rows], 0.0)
    off = functional.smooth_l1_loss(field.gather(1, cells[rows]), wanted, reduction="none")
    return TO_GO * masked_mean(off, counts)


def still_loss(
    room: "SpatialRoom", features: Float[Tensor, "batch cell feature"], occupancy: Tensor, real: Tensor
) -> Float[Tensor, ""]:
    """Of all frames at once: what does not stand still is foreseen at its mean."""
    frames = torch.cat([real[:, :1], real], 1).float()[..., None, None, None]
    usual = (room.still(occupancy) * frames).sum(1) / frames.sum(1).clamp(min=1.0)
    logits = room.reader.still(features).mT
    off = functional.binary_cross_entropy_with_logits(logits, usual.flatten(2), reduction="none").mean((1, 2))
    return masked_mean(off, real[:, 0])
