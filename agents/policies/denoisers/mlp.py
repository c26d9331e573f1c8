"""A denoiser without structure: all numbers of a chunk at once through residual layers."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.policies.denoisers.denoiser import Denoiser

BLOCKS = 2
ANCHORS = 6
GAIN = 1.5
"""Of the first weights. With those of `nn.Linear`, a third of it, the layers begin almost linear, and learn slowly."""


class MLPDenoiser(Denoiser):
    """h = W x + g0, then for every block h += V silu(U silu(h) + g), and a last layer on silu(h).

    The guide's parts g enter before the nonlinearities, as if time and features stood beside every layer's input.
    Beside what the layers say, the answer has x itself, each number of it times one that the guide holds: what is
    asked for is nearly a multiple of x, by a factor that hangs on the time, and that is slow to learn for layers.
    And it has a mean of anchors, chunks that are linear functions of the features, weighed by how near x is to each
    and by what the layers say of it: where experts act in one of a few ways, the best answer is of this form exactly.

    Args:
        features, horizon, size, width: Of `Denoiser`.
    """

    def __init__(self, features: int, horizon: int, size: int, width: int) -> None:
        numbers = horizon * size
        self.parts = [width] * (BLOCKS + 1) + [numbers, numbers, 1, 1]
        super().__init__(features, horizon, size, guide=sum(self.parts), width=width)
        self.anchors = nn.Linear(features, ANCHORS * numbers)
        self.gates = nn.Linear(width, ANCHORS)
        self.first = nn.Parameter(_spread(numbers, width))
        self.inside = nn.Parameter(_spread(2 * BLOCKS, width, width))
        self.last = nn.Linear(width, numbers)

    def embed(self, time: Float[Tensor, " batch"]) -> Float[Tensor, "batch guide"]:
        return functional.pad(super().embed(time), (0, self.anchors.out_features))

    def condition(self, features: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch guide"]:
        return torch.cat([super().condition(features), self.anchors(features)], dim=1)

    def refine(
        self, chunk: Float[Tensor, "batch time number"], guide: Float[Tensor, "batch guide"]
    ) -> Float[Tensor, "batch time number"]:
        """One pass through the layers."""
        flat = chunk.flatten(1)
        entry, *parts, scale, pull, near, far, flat_anchors = guide.split([*self.parts, self.anchors.out_features], 1)
        hidden = torch.addmm(entry, flat, self.first)
        weights = iter(self.inside.unbind(0))
        for part, inner, outer in zip(parts, weights, weights, strict=True):
            raised = torch.addmm(part, functional.silu(hidden), inner)
            hidden = torch.addmm(hidden, functional.silu(raised), outer)
        hidden = functional.silu(hidden)
        anchors = flat_anchors.unflatten(1, (ANCHORS, -1))
        likeness = near * torch.bmm(anchors, flat[:, :, None])[:, :, 0] - far * anchors.square().sum(dim=2)
        gates = torch.softmax(self.gates(hidden) + likeness, dim=1)
        answer = torch.addcmul(self.last(hidden), flat, scale)
        return torch.addcmul(answer, torch.bmm(gates[:, None], anchors)[:, 0], pull).view_as(chunk)


def _spread(*shape: int) -> Float[Tensor, "..."]:
    """First weights [... input output]: what goes out is `GAIN` times as large as what comes in."""
    return torch.randn(shape) * (GAIN * shape[-2] ** -0.5)
