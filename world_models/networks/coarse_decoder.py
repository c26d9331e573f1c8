"""From a vector to images of a coarser grid, by two layers: what planning over thousands of futures can pay for."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

RARE = -4.0
"""Logit to begin with: most cells are empty."""


class CoarseDecoder(nn.Module):
    """Logits of every cell of a grid `coarse` times coarser each way.

    Args:
        size: Of the vector.
        shape: (channel, row, col) of the fine images, whose sides are multiples of `coarse`.
        coarse: Fine cells of a coarse one, each way.
        hidden: Of the layer.
    """

    def __init__(self, size: int, shape: tuple[int, ...], *, coarse: int = 2, hidden: int = 128) -> None:
        super().__init__()
        if shape[1] % coarse or shape[2] % coarse:
            raise ValueError(f"coarse: expected a divisor of the sides {shape[1:]}, got {coarse}.")
        self.coarse, self.shape = coarse, (shape[0], shape[1] // coarse, shape[2] // coarse)
        self.layer = nn.Linear(size, hidden)
        self.place = nn.Linear(hidden, self.shape[0] * self.shape[1] * self.shape[2])
        nn.init.constant_(self.place.bias, RARE)

    def forward(self, vector: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch channel row2 col2"]:
        """Logits."""
        return self.place(functional.gelu(self.layer(vector))).unflatten(-1, self.shape)

    def shares(self, images: Float[Tensor, "*batch channel row col"]) -> Float[Tensor, "*batch channel row2 col2"]:
        """How much of every coarse cell is full."""
        if self.coarse == 1:
            return images
        lead = images.shape[:-3]
        return functional.avg_pool2d(images.flatten(0, -4), self.coarse).view(*lead, *self.shape)

    def fine(self, images: Float[Tensor, "*batch channel row2 col2"]) -> Float[Tensor, "*batch channel row col"]:
        """Every fine cell has what its coarse one has."""
        if self.coarse == 1:
            return images
        rows, cols = images.shape[-2:]
        spread = images[..., :, None, :, None].expand(*images.shape[:-2], rows, self.coarse, cols, self.coarse)
        return spread.reshape(*images.shape[:-2], rows * self.coarse, cols * self.coarse)
