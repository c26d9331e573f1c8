"""What the expert's actions are told from: candidates that nobody showed, drawn in five ways."""

from math import log

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.info_nce import Candidates, Energy
from agents.policies.noise import Noise
from agents.policies.samplers.boxed import scatter
from agents.policies.samplers.langevin import Langevin

NARROWEST, WIDEST, CLOSE = 0.03, 1.0, 0.2
"""Of noise about an action, in units of half the data's range; `CLOSE` about one that the network proposes."""
SHARES = (0.2, 0.3)
"""Of the rows of a mixed batch that see uniform and neighbouring candidates; all others see the network's own."""
CHOSEN = 0.4
"""Of the rows of a mixed batch that see other actions, where those can be counted; so many fewer see the network's
own."""
ALONE = (0.3, 0.4)
"""The same for numbers on their own, where uniform candidates are near everything, and the network's own, which hunt
their own tail where the expert is at odds with himself, are not needed."""
CHAIN = Langevin(steps=20, schedule="polynomial")
"""By which negatives are found, where they are found by chains."""

KINDS = ("mixed", "uniform", "local", "langevin")


def neighbours(positive: Float[Tensor, "batch number"], count: int, noise: Noise) -> Candidates:
    """Candidates about a point near the expert's action, at a distance that every row draws anew.

    That point is as far from the expert's action as the candidates are from it: given the point, all of them could
    have been the expert's equally well, and only the density of its actions can tell. So the least InfoNCE loss is
    that of E = -log p at every distance, as it is against uniform candidates. Noise about the action itself would
    give the answer away as the middle of its rivals.
    """
    disturbed = noise.normal(count + 1, positive.shape[1])
    return positive[:, None] + widths(noise, WIDEST) * (disturbed[:, :1] + disturbed[:, 1:])


def widths(noise: Noise, widest: float) -> Float[Tensor, "batch 1 1"]:
    """Of noise, for every row, evenly in their logarithm."""
    return torch.exp(log(NARROWEST) + (log(widest) - log(NARROWEST)) * noise.uniform(1, 1))


def own(centres: Float[Tensor, "batch well number"], count: int, noise: Noise) -> Candidates:
    """Candidates about what the network itself takes for good, wherever it is wrong to."""
    wells = centres.shape[1]
    index = (noise.uniform(count, 1) * wells).long().clamp_(max=wells - 1)
    picked = centres.detach().gather(1, index.expand(-1, -1, centres.shape[2]))
    return picked + widths(noise, CLOSE) * noise.normal(count, centres.shape[2])


def others(choices: Float[Tensor, "choice size"], count: int, steps: int, noise: Noise) -> Candidates:
    """Chunks of actions that are drawn evenly among all there are, at each of `steps` for itself.

    Where actions can be counted, all that is ever shown lies on a few points. That a candidate lies beside one
    gives it away, however seldom the expert acts so; only another such point asks which of them it is that the
    observation calls for.
    """
    index = (noise.uniform(count, steps) * len(choices)).long().clamp_(max=len(choices) - 1)
    return choices[index].flatten(2)


def draw(
    kind: str,
    positive: Float[Tensor, "batch number"],
    count: int,
    noise: Noise,
    *,
    energy: Energy,
    centres: Float[Tensor, "batch well number"],
    shares: tuple[float, float] = SHARES,
    choices: Float[Tensor, "choice size"] | None = None,
) -> Candidates:
    """`count` negatives for every row; none of it hangs on any graph.

    Args:
        kind: One of `KINDS`.
        positive: The expert's actions.
        count: Negatives.
        noise: All randomness there is.
        energy: As it stands.
        centres: Of its wells.
        shares: Of rows with uniform and neighbouring candidates, where `mixed`.
        choices: All actions there are; None: they cannot be counted.
    """
    if kind == "langevin":
        return CHAIN.walk(energy, scatter(noise, count, positive.shape[1]), noise)
    if kind == "uniform":
        return scatter(noise, count, positive.shape[1])
    if kind == "local":
        return neighbours(positive, count, noise)
    first, second = (round(len(positive) * share) for share in (shares[0], sum(shares)))
    negatives = neighbours(positive, count, noise)
    negatives[:first] = scatter(noise, count, positive.shape[1])[:first]
    if second < len(negatives):
        negatives[second:] = own(centres, count, noise)[second:]
    if choices is not None:
        last = len(positive) - round(len(positive) * CHOSEN)
        negatives[last:] = others(choices, count, positive.shape[1] // choices.shape[1], noise)[last:]
    return negatives
