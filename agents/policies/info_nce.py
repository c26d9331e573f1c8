"""Losses of energies: which of several candidates is the expert's, and how steep an energy may be."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Candidates = Float[Tensor, "batch candidate number"]
Energies = Float[Tensor, "batch candidate"]
Energy = Callable[[Candidates], Energies]
"""Of candidates for each row; low is likely. What the row was told of is bound into it."""


def info_nce(energies: Float[Tensor, "*rest candidate"]) -> Float[Tensor, "*rest"]:
    """-log(exp(-E_0) / sum_j exp(-E_j)) for every row, candidate 0 being the expert's.

    Where the expert's follow p and all others q, the least loss is that of E = -log(p / q) + a constant of the
    row: energies learned against uniform candidates are those of p, against others they are not (Ma and Collins,
    *Noise Contrastive Estimation and Negative Sampling*, 2018; Florence et al., *Implicit Behavioral Cloning*, 2021).
    """
    truth = torch.zeros(energies.shape[:-1], dtype=torch.long).flatten()
    loss = functional.cross_entropy(-energies.flatten(0, -2), truth, reduction="none")
    return loss.view(energies.shape[:-1])


def slope(energy: Energy, candidates: Candidates, *, keep_graph: bool = False) -> Candidates:
    """dE/da of every candidate, wherever gradients are off; `keep_graph` lets a loss hang on it."""
    with torch.enable_grad():
        leaf = candidates.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(energy(leaf).sum(), leaf, create_graph=keep_graph)
    return gradient


def gradient_penalty(energy: Energy, candidates: Candidates, *, margin: float = 1.0) -> Float[Tensor, ""]:
    """The mean of max(0, max_i |dE/da_i| - margin)^2, for slopes that a chain can follow (Florence et al., B.3.1)."""
    steepest = slope(energy, candidates, keep_graph=True).abs().amax(dim=-1)
    return (steepest - margin).clamp_min(0.0).square().mean()
