"""Latents of several categorical variables: unimix, straight-through gradients, and a balanced divergence.

Hafner, Lillicrap, Norouzi and Ba, *Mastering Atari with discrete world models* (ICLR 2021); the uniform share and the
free nats as in Hafner, Pasukonis, Ba and Lillicrap, *Mastering diverse domains through world models* (2023).
"""

import torch
from jaxtyping import Float
from torch import Tensor


def probabilities(
    logits: Float[Tensor, "*batch variable choice"], share: float
) -> Float[Tensor, "*batch variable choice"]:
    """Softmax, with a `share` of it uniform, so that nothing is ever ruled out."""
    return (1.0 - share) * logits.softmax(-1) + share / logits.shape[-1]


def most_likely(
    chances: Float[Tensor, "*batch variable choice"],
) -> Float[Tensor, "*batch variable choice"]:
    """One-hot modes, with the gradient of the probabilities."""
    return straight_through(chances.argmax(-1), chances)


def drawn(
    chances: Float[Tensor, "*batch variable choice"], unit: Float[Tensor, "*batch variable"]
) -> Float[Tensor, "*batch variable choice"]:
    """One-hot draws by numbers in [0, 1), one for each variable, with the gradient of the probabilities."""
    below = chances.detach().cumsum(-1)[..., :-1]  # the last sum may miss 1 by rounding: it is not asked for
    return straight_through((unit.unsqueeze(-1) >= below).sum(-1), chances)


def straight_through(
    index: Tensor, chances: Float[Tensor, "*batch variable choice"]
) -> Float[Tensor, "*batch variable choice"]:
    """One-hot `index` [*batch variable] forwards, `chances` backwards (Bengio, Leonard and Courville, 2013)."""
    chosen = torch.zeros_like(chances).scatter_(-1, index.unsqueeze(-1), 1.0)
    return chosen + (chances - chances.detach()) if chances.requires_grad else chosen


def divergence(
    first: Float[Tensor, "*batch variable choice"], second: Float[Tensor, "*batch variable choice"]
) -> Float[Tensor, "*batch"]:
    """KL(first | second) of all variables together [nats]; both have a uniform share, so no logarithm is infinite."""
    return (first * (first.log() - second.log())).sum((-2, -1))


def balanced(
    posterior: Float[Tensor, "*batch variable choice"],
    prior: Float[Tensor, "*batch variable choice"],
    free_nats: float,
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """The divergence twice: one trains the prior alone, one the posterior alone; neither pulls below `free_nats`."""
    dynamics = divergence(posterior.detach(), prior).clamp(min=free_nats)
    representation = divergence(posterior, prior.detach()).clamp(min=free_nats)
    return dynamics, representation
