"""A denoiser along time: convolutions at the chunk's resolution and at half of it, joined by a bridge."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.policies.denoisers.denoiser import Denoiser

KERNEL = 5
GROUPS = 8
LEVELS = 1
"""Times that the chunk is halved."""


class UNetDenoiser(Denoiser):
    """A 1-D U-Net: its blocks are guided by a scale and a shift of every channel (FiLM).

    Janner et al., *Planning with Diffusion for Flexible Behavior Synthesis*, 2022; Chi et al., *Diffusion Policy*,
    2023. Horizons that two does not divide are lengthened by repeating the last action, and cut off again.

    Args:
        features, horizon, size: Of `Denoiser`.
        width: Channels at full resolution; twice as many at half of it. A multiple of 8.

    Raises:
        ValueError: another width.
    """

    def __init__(self, features: int, horizon: int, size: int, width: int) -> None:
        if width % GROUPS:
            raise ValueError(f"UNetDenoiser.width: expected a multiple of {GROUPS}, got {width}.")
        shapes = [(size, width), (width, 2 * width), (2 * width, 2 * width), (3 * width, width)]
        self.parts = [2 * after for _, after in shapes]
        super().__init__(features, horizon, size, guide=sum(self.parts), width=4 * width)
        self.blocks = nn.ModuleList(Block(before, after) for before, after in shapes)
        self.down = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose1d(2 * width, 2 * width, 4, stride=2, padding=1)
        self.last = nn.Conv1d(width, size, 1)
        self.padding = -horizon % 2**LEVELS

    def refine(
        self, chunk: Float[Tensor, "batch time number"], guide: Float[Tensor, "batch guide"]
    ) -> Float[Tensor, "batch time number"]:
        """Down, along, up again beside what was there before."""
        series = chunk.transpose(1, 2)
        if self.padding:
            series = functional.pad(series, (0, self.padding), mode="replicate")
        films = guide[:, :, None].split(self.parts, dim=1)
        fine, coarse, middle, joined = self.blocks
        before = fine(series, films[0])
        inside = middle(coarse(self.down(before), films[1]), films[2])
        after = joined(torch.cat([before, self.up(inside)], dim=1), films[3])
        return self.last(after)[:, :, : self.horizon].transpose(1, 2)


class Block(nn.Module):
    """Two convolutions, normalised by groups of channels, the guide between them, and a way past both.

    Args:
        before, after: Channels that come in, and that go out.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(before, after, KERNEL, padding=KERNEL // 2)
        self.second = nn.Conv1d(after, after, KERNEL, padding=KERNEL // 2)
        self.first_norm, self.second_norm = nn.GroupNorm(GROUPS, after), nn.GroupNorm(GROUPS, after)
        self.past = nn.Conv1d(before, after, 1) if before != after else nn.Identity()

    def forward(
        self, series: Float[Tensor, "batch before time"], film: Float[Tensor, "batch film 1"]
    ) -> Float[Tensor, "batch after time"]:
        """The series, refined."""
        scale, shift = film.chunk(2, dim=1)
        hidden = functional.silu(self.first_norm(self.first(series)))
        hidden = hidden + torch.addcmul(shift, hidden, scale)
        return functional.silu(self.second_norm(self.second(hidden))) + self.past(series)
