"""What the expert's trajectory is told from: trajectories that nobody drove, found in three ways.

Which way it is decides what is learned: `info_nce` is least at -log of the expert's density over that of the
negatives.
"""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from agents.policies.info_nce import Candidates, Energy
from agents.policies.noise import Noise
from agents.policies.samplers.boxed import resample
from agents.policies.samplers.langevin import Langevin
from envs.core.naming import check_known

KINDS = ("samples", "langevin", "coordinates")
CHAIN = Langevin(steps=20, convention="ula", first=1e-2, last=1e-3)
SWEEPS, VALUES = 1, 17
"""Of all numbers, and how many values each is tried at, where negatives are found number by number."""


def draw_trajectories(
    kind: str, pool: Candidates, count: int, noise: Noise, *, energy: Energy, chain: Langevin = CHAIN
) -> Float[Tensor, "batch count number"]:
    """`count` negatives for every row, as flat numbers of a `PlanSpace`; none of it hangs on any graph.

    Args:
        kind: `samples`: of the pool. `langevin`: the ends of chains that begin there. `coordinates`: the same, one
            number at a time redrawn from what the energy says of it given all others.
        pool: Trajectories of a sampler.
        count: Negatives.
        noise: All randomness there is.
        energy: As it stands.
        chain: Of `langevin`.
    """
    check_known("kind of negatives", kind, KINDS)
    index = pick(noise, count, pool.shape[1])
    begin = pool.detach().gather(1, index[..., None].expand(-1, -1, pool.shape[2]))
    if kind == "langevin":
        return chain.walk(energy, begin, noise)
    return sweep(energy, begin, noise, box=chain.box) if kind == "coordinates" else begin


def pick(
    noise: Noise, count: int, size: int, *, valid: Bool[Tensor, "batch candidate"] | None = None
) -> Int64[Tensor, "batch count"]:
    """`count` of `size` candidates for every row, all different, each as likely.

    Args:
        noise: All randomness there is.
        count: Candidates picked.
        size: To pick from.
        valid: Which may be picked; where too few may, others are as well.

    Raises:
        ValueError: more than there are.
    """
    if count > size:
        raise ValueError(f"negatives: expected a pool of at least {count} candidates, got {size}.")
    lots = noise.uniform(size)
    if valid is not None:
        lots = lots + valid
    return lots.topk(count, dim=1).indices


@torch.no_grad()
def sweep(
    energy: Energy, place: Candidates, noise: Noise, *, sweeps: int = SWEEPS, values: int = VALUES, box: float = 1.0
) -> Candidates:
    """Each number in turn redrawn by exp(-energy) given all others, which leaves that density as it is.

    Geman and Geman, *Stochastic Relaxation, Gibbs Distributions, and the Bayesian Restoration of Images*, 1984; the
    values tried are `values` in [-box, box], evenly apart, and shifted at random as one, so that every value is met.

    Args:
        energy: Of candidates.
        place: Where to begin.
        noise: All randomness there is.
        sweeps: Through all numbers.
        values: Tried of each.
        box: Largest size of a number.
    """
    batch, count, numbers = place.shape
    width = 2.0 * box / values
    grid = torch.arange(values, dtype=place.dtype) * width - box
    place = place.clone()
    for number in list(range(numbers)) * sweeps:
        tried = place[:, :, None].repeat(1, 1, values, 1)
        tried[..., number] = grid + width * noise.uniform(count, 1)
        energies = energy(tried.flatten(1, 2)).view(batch * count, values)
        drawn = resample(tried[..., number].reshape(-1, values, 1), energies, noise.uniform(count).view(-1, 1))
        place[..., number] = drawn.view(batch, count)
    return place
