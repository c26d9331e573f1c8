"""What the ego's plan changes of what is foreseen of the others, patch by patch, where somebody may be."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from world_models.flow.reaction import ABOUT, moved
from world_models.latents.ground_hints import KINDS
from world_models.networks.road_stem import PATCH

LEAST = 0.02
"""A patch whose cells are all less likely than this to be occupied stays as it is."""


class Patched(NamedTuple):
    """Some patches at some steps of some rows of a batch."""

    row: Int64[Tensor, " some"]
    step: Int64[Tensor, " some"]
    patch: Int64[Tensor, " some"]


def squares(images: Float[Tensor, "*batch row col"]) -> Float[Tensor, "*batch row2 side col2 side2"]:
    """The same memory, patch by patch."""
    return images.unflatten(-1, (-1, PATCH)).unflatten(-3, (-1, PATCH))


def occupied(logits: Float[Tensor, "batch time kind row col"]) -> Patched:
    """Patches that a plan may change."""
    least = torch.logit(torch.tensor(LEAST)).item()
    highest = squares(logits.detach().amax(2)).amax((-3, -1))
    return Patched(*(highest > least).flatten(2).nonzero(as_tuple=True))


class Response(nn.Module):
    """Actions, as the way that they lead the ego, change latents: features of a patch, stretched and shifted (FiLM).

    What is changed at a step depends on the ego's motion until then alone. It begins as no change.

    Args:
        width: Features of a patch.
        size: Numbers of a change, all that there is for every candidate, step and patch.
    """

    def __init__(self, width: int, *, size: int = 16) -> None:
        super().__init__()
        self.known = nn.Conv2d(width, size, 1)
        self.plan = nn.Sequential(nn.Linear(ABOUT, 32), nn.GELU(), nn.Linear(32, 2 * size))
        self.place = nn.Linear(2, size, bias=False)
        self.write = nn.Linear(size, KINDS * PATCH**2)
        nn.init.zeros_(self.write.weight)
        nn.init.zeros_(self.write.bias)

    def forward(
        self,
        known: Float[Tensor, "batch time size row2 col2"],
        ego: Float[Tensor, "batch candidate time 6"],
        centres: Float[Tensor, "patch 2"],
        places: Patched,
    ) -> Float[Tensor, "some candidate number"]:
        """What to add to the logits of some patches.

        Args:
            known: Of `self.known`, at every step.
            ego: Its motions, the first of them after one step.
            centres: (ahead, left) of the patches [m].
            places: Where it is wanted.
        """
        row, step, patch = places
        here = known.flatten(3)[row, step, :, patch]
        return self.write(moved(here, ego, centres, places, plan=self.plan, place=self.place))


def changed(
    logits: Float[Tensor, "batch time kind row col"],
    changes: Float[Tensor, "some candidate number"],
    places: Patched,
) -> Float[Tensor, "batch candidate time kind row col"]:
    """Probabilities under every candidate: where nothing changes those of all, written once."""
    shared = torch.sigmoid(logits)
    found = shared.unsqueeze(1).repeat(1, changes.shape[1], 1, 1, 1, 1)
    patches, view = squares(found), squares(logits)
    row, col = places.patch // view.shape[-2], places.patch % view.shape[-2]
    here = view[places.row, places.step, :, row, :, col]
    patches[places.row, :, places.step, :, row, :, col] = torch.sigmoid(
        here[:, None] + changes.unflatten(-1, (KINDS, PATCH, PATCH))
    )
    return found
