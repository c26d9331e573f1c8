"""The networks of a latent that lies on the ground: patches of cells that look at their neighbours, step by step."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from world_models.latents.ground_hints import KINDS, MOVES, ON
from world_models.networks.road_stem import PATCH, Patches

RARE = -5.0
"""Logit to begin with: most cells are empty."""
TRUST = 7.0
"""What straight motion adds to it where it leads, to begin with."""


class GroundEncoder(nn.Module):
    """What is seen, as features of patches that know their surroundings.

    Args:
        channels: Of the occupancy.
        numbers: About the ego and its route.
        width: Features of a patch.
    """

    def __init__(self, channels: int, numbers: int, *, width: int) -> None:
        super().__init__()
        self.read = Patches(channels + MOVES, width, PATCH)
        self.about = nn.Sequential(nn.Linear(numbers, 64), nn.GELU(), nn.Linear(64, 2 * width))
        self.among = nn.ModuleList(nn.Conv2d(width, width, 3, padding=k, dilation=k) for k in (1, 2, 4))
        self.spread = nn.Linear(2 * width, width)

    def forward(
        self, seen: Float[Tensor, "batch plane row col"], numbers: Float[Tensor, "batch number"]
    ) -> Float[Tensor, "batch feature row2 col2"]:
        """The latent of now."""
        scale, shift = self.about(numbers)[..., None, None].chunk(2, 1)
        found = functional.gelu(self.read(seen).movedim(-1, 1) * (1.0 + scale) + shift)
        for layer in self.among:
            found = found + functional.gelu(layer(found))
        whole = torch.cat([found.mean((2, 3)), found.amax((2, 3))], 1)
        return found + functional.gelu(self.spread(whole)[..., None, None])


class GroundStep(nn.Module):
    """z' = z + f(z, what straight motion would show then), the same f at every step: two convolutions.

    Args:
        width: Features of a patch.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hint = Patches(ON + MOVES, width, PATCH)
        self.norm = nn.GroupNorm(1, width)
        self.look = nn.Conv2d(width, width, 3, padding=1)
        self.move = nn.Conv2d(width, width, 3, padding=1)

    def forward(
        self, latent: Float[Tensor, "batch feature row2 col2"], straight: Float[Tensor, "batch time plane row col"]
    ) -> Float[Tensor, "batch time feature row2 col2"]:
        """After each step."""
        hints = self.hint(straight.flatten(0, 1)).movedim(-1, 1).unflatten(0, straight.shape[:2])
        steps = []
        for hint in hints.unbind(1):
            latent = latent + self.move(functional.gelu(self.look(self.norm(latent)) + hint))
            steps.append(latent)
        return torch.stack(steps, 1)


class GroundDecoder(nn.Module):
    """Logits of cells: of each patch what it says itself, and how far it trusts each way of going straight on.

    Args:
        width: Features of a patch.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Conv2d(width, 2 * width, 1)
        self.write = nn.Conv2d(2 * width, KINDS * PATCH**2, 1)
        self.trust = nn.Conv2d(2 * width, ON, 1)
        for layer in (self.write, self.trust):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.write.bias.fill_(RARE)  # type: ignore[union-attr]
            self.trust.bias[:KINDS].fill_(TRUST)  # type: ignore[index]

    def forward(
        self,
        latents: Float[Tensor, "batch time feature row2 col2"],
        straight: Float[Tensor, "batch time plane row col"],
    ) -> Float[Tensor, "batch time kind row col"]:
        """At each step."""
        lead = latents.shape[:2]
        inner = functional.gelu(self.layer(latents.flatten(0, 1)))
        own = functional.pixel_shuffle(self.write(inner), PATCH).unflatten(0, lead)
        trust = functional.interpolate(self.trust(inner), scale_factor=PATCH).unflatten(0, lead)
        led = (trust * straight[:, :, :ON]).unflatten(2, (-1, KINDS)).sum(2)
        return own + led
