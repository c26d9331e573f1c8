"""From a vector to images: one linear map to coarse cells, each of which is then written as a square of fine ones."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

RARE = -4.0
"""Logit to begin with: most cells are empty."""


class PixelDecoder(nn.Module):
    """A layer, then linear to [depth, rows / patch, cols / patch], then 1 x 1 to `patch`^2 cells each (pixel shuffle).

    No transposed convolution: on a CPU this costs a fraction, and has no checkerboards to unlearn.

    Args:
        size: Of the vector.
        channels, rows, cols: Of the images.
        patch: Cells, each way, written by one coarse cell.
        depth: Numbers of a coarse cell.
        hidden: Of the layer.
    """

    def __init__(
        self, size: int, shape: tuple[int, int, int], *, patch: int = 4, depth: int = 8, hidden: int = 128
    ) -> None:
        super().__init__()
        channels, self.rows, self.cols = shape
        self.patch, self.coarse = patch, (depth, -(-self.rows // patch), -(-self.cols // patch))
        self.layer = nn.Linear(size, hidden)
        self.place = nn.Linear(hidden, depth * self.coarse[1] * self.coarse[2])
        self.write = nn.Conv2d(depth, channels * patch**2, 1)
        nn.init.constant_(self.write.bias, RARE)  # type: ignore[arg-type]

    def forward(self, vector: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch channel row col"]:
        """Logits."""
        lead = vector.shape[:-1]
        coarse = self.place(functional.gelu(self.layer(vector.reshape(-1, vector.shape[-1])))).view(-1, *self.coarse)
        images = functional.pixel_shuffle(self.write(torch.relu(coarse)), self.patch)
        return images[..., : self.rows, : self.cols].view(*lead, -1, self.rows, self.cols)
