"""A denoiser by attention: a token for every action of the chunk, and tokens that tell of time and features."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.policies.denoisers.denoiser import Denoiser

LAYERS = 2
HEADS = 4
GUIDES = 2
"""Tokens made of the guide."""


class TransformerDenoiser(Denoiser):
    """Pre-norm self-attention over actions and guide tokens, each knowing its place.

    Vaswani et al., *Attention Is All You Need*, 2017, without dropout; here every token attends to every other.

    Args:
        features, horizon, size: Of `Denoiser`.
        width: Of a token. A multiple of 4.

    Raises:
        ValueError: another width.
    """

    def __init__(self, features: int, horizon: int, size: int, width: int) -> None:
        if width % HEADS:
            raise ValueError(f"TransformerDenoiser.width: expected a multiple of {HEADS}, got {width}.")
        super().__init__(features, horizon, size, guide=GUIDES * width, width=width)
        self.width = width
        self.first = nn.Linear(size, width, bias=False)
        self.place = nn.Parameter(torch.randn(horizon, width) * 0.02)
        self.layers = nn.ModuleList(Layer(width) for _ in range(LAYERS))
        self.norm = nn.LayerNorm(width)
        self.last = nn.Linear(width, size)

    def refine(
        self, chunk: Float[Tensor, "batch time number"], guide: Float[Tensor, "batch guide"]
    ) -> Float[Tensor, "batch time number"]:
        """Attend, layer by layer, and read the actions' tokens."""
        actions = self.first(chunk) + self.place
        tokens = torch.cat([actions, guide.view(-1, GUIDES, self.width)], dim=1)
        for layer in self.layers:
            tokens = layer(tokens)
        return self.last(self.norm(tokens[:, : self.horizon]))


class Layer(nn.Module):
    """Attention, then two dense layers, each added to what came in.

    Args:
        width: Of a token.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attended, self.widened = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, tokens: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """The tokens, having seen each other."""
        batch, count, width = tokens.shape
        triple = self.project(self.attended(tokens)).view(batch, count, 3, HEADS, width // HEADS)
        query, key, value = triple.permute(2, 0, 3, 1, 4).unbind(0)
        seen = functional.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.join(seen.transpose(1, 2).reshape(batch, count, width))
        return tokens + self.narrow(functional.gelu(self.widen(self.widened(tokens))))
