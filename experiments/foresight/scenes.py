"""Held-out situations, each with several futures that really happened: one state, several actions of the ego."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from agents.experience import Counterfactuals, counterfactuals
from world_models.experience import Windows
from world_models.fitting import rows_of
from world_models.labels import flow_labels, occupancy_labels
from world_models.spec import Spec

FACTUAL = 0
"""The branch that is driven as the expert would; in the others something else is done."""
CHUNK = 8
"""Situations that are looked at together."""


@dataclass(frozen=True)
class Scenes:
    """Some situations and their branches; what happened after an episode's end is not known."""

    observation: dict[str, Tensor]
    """[scene ...]"""
    actions: Tensor
    """[scene branch step ...]"""
    windows: Windows
    """Of every branch of every scene, in that order."""
    occupancy: Float[Tensor, "scene branch step channel row col"]
    flow: Float[Tensor, "scene branch step 2 row col"] | None
    """On roads."""
    known: Bool[Tensor, "scene branch step"]
    levels: Int64[np.ndarray, " scene"]


def held_out(env: Any, *, states: int, branches: int, horizon: int, seed: int) -> Counterfactuals:
    """Situations on test levels."""
    return counterfactuals(env, split="test", states=states, branches=branches, horizon=horizon, seed=seed)


def chunks(found: Counterfactuals, spec: Spec) -> Iterator[Scenes]:
    """The same with labels, some at a time."""
    scenes, branches = len(found), found.branches
    for first in range(0, scenes, CHUNK):
        last = min(first + CHUNK, scenes)
        windows = rows_of(found.truth, first * branches, last * branches)
        shape = (last - first, branches)
        flow = None if spec.extent is None else flow_labels(windows, spec).unflatten(0, shape)
        yield Scenes(
            observation={key: part[first:last] for key, part in found.observation.items()},
            actions=found.actions[first:last],
            windows=windows,
            occupancy=occupancy_labels(windows, spec).float().unflatten(0, shape),
            flow=flow,
            known=windows.is_real.unflatten(0, shape),
            levels=found.levels[first:last],
        )


def expanded(part: Tensor, branches: int) -> Tensor:
    """[scene candidate ...] with a candidate for each branch, where a model foresees one future for all."""
    return part.expand(-1, branches, *[-1] * (part.ndim - 2))


def nan_where(unknown: Tensor, values: Tensor) -> Tensor:
    """Values, but not where they mean nothing."""
    return values.masked_fill(unknown, torch.nan)
