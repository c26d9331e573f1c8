"""Occupancy from what the motion modes carry along and what comes into view, under a plan's preferences."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from world_models.flow.network import SIDE, Fields
from world_models.flow.warp import warp

LEAST = 0.01
"""No plan changes anything in a patch whose cells are all less likely than this to be occupied."""


class Places(NamedTuple):
    """Some patches of some steps of some rows of a batch."""

    row: Int64[Tensor, " some"]
    step: Int64[Tensor, " some"]
    patch: Int64[Tensor, " some"]


def blended(
    fields: Fields, now: Float[Tensor, "batch 2 row2 col2"], resolution: float, *, margin: float = 0.0
) -> tuple[Float[Tensor, "batch time choice row col"], Float[Tensor, "batch time choice 2 row col"]]:
    """(probability of each choice, what is in a cell if that is so).

    A mode holds the present occupancy, read where its backward way leads; the last choice holds what comes into view.
    Occupancy is the mean of what choices hold (`mixed`): P(o) = sum_k P(k) o_now(p - way_k(p)) + P(new) P(o | new), as
    motion modes are mixed in Sadat et al., *Perceive, Predict, and Plan* (2020), with flows that lead back.
    """
    carried = warp(now[:, None, None], fields.ways, resolution, margin=margin)
    held = torch.cat([carried, torch.sigmoid(fields.new).unsqueeze(2)], 2)
    return fields.choices.softmax(2), held


def mixed(
    shares: Float[Tensor, "batch time choice row col"], held: Float[Tensor, "batch time choice 2 row col"]
) -> Float[Tensor, "batch time 2 row col"]:
    """Mean of what choices hold."""
    return (shares.unsqueeze(3) * held).sum(2)


def lively(occupancy: Float[Tensor, "batch time 2 row col"]) -> Places:
    """The patches that a plan may change."""
    squares = occupancy.detach().amax(2).unflatten(-1, (-1, SIDE)).unflatten(-3, (-1, SIDE)).amax((-3, -1))
    return Places(*(squares > LEAST).flatten(2).nonzero(as_tuple=True))


def in_patches(
    shares: Float[Tensor, "batch time choice row col"], held: Float[Tensor, "batch time choice 2 row col"]
) -> Float[Tensor, "batch time patch choice number"]:
    """What `preferred` needs, in squares of `SIDE` cells: share times held, and share, of every cell."""
    planes = torch.cat([shares.unsqueeze(3) * held, shares.unsqueeze(3)], 3)
    squares = planes.unflatten(-1, (-1, SIDE)).unflatten(-3, (-1, SIDE))
    # [batch time choice plane rows side cols side] -> [batch time rows cols choice plane side side]
    return squares.permute(0, 1, 4, 6, 2, 3, 5, 7).flatten(-3).flatten(2, 3)


def preferred(
    shared: Float[Tensor, "batch time 2 row col"],
    patches: Float[Tensor, "some choice number"],
    changes: Float[Tensor, "some candidate choice"],
    places: Places,
) -> Float[Tensor, "batch candidate time 2 row col"]:
    """Occupancy with the logits of the choices changed: sum(share e^change held) / sum(share e^change).

    One small matrix product for every patch at stake, whatever the number of candidates; no softmax of every cell.

    Args:
        shared: Occupancy without changes.
        patches: Of `in_patches`, at `places`.
        changes: Of the logits there, for every candidate.
        places: Where something changes.
    """
    sums = torch.matmul(changes.exp(), patches).unflatten(-1, (3, SIDE, SIDE))
    found = shared.unsqueeze(1).repeat(1, changes.shape[1], 1, 1, 1, 1)
    squares = found.unflatten(-1, (-1, SIDE)).unflatten(-3, (-1, SIDE))
    row, col = places.patch // squares.shape[-2], places.patch % squares.shape[-2]
    # [batch candidate time 2 rows side cols side]
    squares[places.row, :, places.step, :, row, :, col] = sums[:, :, :2] / sums[:, :, 2:]
    return found


def spread(
    changes: Float[Tensor, "some choice"], places: Places, shape: tuple[int, ...]
) -> Float[Tensor, "batch time choice row col"]:
    """The changes of patches, for each of their cells, 0 elsewhere; `shape` is that of the result."""
    batch, steps, choices, rows, cols = shape
    squares = changes.new_zeros(batch, steps, rows // SIDE, cols // SIDE, choices)
    row, col = places.patch // (cols // SIDE), places.patch % (cols // SIDE)
    squares = squares.index_put((places.row, places.step, row, col), changes)
    return squares.movedim(-1, 2).repeat_interleave(SIDE, -1).repeat_interleave(SIDE, -2)
