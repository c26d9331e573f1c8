"""Fitting an encoder before all else, as one half of an autoencoder of what is seen."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from world_models.experience import Windows
from world_models.latents.encoder import OCCUPANCY, Encoder
from world_models.networks.coarse_decoder import CoarseDecoder
from world_models.networks.road_stem import as_shares

BATCH = 64
RATE = 2e-3


def pretrain(encoder: Encoder, windows: Windows, *, size: int, coarse: int, updates: int) -> float:
    """Fit `encoder` to what all channels and numbers of real frames can be told from; returns the last loss.

    Afterwards its numbers have mean 0 and spread 1, and it is frozen.

    Args:
        encoder: To be changed.
        windows: What was seen.
        size: Of the latent.
        coarse: Of `CoarseDecoder`.
        updates: Of the weights.
    """
    frames = torch.cat([windows.is_real[:, :1], windows.is_real], 1)
    seen = {key: part[frames] for key, part in windows.observation.items()}
    device = frames.device
    images = None
    if OCCUPANCY in seen and encoder.look is not None:
        images = CoarseDecoder(size, tuple(seen[OCCUPANCY].shape[1:]), coarse=coarse).to(device)
    numbers = nn.Linear(size, encoder.numbers.size).to(device) if encoder.numbers.size else None
    halves = nn.ModuleList(part for part in (encoder, images, numbers) if part is not None)
    encoder.requires_grad_(True)
    optimizer = torch.optim.Adam(halves.parameters(), lr=RATE)
    loss = torch.zeros(())
    for _ in range(updates):
        rows = torch.randint(int(frames.sum()), (BATCH,), device=device)
        some = {key: part[rows] for key, part in seen.items()}
        loss = _missed(encoder, images, numbers, some)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoder.requires_grad_(False)
    _normalise(encoder, seen)
    return loss.item()


def _missed(
    encoder: Encoder, images: CoarseDecoder | None, numbers: nn.Module | None, seen: dict[str, Tensor]
) -> Tensor:
    latent = encoder(seen)
    loss = torch.zeros((), device=latent.device)
    if images is not None:
        truth = images.shares(as_shares(seen[OCCUPANCY], encoder.full))
        loss = loss + 10.0 * functional.binary_cross_entropy_with_logits(images(latent), truth)
    if numbers is not None:
        loss = loss + functional.mse_loss(numbers(latent), encoder.numbers(seen))
    return loss


@torch.no_grad()
def _normalise(encoder: Encoder, seen: dict[str, Tensor]) -> None:
    """Fold into the last layer what makes every number of the latent vary by 1 about 0."""
    latent = torch.cat([encoder({key: part[rows] for key, part in seen.items()}) for rows in _blocks(seen)])
    mean, spread = latent.mean(0), latent.std(0, correction=0).clamp(min=1e-3)
    encoder.join.weight.div_(spread[:, None])
    encoder.join.bias.sub_(mean).div_(spread)


def _blocks(seen: dict[str, Tensor]) -> list[slice]:
    total = len(next(iter(seen.values())))
    return [slice(first, first + 256) for first in range(0, total, 256)]
