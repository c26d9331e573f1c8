"""Occupancy seen from the agent: the map shifted so that the agent stands in the middle."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from agents.networks.propagation import AGENT_CHANNEL

OBSTACLE_CHANNEL = 0


class CentredWindow(nn.Module):
    """The window of (2 rows - 1) x (2 cols - 1) cells round the agent, which holds the whole map wherever it stands.

    Beyond the map lies obstacle. The agent's own channel says nothing any more and is left out. An egocentric
    view of side 2 r + 1 comes out with the same content in its middle.

    Args:
        channels, rows, cols: Of the occupancy.
    """

    index: Tensor

    def __init__(self, channels: int, rows: int, cols: int) -> None:
        super().__init__()
        self.kept = [channel for channel in range(channels) if channel != AGENT_CHANNEL]
        self.size = len(self.kept) * (2 * rows - 1) * (2 * cols - 1)
        down, right = torch.arange(2 * rows - 1) - (rows - 1), torch.arange(2 * cols - 1) - (cols - 1)
        row = (torch.arange(rows)[:, None] + down)[:, None, :, None]
        col = (torch.arange(cols)[:, None] + right)[None, :, None, :]
        inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        index = torch.where(inside, row * cols + col, rows * cols).view(rows * cols, -1)
        self.register_buffer("index", index, persistent=False)

    def forward(self, occupancy: Float[Tensor, "batch channel row col"]) -> Float[Tensor, "batch size"]:
        """All kept channels of the window, flat."""
        flat = occupancy.flatten(2)
        cell = flat[:, AGENT_CHANNEL].argmax(dim=1)
        padded = nn.functional.pad(flat[:, self.kept], (0, 1))
        padded[:, OBSTACLE_CHANNEL, -1] = 1.0
        return padded.gather(2, self.index[cell][:, None].expand(-1, len(self.kept), -1)).flatten(1)
