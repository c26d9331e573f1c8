"""The energy over a slice through two numbers of an action: what an implicit policy weighs, as a picture's numbers."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from agents.policies.energy import AutoregressiveEnergyHead, EnergyHead
from agents.policies.samplers.boxed import BUFFER


class Slice(NamedTuple):
    """Energies over two numbers; `energy[i, j]` is that of `numbers[i]` for the second and `numbers[j]` for the first,
    so that a picture with its origin below shows the first to the right and the second upwards.
    """

    numbers: Float32[np.ndarray, " size"]
    energy: Float32[np.ndarray, "batch size size"]


@torch.no_grad()
def energy_slice(
    head: EnergyHead | AutoregressiveEnergyHead,
    features: Float[Tensor, "batch feature"],
    through: Float[Tensor, "batch time number"],
    *,
    axes: tuple[int, int] = (0, 1),
    size: int = 64,
) -> Slice:
    """The energy where two numbers of a chunk go over the box and all others stay as they are.

    Of an autoregressive head it is the sum over all numbers of -log softmax of each number's energy over the box:
    its energies alone are no joint one, since each is known up to a constant that hangs on the numbers before it.

    Args:
        head: Of an implicit policy.
        features: Of what was seen.
        through: A chunk that the slice goes through.
        axes: The two numbers, counted through the flat chunk.
        size: Steps along each.

    Raises:
        ValueError: axes that are no two numbers of the chunk.
    """
    count = head.horizon * head.size
    if len(set(axes)) != 2 or not all(0 <= axis < count for axis in axes):
        raise ValueError(f"axes: expected two different numbers below {count}, got {axes}.")
    numbers = torch.linspace(-1.0 - BUFFER, 1.0 + BUFFER, size)
    second, first = torch.meshgrid(numbers, numbers, indexing="ij")
    places = through.flatten(1)[:, None].repeat(1, size * size, 1)
    places[:, :, axes[0]], places[:, :, axes[1]] = first.flatten(), second.flatten()
    energy = head.joint(features, places)
    return Slice(numbers.numpy(), energy.view(-1, size, size).numpy())
