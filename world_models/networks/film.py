"""A layer whose features are stretched and shifted by a condition."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class FilmBlock(nn.Module):
    """x + W2 gelu((1 + g(c)) * W1 norm(x) + b(c)): Perez et al., *FiLM* (2018), as a residual block.

    It begins as the identity (W2 = 0). Axes before the last broadcast, so that one x may meet many conditions.

    Args:
        size: Of x.
        hidden: Of what is modulated.
        condition: Size of c.
    """

    def __init__(self, size: int, hidden: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.widen, self.narrow = nn.Linear(size, hidden), nn.Linear(hidden, size)
        self.modulate = nn.Linear(condition, 2 * hidden)
        nn.init.zeros_(self.narrow.weight)
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x: Float[Tensor, "*batch size"], condition: Float[Tensor, "*batch2 cond"]) -> Tensor:
        """Of the shape that `x` and the condition's leading axes broadcast to."""
        scale, shift = self.modulate(condition).chunk(2, -1)
        inner = torch.addcmul(shift, 1.0 + scale, self.widen(self.norm(x)))
        return x + self.narrow(functional.gelu(inner))
