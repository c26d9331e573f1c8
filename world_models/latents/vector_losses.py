"""What a vector latent is fitted to."""

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from world_models.experience import Windows
from world_models.latents.collapse import sigreg, vicreg
from world_models.latents.encoder import OCCUPANCY
from world_models.latents.room import masked_mean
from world_models.networks.road_stem import as_shares

if TYPE_CHECKING:
    from world_models.latents.vector import VectorRoom

PIXELS = 10.0
"""Weight of decoded images: most cells are easy."""
DECODED = 2
"""Future frames, where nothing is said of them."""
REGULARISERS = {"vicreg": vicreg, "sigreg": sigreg}


def vector_losses(room: "VectorRoom", windows: Windows) -> dict[str, Tensor]:
    """Weighted terms by name: prediction, regularisation, occupancy, reward, continuation, to_go."""
    config, real = room.config, windows.is_real
    frames = torch.cat([real[:, :1], real], 1)
    seen = encoded_frames(room, windows)
    foreseen = room.dynamics(seen[:, 0], room.actions(windows.actions).unsqueeze(1)).squeeze(1)
    wanted = seen[:, 1:].detach() if config.regulariser == "none" else seen[:, 1:]
    found = {"prediction": config.prediction * masked_mean((foreseen - wanted).square().mean(-1), real)}
    if config.regulariser != "none" and not room.is_frozen:
        found["regularisation"] = config.regularisation * REGULARISERS[config.regulariser](seen[frames])
    read = foreseen if config.live_heads else foreseen.detach()
    present = seen[:, :1] if config.live_heads else seen[:, :1].detach()
    found |= number_losses(room, read, windows)
    if room.foreseen:
        found["occupancy"] = PIXELS * image_loss(room, torch.cat([present, read], 1), windows, frames)
    return found


def encoded_frames(room: "VectorRoom", windows: Windows) -> Float[Tensor, "batch time size"]:
    """Latents of all frames, each seen by itself."""
    flat = {key: part.flatten(0, 1) for key, part in windows.observation.items()}
    return room.encoder(flat).unflatten(0, (len(windows), windows.frames))


def number_losses(
    room: "VectorRoom", foreseen: Float[Tensor, "batch step size"], windows: Windows
) -> dict[str, Float[Tensor, ""]]:
    """Rewards, whether it goes on, and what is left to pay where that is not known physics."""
    real = windows.is_real
    logit = room.goes_on(foreseen).squeeze(-1)
    ends = functional.binary_cross_entropy_with_logits(logit, 1.0 - windows.terminated.float(), reduction="none")
    found = {
        "reward": masked_mean(room.reward.off(foreseen, windows.rewards), real),
        "continuation": masked_mean(ends, real),
    }
    if room.ego is None:
        to_go = windows.to_go[:, 1:]
        counts = real & to_go.isfinite()
        off = room.to_go.off(foreseen, torch.where(counts, to_go, 0.0))
        found["to_go"] = masked_mean(off, counts)
    return found


def image_loss(
    room: "VectorRoom", latents: Float[Tensor, "batch time size"], windows: Windows, frames: Tensor
) -> Float[Tensor, ""]:
    """Cross-entropy of cells, of the present and of a few frames that come, the same ones of all windows."""
    later = 1 + torch.randperm(windows.frames - 1)[: room.config.decoded or DECODED].sort().values
    chosen = torch.cat([torch.zeros(1, dtype=torch.long), later]).to(latents.device)
    truth = as_shares(windows.observation[OCCUPANCY][:, chosen][:, :, room.foreseen], room.encoder.full)
    logits = room.images(latents[:, chosen])
    off = functional.binary_cross_entropy_with_logits(logits, room.images.shares(truth), reduction="none").mean(
        (-3, -2, -1)
    )
    return masked_mean(off, frames[:, chosen])
