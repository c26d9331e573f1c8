"""What stands where, in patches: the cheap beginning of every network that looks at the ground round a vehicle."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn import functional

PATCH = 4
"""Cells, each way, that one patch puts together."""
WORD = 4
"""Bytes."""
BYTE = 255.0
"""What a full cell of an image of bytes holds."""


def as_shares(
    occupancy: Shaped[Tensor, "*batch channel row col"], full: float = BYTE
) -> Float[Tensor, "*batch channel row col"]:
    """Bytes 0..full as shares 0..1; floats as they are."""
    return occupancy if occupancy.is_floating_point() else occupancy.float() / full


def patches(occupancy: Shaped[Tensor, "batch channel row col"], patch: int) -> Shaped[Tensor, "batch row2 col2 cell"]:
    """Square patches, their cells side by side; sides that are no multiple of `patch` are filled up with emptiness."""
    padding = (0, -occupancy.shape[3] % patch, 0, -occupancy.shape[2] % patch)
    seen = functional.pad(occupancy, padding) if any(padding) else occupancy.contiguous()
    batch, channels, rows, cols = seen.shape
    if patch == WORD and seen.element_size() == 1:  # a row of a patch is one word: a quarter of the work
        words = seen.view(torch.int32).view(batch, channels, rows // WORD, WORD, cols // WORD)
        return words.permute(0, 2, 4, 1, 3).reshape(batch, rows // WORD, cols // WORD, -1).view(seen.dtype)
    squares = seen.view(batch, channels, rows // patch, patch, cols // patch, patch)
    return squares.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows // patch, cols // patch, -1)


class Patches(nn.Module):
    """Features of square patches of bytes 0..255, or of floats 0..1: every cell is read once.

    Patches as rows of a matrix, because the gradient of a convolution as wide as its stride costs more on a CPU.

    Args:
        channels: Of the occupancy.
        width: Features of a patch.
        patch: Cells each way.
    """

    def __init__(self, channels: int, width: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.read = nn.Linear(channels * patch**2, width)

    def forward(self, occupancy: Shaped[Tensor, "batch channel row col"]) -> Float[Tensor, "batch row2 col2 feature"]:
        """Of every patch."""
        cells, weight = patches(occupancy, self.patch), self.read.weight
        if not cells.is_floating_point():
            cells, weight = cells.float(), weight / BYTE
        return functional.linear(cells, weight, self.read.bias)


class RoadStem(nn.Module):
    """Features of patches, then convolutions that look at the neighbours.

    No feature is pooled away, so that what comes after knows where things are.

    Args:
        channels, rows, cols: Of the occupancy.
        width: Features of a patch.
        patch: Cells each way.
        depth: Residual 3 x 3 convolutions over the patches.
    """

    def __init__(
        self, channels: int, rows: int, cols: int, *, width: int = 32, patch: int = PATCH, depth: int = 1
    ) -> None:
        super().__init__()
        self.read = Patches(channels, width, patch)
        self.mix = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.shape = (width, -(-rows // patch), -(-cols // patch))
        """(feature, row, col) of what `forward` gives."""

    def forward(self, occupancy: Shaped[Tensor, "batch channel row col"]) -> Float[Tensor, "batch feature row2 col2"]:
        """Features of every patch, of bytes 0..255 or floats 0..1."""
        found = functional.gelu(self.read(occupancy)).movedim(-1, 1)
        for layer in self.mix:
            found = found + functional.gelu(layer(found))
        return found


class FlatStem(nn.Module):
    """Patches, joined four by four, and then a vector that still tells places apart: matrices alone.

    Args:
        channels, rows, cols, width, patch: See `RoadStem`.
        size: Numbers.
    """

    def __init__(self, channels: int, rows: int, cols: int, *, size: int, width: int = 32, patch: int = PATCH) -> None:
        super().__init__()
        self.read = Patches(channels, width, patch)
        self.join = Patches(width, width, 2)
        self.flat = nn.Linear(width * -(-rows // (2 * patch)) * -(-cols // (2 * patch)), size)

    def forward(self, occupancy: Shaped[Tensor, "batch channel row col"]) -> Float[Tensor, "batch size"]:
        """One vector of each image."""
        found = functional.gelu(self.read(occupancy)).movedim(-1, 1)
        return self.flat(functional.gelu(self.join(found)).flatten(1))
