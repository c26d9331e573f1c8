"""Marginals of joint futures by belief propagation in the log domain (Zeng et al., "DSDNet", 2020).

p(s_1 .. s_N) ~ exp(-sum_i unary_i(s_i) - sum_{i<j} pair_ij(s_i, s_j))

log m_{i->j}(s_j) = log sum_{s_i} exp(-unary_i(s_i) - pair_ij(s_i, s_j) + sum_{n not in {i, j}} log m_{n->i}(s_i))
log b_i(s_i)      = -unary_i(s_i) + sum_{n != i} log m_{n->i}(s_i)

What j itself has said to i stays out of what i says to j (the cavity): with it, even a pair would be wrong.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from envs.core.naming import check_known

MODES = ("sum", "max")


@dataclass(frozen=True)
class Energy:
    """The energies of a batch, with 0 wherever somebody is absent; of `pair`, the entries i < j and their mirror."""

    unary: Float[Tensor, "batch actors sample"]
    pair: Float[Tensor, "batch actors actors sample sample"]
    mask: Bool[Tensor, "batch actors"]
    linked: Bool[Tensor, "batch actors actors"]
    """Who hears whom: two different ones, both there."""


def read_energy(
    unary: Float[Tensor, "batch actors sample"],
    pair: Float[Tensor, "batch actors actors sample sample"],
    mask: Bool[Tensor, "batch actors"] | None,
) -> Energy:
    """The energies as inference takes them: whatever stands in the places of absent ones is not looked at."""
    actors = unary.shape[1]
    here = torch.ones(unary.shape[:2], dtype=torch.bool, device=unary.device) if mask is None else mask
    above = torch.ones(actors, actors, dtype=torch.bool, device=unary.device).triu(1)
    both = here[:, :, None] & here[:, None, :]
    upper = torch.where((both & above)[..., None, None], pair, 0.0)
    unary = torch.where(here[..., None], unary, 0.0)
    return Energy(unary, upper + upper.transpose(1, 2).transpose(3, 4), here, both & (above | above.T))


def social_marginals(
    unary: Float[Tensor, "batch actors sample"],
    pair: Float[Tensor, "batch actors actors sample sample"],
    *,
    mask: Bool[Tensor, "batch actors"] | None = None,
    iters: int = 3,
    damping: float = 0.0,
    mode: str = "sum",
) -> Float[Tensor, "batch actors sample"]:
    """Log beliefs of every actor over its samples; each row sums to 1, rows of absent ones are uniform.

    Exact on trees, once `iters` reaches the longest way between two actors; on graphs with loops an approximation.
    All messages of a sweep are renewed at once. Differentiable in both energies; memory grows as actors^2 sample^2.

    Args:
        unary: Cost of each sample alone; low is likely.
        pair: Cost of samples (s_i, s_j) together at [i, j, s_i, s_j]; the entries i < j are read.
        mask: Who is there; None: everybody.
        iters: Sweeps; 0 leaves softmax(-unary). For hard graphs take 10 with `damping` 0.5.
        damping: Share of the last sweep's message that is kept, in [0, 1).
        mode: `sum` for marginals, `max` for max-marginals (the best joint future that each sample is part of).

    Raises:
        ValueError: unknown mode, or a number out of range.
    """
    check_known("mode of message passing", mode, MODES)
    if iters < 0 or not 0.0 <= damping < 1.0:
        raise ValueError(f"Expected iters >= 0 and damping in [0, 1), got {iters} and {damping}.")
    energy = read_energy(unary, pair, mask)
    messages = energy.unary.new_zeros((*energy.linked.shape, unary.shape[-1]))
    for _ in range(iters):
        fresh = _sweep(energy, messages, mode)
        messages = fresh if damping == 0.0 else (1.0 - damping) * fresh + damping * messages
    return (messages.sum(1) - energy.unary).log_softmax(-1)


def _sweep(
    energy: Energy, messages: Float[Tensor, "batch actors actors sample"], mode: str
) -> Float[Tensor, "batch actors actors sample"]:
    """Messages [from, to, sample of the recipient] of the next sweep, each summing to 1."""
    total = messages.sum(1) - energy.unary
    cavity = total[:, :, None] - messages.transpose(1, 2)
    together = cavity[..., None] - energy.pair
    said = together.logsumexp(-2) if mode == "sum" else together.amax(-2)
    return torch.where(energy.linked[..., None], said.log_softmax(-1), 0.0)
