"""What a latent on the ground is fitted to: who came to be where, step by step, under the actions that were done."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from world_models.experience import Windows
from world_models.labels import occupancy_labels
from world_models.latents.room import masked_mean

if TYPE_CHECKING:
    from world_models.latents.ground import GroundRoom

DECODED = 3
"""Steps of an update, where nothing is said of them."""
ENTROPY = 0.1
"""Weight of cross entropy, for each occupied cell: cells that are rarely full count no less."""
OVERLAP = 1.0
"""Of soft intersection over union: against cross entropy alone it makes forecasts sharper."""


def ground_losses(room: "GroundRoom", windows: Windows) -> dict[str, Tensor]:
    """Weighted terms by name: entropy and overlap of the first frame's forecast of those that follow.

    While learning, of some steps that are drawn: images are what costs.
    """
    horizon = min(windows.frames - 1, room.config.horizon)
    steps = torch.arange(horizon)
    if room.training:
        steps = torch.randperm(horizon)[: room.config.decoded or DECODED].sort().values
    steps = steps.to(windows.is_real.device)
    observation = {key: part[:, 0] for key, part in windows.observation.items()}
    parts = room.foresee(observation, horizon, steps)
    truth = occupancy_labels(windows, room.spec)[:, steps].float()
    ego = room.ego.rollout(observation["ego"], windows.actions[:, None, :horizon])
    logits = room.under(parts, ego, steps)
    real = windows.is_real[:, steps]
    off = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none").sum((-3, -2, -1))
    full = (truth.sum((-3, -2, -1)) * real).sum().clamp(min=1.0)
    chance = torch.sigmoid(logits)
    both = (chance * truth).sum((-2, -1))
    overlap = both / (chance.sum((-2, -1)) + truth.sum((-2, -1)) - both).clamp(min=1e-4)
    counts = real[:, :, None] & (truth.amax((-2, -1)) > 0)
    return {
        "entropy": ENTROPY * (off * real).sum() / full,
        "overlap": OVERLAP * masked_mean(1.0 - overlap, counts),
    }
