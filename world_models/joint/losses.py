"""What joint modes descend: the mode that came nearest to what everybody did together is drawn to it.

One mode is chosen for all of a scene, so that what is in it goes together, as in Ngiam et al., *Scene Transformer*
(ICLR 2022).
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from world_models.bicycle import wrap
from world_models.joint.modes import Futures

HEADING_WEIGHT, SCALE_WEIGHT, MODE_WEIGHT = 2.0, 0.05, 0.1


class Losses(NamedTuple):
    """Means over scenes []."""

    place: Tensor
    """Huber's of the distance [m], of the best mode and, a little, of the others."""
    heading: Tensor
    scale: Tensor
    """Negative log density of errors along and across, by Laplace; of the best mode."""
    mode: Tensor
    """Cross-entropy of the best mode."""

    @property
    def total(self) -> Tensor:
        """What to descend."""
        return self.place + HEADING_WEIGHT * self.heading + SCALE_WEIGHT * self.scale + MODE_WEIGHT * self.mode


def joint_losses(
    futures: Futures,
    log_weights: Float[Tensor, "batch mode"],
    truth: Float[Tensor, "batch time actor 3"],
    valid: Bool[Tensor, "batch time actor"],
    *,
    others: float,
) -> Losses:
    """Of futures [batch mode time actor ...].

    Args:
        futures: Of every mode.
        log_weights: Of modes.
        truth: Where everybody came.
        valid: Where that is known.
        others: Share of the loss that all but the best mode have together.
    """
    truth, valid = truth[:, None], valid[:, None]
    count = valid.sum((2, 3)).clamp(min=1)
    away = torch.where(valid[..., None], futures.poses - truth, 0.0)
    place = functional.huber_loss(away[..., :2], torch.zeros_like(away[..., :2]), reduction="none").sum(-1)
    turned = 1.0 - torch.cos(wrap(away[..., 2]))
    with torch.no_grad():
        distance = torch.linalg.vector_norm(away[..., :2], dim=-1).sum((2, 3)) / count
        best = distance.argmin(-1)
        modes = distance.shape[1]
        share = torch.full_like(distance, others / max(modes - 1, 1)).scatter(1, best[:, None], 1.0 - others)
        share = share if modes > 1 else torch.ones_like(share)
    scenes = valid.flatten(1).any(1)
    rows = torch.arange(len(best), device=best.device)
    density = _density(away[rows, best], Futures(futures.poses[rows, best], futures.scales[rows, best]))

    def mean(each: Tensor) -> Tensor:
        return (each * scenes).sum() / scenes.sum().clamp(min=1)

    return Losses(
        mean((share * place.sum((2, 3)) / count).sum(1)),
        mean((share * turned.sum((2, 3)) / count).sum(1)),
        mean(torch.where(valid[:, 0], density, 0.0).sum((1, 2)) / count[:, 0]),
        mean(functional.nll_loss(log_weights, best, reduction="none")),
    )


def _density(away: Float[Tensor, "batch time actor 3"], best: Futures) -> Float[Tensor, "batch time actor"]:
    """Of errors as they are: they draw the scales, not the poses."""
    away, heading = away.detach(), best.poses[..., 2].detach()
    cos, sin = torch.cos(heading), torch.sin(heading)
    along, across = away[..., 0] * cos + away[..., 1] * sin, away[..., 1] * cos - away[..., 0] * sin
    errors = torch.stack([along, across], -1).abs()
    return (errors / best.scales + torch.log(2.0 * best.scales)).sum(-1)
