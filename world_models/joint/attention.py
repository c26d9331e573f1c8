"""Attention among bodies, each of which sees the others in its own frame; and over the time before."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

NOBODY = -1e9
"""Added to the logits of whom nobody is to look at."""


class RelativeAttention(nn.Module):
    """Who looks at whom, by what both are and by how they lie to one another.

    logit_ij = q_i . (k_j + K r_ij) / sqrt(size),  out_i = sum_j share_ij (v_j + V r_ij)

    with shares the softmax of logits, and r what is known of every two. Neither K r nor V r is ever laid out pair by
    pair: q . K r = (K' q) . r, and the sum goes before V.

    Args:
        width: Of a token.
        pairs: Numbers of every two.
        heads: That look by themselves; they divide the width.
    """

    def __init__(self, width: int, pairs: int, *, heads: int = 4) -> None:
        super().__init__()
        self.heads, size = heads, width // heads
        self.before = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.near_key = nn.Parameter(torch.randn(heads, size, pairs) * (2.0 / (size + pairs)) ** 0.5)
        self.near_value = nn.Parameter(torch.randn(heads, size, pairs) * (2.0 / (size + pairs)) ** 0.5)
        self.out = nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    @property
    def pairs(self) -> int:
        """Numbers of every two."""
        return self.near_key.shape[-1]

    def forward(
        self,
        tokens: Float[Tensor, "batch mode body width"],
        pairs: Float[Tensor, "batch body body pair"],
        mask: Bool[Tensor, "batch body"],
    ) -> Float[Tensor, "batch mode body width"]:
        """Tokens that have looked about them; modes do not see one another."""
        query, key, value = self.project(self.before(tokens)).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        asked = torch.einsum("bkihd,hdp->bikhp", query, self.near_key)
        near = torch.einsum("bikhp,bijp->bkhij", asked, pairs)
        logits = torch.einsum("bkihd,bkjhd->bkhij", query, key) + near
        logits = logits * query.shape[-1] ** -0.5
        share = logits.masked_fill(~mask[:, None, None, None], NOBODY).softmax(-1)
        among = torch.einsum("bkhij,bijp->bkihp", share, pairs)
        found = torch.einsum("bkhij,bkjhd->bkihd", share, value)
        found = found + torch.einsum("bkihp,hdp->bkihd", among, self.near_value)
        tokens = tokens + self.out(found.flatten(-2))
        return tokens + self.think(tokens)


class PlainAttention(nn.Module):
    """Among the tokens of the axis before the last, with a bias from outside on who looks at whom.

    Args:
        width: Of a token.
        heads: They divide the width.
    """

    def __init__(self, width: int, *, heads: int = 2) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self, tokens: Float[Tensor, "*batch token width"], bias: Float[Tensor, "*#batch head token token"]
    ) -> Float[Tensor, "*batch token width"]:
        """Tokens that have looked at one another."""
        parts = self.project(self.before(tokens)).unflatten(-1, (3, self.heads, -1))
        query, key, value = parts.movedim(-3, 0).transpose(-3, -2).unbind(0)
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return tokens + self.out(found.transpose(-3, -2).flatten(-2))


def looking_back(times: int, *, device: torch.device | None = None) -> Float[Tensor, "1 time time"]:
    """The bias under which nobody sees what comes after."""
    return torch.full((1, times, times), NOBODY, device=device).triu(1)
