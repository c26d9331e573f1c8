"""How good forecasts of trajectories are, one by one and together.

Displacement errors and misses as in the Waymo open motion challenge (Ettinger et al., *Large scale interactive motion
forecasting for autonomous driving*, ICCV 2021): the best of all modes counts. The *joint* variants choose one mode
for everybody in a scene. What is known of nobody is nan: leave it out of means.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.costs.overlap import separation_within
from world_models.joint.tokens import relative

MISS_SECONDS, MISS_ACROSS, MISS_ALONG = (0.0, 3.0, 5.0, 8.0), (0.0, 1.0, 1.8, 3.0), (0.0, 2.0, 3.6, 6.0)
"""Beyond which a forecast so far ahead is a miss [m]; linear in between."""
SLOW, FAST, SLOW_SHARE = 1.4, 11.0, 0.5
"""[m/s]; of who is slow now, a smaller share of these."""

Modes = Float[Tensor, "scene mode time actor 3"]
Truth = Float[Tensor, "scene time actor 3"]
Known = Bool[Tensor, "scene time actor"]


def distances(modes: Modes, truth: Truth) -> Float[Tensor, "scene mode time actor"]:
    """Between where everybody was foreseen and where they came [m]."""
    return torch.linalg.vector_norm(modes[..., :2] - truth[:, None, ..., :2], dim=-1)


def average_error(modes: Modes, truth: Truth, known: Known) -> Float[Tensor, "scene actor"]:
    """Of each actor's best mode, the mean over the times at which it is known (minADE)."""
    return _mean(distances(modes, truth), known, (2,)).amin(1)


def final_error(modes: Modes, truth: Truth, known: Known) -> Float[Tensor, "scene actor"]:
    """The same at the last time, of who is known then (minFDE)."""
    return average_error(modes[:, :, -1:], truth[:, -1:], known[:, -1:])


def joint_average_error(modes: Modes, truth: Truth, known: Known) -> Float[Tensor, " scene"]:
    """Of the mode that is best for all of a scene together (joint minADE)."""
    return _mean(distances(modes, truth), known, (2, 3)).amin(1)


def joint_final_error(modes: Modes, truth: Truth, known: Known) -> Float[Tensor, " scene"]:
    """The same at the last time, of who is known then (joint minFDE)."""
    return joint_average_error(modes[:, :, -1:], truth[:, -1:], known[:, -1:])


def misses(
    modes: Modes, truth: Truth, known: Known, *, speeds: Float[Tensor, "scene actor"], seconds: float
) -> Float[Tensor, "scene actor"]:
    """1 for each actor that no mode has within the bounds along and across its heading at the last time, else 0.

    Args:
        modes, truth, known: Up to that time.
        speeds: Now [m/s].
        seconds: From now to that time.
    """
    missed = _missed(modes[:, :, -1], truth[:, -1], speeds, seconds).all(1)
    return torch.where(known[:, -1], missed.to(truth.dtype), torch.nan)


def joint_misses(
    modes: Modes, truth: Truth, known: Known, *, speeds: Float[Tensor, "scene actor"], seconds: float
) -> Float[Tensor, " scene"]:
    """1 for each scene of which no mode has everybody within the bounds at the last time, else 0."""
    missed = _missed(modes[:, :, -1], truth[:, -1], speeds, seconds) & known[:, None, -1]
    return torch.where(known[:, -1].any(-1), missed.any(-1).all(1).to(truth.dtype), torch.nan)


def overlaps(
    poses: Float[Tensor, "*batch time actor 3"],
    sizes: Float[Tensor, "*#batch actor 2"],
    mask: Bool[Tensor, "*#batch actor"],
) -> Float[Tensor, "*batch"]:
    """Share of pairs whose boxes overlap at some time, of all pairs of who is there: how little modes go together.

    0 where there is no pair.
    """
    gaps = separation_within(
        poses.unsqueeze(-3), sizes[..., None, None, :, :], poses.unsqueeze(-2), sizes[..., None, :, None, :]
    )
    others = torch.ones(gaps.shape[-2:], dtype=torch.bool, device=gaps.device).triu(1)
    pairs = (mask[..., None] & mask[..., None, :] & others).expand(*gaps.shape[:-3], -1, -1)
    hit = (gaps < 0).any(-3) & pairs
    return hit.sum((-2, -1)) / pairs.sum((-2, -1)).clamp(min=1)


def _mean(values: Tensor, known: Known, axes: tuple[int, ...]) -> Tensor:
    """Over known times [and actors]; nan where there are none."""
    known = known[:, None].expand_as(values)
    total = torch.where(known, values, 0.0).sum(axes)
    return total / known.sum(axes)  # 0 / 0 is nan


def _missed(modes: Tensor, truth: Tensor, speeds: Tensor, seconds: float) -> Bool[Tensor, "scene mode actor"]:
    along, across, _, _ = relative(modes, truth[:, None])
    share = ((speeds - SLOW) / (FAST - SLOW)).clamp(0.0, 1.0) * (1.0 - SLOW_SHARE) + SLOW_SHARE
    bounds = share[:, None] * _bound(MISS_ALONG, seconds), share[:, None] * _bound(MISS_ACROSS, seconds)
    return (along.abs() > bounds[0]) | (across.abs() > bounds[1])


def _bound(metres: tuple[float, ...], seconds: float) -> float:
    """Linear between the given times, and on behind the last."""
    for k in range(1, len(metres)):
        if seconds <= MISS_SECONDS[k] or k == len(metres) - 1:
            slope = (metres[k] - metres[k - 1]) / (MISS_SECONDS[k] - MISS_SECONDS[k - 1])
            return metres[k - 1] + slope * (seconds - MISS_SECONDS[k - 1])
    raise AssertionError
