"""Semantic occupancy round a vehicle, read by a few strided convolutions: small enough for a CPU."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

PATCH = 4
"""Cells, each way, that the first layer puts together: 2 m at the usual resolution."""


class ViewEncoder(nn.Module):
    """Features of a view that keep where things are: the last map, of patches twice as wide, is flattened, not pooled.

    The first layer's kernel is as wide as its stride, so that each cell is read once: it sees where inside a
    patch an edge runs, and costs a tenth of a 3 x 3 kernel at full resolution.

    Args:
        channels, rows, cols: Of the occupancy.
        width: Features of a patch.
    """

    def __init__(self, channels: int, rows: int, cols: int, *, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, PATCH, stride=PATCH),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, max(1, width // 2), 1),
            nn.Flatten(),
        )
        side = 2 * PATCH
        self.padding = (0, -cols % side, 0, -rows % side)
        self.size = max(1, width // 2) * -(-rows // side) * -(-cols // side)
        """Features that `forward` gives."""

    def forward(self, occupancy: Float[Tensor, "batch channel row col"]) -> Float[Tensor, "batch size"]:
        """Features of occupancy in 0..1."""
        padded = functional.pad(occupancy, self.padding) if any(self.padding) else occupancy
        return self.layers(padded)
