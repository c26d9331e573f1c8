"""A gated recurrent unit whose memory is in blocks: each block remembers by itself, all of them are told the same.

Cho et al., *Learning phrase representations using RNN encoder-decoder* (EMNLP 2014); in blocks as in Hafner et al.,
*Mastering diverse control tasks through world models* (Nature 2025). With k blocks it takes a k-th of the arithmetic.
"""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn


class BlockGRU(nn.Module):
    """reset, update, candidate = gates(told) and gates(memory), as in `torch.nn.GRUCell`; one block is that cell.

    Args:
        told: Numbers of the input.
        width: Numbers of the memory, a multiple of `blocks`.
        blocks: How many.
    """

    def __init__(self, told: int, width: int, blocks: int) -> None:
        super().__init__()
        if blocks < 1 or width % blocks:
            raise ValueError(f"blocks: expected a divisor of the width {width}, got {blocks}.")
        self.blocks, size = blocks, width // blocks
        bound = 1.0 / sqrt(size)
        self.hear = nn.Linear(told, 3 * width)
        self.keep = nn.Parameter(torch.empty(blocks, size, 3 * size).uniform_(-bound, bound))
        self.keep_bias = nn.Parameter(torch.empty(blocks, 1, 3 * size).uniform_(-bound, bound))

    def forward(
        self, told: Float[Tensor, "row number"], memory: Float[Tensor, "row width"]
    ) -> Float[Tensor, "row width"]:
        """The memory a step later."""
        heard = self.hear(told).unflatten(-1, (self.blocks, -1)).transpose(0, 1)
        split = memory.unflatten(-1, (self.blocks, -1)).transpose(0, 1)
        kept = torch.baddbmm(self.keep_bias, split, self.keep)
        size = split.shape[-1]
        reset, update = (heard[..., : 2 * size] + kept[..., : 2 * size]).sigmoid().chunk(2, -1)
        candidate = torch.addcmul(heard[..., 2 * size :], reset, kept[..., 2 * size :]).tanh()
        return torch.lerp(candidate, split, update).transpose(0, 1).flatten(1)
