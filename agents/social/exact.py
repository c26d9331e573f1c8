"""The same marginals by going through every joint future: for few actors, and to test what approximates them."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from agents.social.message_passing import MODES
from envs.core.naming import check_known

MOST = 2**24
"""Joint futures in a batch that are gone through at most."""


def read_energy(
    unary: Float[Tensor, "batch actors sample"],
    pair: Float[Tensor, "batch actors actors sample sample"],
    mask: Bool[Tensor, "batch actors"] | None,
) -> tuple[Float[Tensor, "batch actors sample"], Float[Tensor, "batch actors actors sample sample"]]:
    """The energies, 0 wherever somebody is absent; of `pair`, the entries i < j and their mirror."""
    actors = unary.shape[1]
    here = torch.ones(unary.shape[:2], dtype=torch.bool, device=unary.device) if mask is None else mask
    above = torch.ones(actors, actors, dtype=torch.bool, device=unary.device).triu(1)
    both = here[:, :, None] & here[:, None, :]
    upper = torch.where((both & above)[..., None, None], pair, 0.0)
    return torch.where(here[..., None], unary, 0.0), upper + upper.transpose(1, 2).transpose(3, 4)


def exact_marginals(
    unary: Float[Tensor, "batch actors sample"],
    pair: Float[Tensor, "batch actors actors sample sample"],
    *,
    mask: Bool[Tensor, "batch actors"] | None = None,
    mode: str = "sum",
) -> Float[Tensor, "batch actors sample"]:
    """What `social_marginals` approximates, by enumeration: time and memory grow as sample ** actors.

    Raises:
        ValueError: unknown mode, or more than 2**24 joint futures.
    """
    check_known("mode of message passing", mode, MODES)
    batch, actors, samples = unary.shape
    if batch * samples**actors > MOST:
        raise ValueError(f"Expected at most {MOST} joint futures, got {batch} x {samples} ** {actors}.")
    unary, pair = read_energy(unary, pair, mask)
    joint = unary.new_zeros((batch, *[samples] * actors))
    for i in range(actors):
        joint = joint - _along(unary[:, i], (i,), actors)
        for j in range(i + 1, actors):
            joint = joint - _along(pair[:, i, j], (i, j), actors)
    joint = joint[..., None]  # so that there is an axis to sum over even for one actor alone
    beliefs = []
    for i in range(actors):
        others = [*(1 + j for j in range(actors) if j != i), -1]
        beliefs.append(joint.logsumexp(others) if mode == "sum" else joint.amax(others))
    return torch.stack(beliefs, 1).log_softmax(-1)


def _along(values: Tensor, axes: tuple[int, ...], actors: int) -> Tensor:
    """Values [batch sample ...] laid along the axes of some actors of the joint, to be broadcast over the others."""
    shape = [values.shape[0], *[1] * actors]
    for axis in axes:
        shape[1 + axis] = values.shape[-1]
    return values.reshape(shape)
