"""Marginals of joint futures by belief propagation in the log domain (Zeng et al., "DSDNet", 2020).

p(s_1 .. s_N) ~ exp(-sum_i unary_i(s_i) - sum_{i<j} pair_ij(s_i, s_j))

log m_{i->j}(s_j) = log sum_{s_i} exp(-unary_i(s_i) - pair_ij(s_i, s_j) + sum_{n not in {i, j}} log m_{n->i}(s_i))
log b_i(s_i)      = -unary_i(s_i) + sum_{n != i} log m_{n->i}(s_i)

What j itself has said to i stays out of what i says to j (the cavity): with it, even a pair would be wrong.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from agents.social.links import Links
from envs.core.naming import check_known

MODES = ("sum", "max")
MODERATE = 60.0
"""exp(-energy) is far from the smallest numbers of any precision."""


class Marginals(NamedTuple):
    """What `linked_marginals` finds."""

    log_belief: Float[Tensor, "batch actors sample"]
    links: Links
    heard: tuple[Float[Tensor, "link sample"], Float[Tensor, "link sample"]]
    """The last that the first of each link was told by the second, and the second by the first."""

    def without(self, actor: int) -> Float[Tensor, "batch actors sample"]:
        """The log beliefs but for what `actor` told (the cavity): what he can reckon with.

        Whoever weighs what it costs to meet the others has told them of it as well: they would make way for all that
        he wishes to do, and he would take that for granted.
        """
        shape, (row, first, second) = self.log_belief.shape, (self.links.row, self.links.first, self.links.second)
        total = self.log_belief.flatten(0, 1)
        for hearer, told, teller in ((first, self.heard[0], second), (second, self.heard[1], first)):
            mine = teller == actor
            total = total.index_add(0, (row * shape[1] + hearer)[mine], -told[mine])
        return total.log_softmax(-1).view(shape)


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
    here = torch.ones(unary.shape[:2], dtype=torch.bool, device=unary.device) if mask is None else mask
    row, first, second = (here[:, :, None] & here[:, None, :]).triu(1).nonzero(as_tuple=True)
    links = Links(row, first, second, pair[row, first, second])
    alone = torch.where(here[..., None], unary, 0.0)
    return linked_marginals(alone, links, iters=iters, damping=damping, mode=mode).log_belief


def linked_marginals(
    unary: Float[Tensor, "batch actors sample"],
    links: Links,
    *,
    iters: int = 3,
    damping: float = 0.0,
    mode: str = "sum",
) -> Marginals:
    """As `social_marginals`, of pairs that are listed: who is in no link says nothing, and is told nothing.

    The log of a sum of products is as good as a sum in the log domain while no product vanishes: that is so of all
    energies below `MODERATE`.
    """
    shape, actors = unary.shape, unary.shape[1]
    ends = (links.row * actors + links.first, links.row * actors + links.second)
    alone = -unary.flatten(0, 1)
    costs = (links.costs, links.costs.mT)  # as those know them who speak, who are first, and then second
    speak = _teller(costs, mode)
    silence = alone.new_zeros(len(links.row), shape[-1])
    heard = (silence, silence)  # by the first of each link, and by the second
    total = alone
    for _ in range(iters):
        told = tuple(speak[side](total[ends[side]] - heard[side]).log_softmax(-1) for side in (0, 1))
        heard = (_kept(heard[0], told[1], damping), _kept(heard[1], told[0], damping))
        total = alone.index_add(0, ends[0], heard[0]).index_add(0, ends[1], heard[1])
    return Marginals(total.log_softmax(-1).view(shape), links, heard)


def _kept(old: Tensor, new: Tensor, damping: float) -> Tensor:
    return new if damping == 0.0 else (1.0 - damping) * new + damping * old


def _teller(costs: tuple[Tensor, Tensor], mode: str) -> list[Callable[[Tensor], Tensor]]:
    """For the first and for the second: from what each thinks of its samples to what that says to the other."""
    if mode == "max":
        return [lambda thought, cost=cost: (thought[:, :, None] - cost).amax(1) for cost in costs]
    if costs[0].numel() and float(costs[0].detach().abs().max()) > MODERATE:
        return [lambda thought, cost=cost: (thought[:, :, None] - cost).logsumexp(1) for cost in costs]
    share = (-costs[0]).exp()
    return [lambda thought, share=share: _log_of_sum(thought, share) for share in (share, share.mT)]


def _log_of_sum(thought: Float[Tensor, "link sample"], share: Float[Tensor, "link sample other"]) -> Tensor:
    top = thought.detach().amax(-1, keepdim=True)
    return ((thought - top).exp()[:, None] @ share)[:, 0].log() + top
