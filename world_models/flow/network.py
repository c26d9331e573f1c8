"""From planes to flows: read in patches, understood at a quarter of the resolution, written at all of it.

Flows are smooth inside bodies and are written at half the resolution; which of them holds where is not, and is
written cell by cell (pixel shuffle). No convolution runs at full resolution, nothing is transposed.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

SIDE = 4
"""Rows and columns must be multiples of it."""
RARE = -4.0
"""Logit of what comes into view, to begin with."""
FIRST = 3.0
"""Logit of the first mode, to begin with: going straight on."""
FAR = 8.0
"""What a way of 1 of the network is [m]."""


class Fields(NamedTuple):
    """What the network says [batch time ... row col]."""

    ways: Float[Tensor, "batch time mode 2 row col"]
    """Of each motion mode: how far ahead and to the left what is in a cell has come since now [m]."""
    choices: Float[Tensor, "batch time mode1 row col"]
    """Logits of the modes, and of having come into view."""
    new: Float[Tensor, "batch time 2 row col"]
    """Logits of vehicles, and of pedestrians, in what has come into view."""
    flow: Float[Tensor, "batch time 2 row col"]
    """How fast what is in a cell came there in the last step [m/s]."""
    features: Float[Tensor, "batch feature row2 col2"]
    """Of patches of `SIDE` cells each way."""


class FlowNetwork(nn.Module):
    """Planes and numbers to fields over the same cells.

    Args:
        planes: Channels of the image.
        numbers: Plain features.
        horizon: Steps.
        modes: Ways of going on that a cell may hold.
        width: Features at half resolution; a quarter of it has twice as many.
    """

    def __init__(self, planes: int, numbers: int, *, horizon: int, modes: int, width: int = 32) -> None:
        super().__init__()
        self.horizon, self.modes = horizon, modes
        half, deep = width, 2 * width
        self.about = nn.Sequential(nn.Linear(numbers, 64), nn.GELU(), nn.Linear(64, 2 * deep))
        self.read = nn.Conv2d(planes, half, 2, stride=2)
        self.second = nn.Conv2d(half, deep, 2, stride=2)
        self.deep = nn.ModuleList(nn.Conv2d(deep, deep, 3, padding=k, dilation=k) for k in (1, 2, 4, 1))
        self.spread = nn.Linear(2 * deep, deep)
        self.rise = nn.Conv2d(deep, 4 * half, 1)
        self.join = nn.Conv2d(2 * half, half, 3, padding=1)
        self.move = nn.Conv2d(half, horizon * 2 * (modes + 1), 1)
        self.write = nn.Conv2d(half, 4 * horizon * (modes + 3), 1)
        for layer in (self.move, self.write):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type] - it has one
        with torch.no_grad():
            bias = self.write.bias.view(horizon, modes + 3, 4)  # type: ignore[union-attr]
            bias[:, 0] = FIRST
            bias[:, modes + 1 :] = RARE

    def forward(
        self,
        planes: Float[Tensor, "batch plane row col"],
        numbers: Float[Tensor, "batch number"],
        steps: Int64[Tensor, " time"],
    ) -> Fields:
        """Fields of some steps, 0 the first."""
        half = functional.gelu(self.read(planes))
        scale, shift = self.about(numbers)[..., None, None].chunk(2, 1)
        deep = functional.gelu(self.second(half) * (1.0 + scale) + shift)
        for layer in self.deep:
            deep = deep + functional.gelu(layer(deep))
        whole = torch.cat([deep.mean((2, 3)), deep.amax((2, 3))], 1)
        deep = functional.gelu(deep + self.spread(whole)[..., None, None])
        risen = functional.pixel_shuffle(self.rise(deep), 2)
        half = half + functional.gelu(self.join(torch.cat([risen, half], 1)))
        moved = functional.interpolate(self._of_steps(self.move, half, steps), scale_factor=2, mode="bilinear")
        moved = FAR * moved.unflatten(1, (len(steps), self.modes + 1, 2))
        written = functional.pixel_shuffle(self._of_steps(self.write, half, steps), 2)
        choices, new = written.unflatten(1, (len(steps), self.modes + 3)).split([self.modes + 1, 2], 2)
        return Fields(moved[:, :, :-1], choices, new, moved[:, :, -1], deep)

    def _of_steps(self, layer: nn.Conv2d, features: Tensor, steps: Tensor) -> Tensor:
        """A layer that writes all steps, for some of them."""
        assert layer.bias is not None
        weight, bias = (
            part.unflatten(0, (self.horizon, -1))[steps].flatten(0, 1) for part in (layer.weight, layer.bias)
        )
        return functional.conv2d(features, weight, bias)
