"""What is foreseen of bodies and cells beside what came: paths of others, flow, and the agent's place on a grid."""

import torch
from torch import Tensor

from experiments.foresight.occupied import Measures
from experiments.foresight.scenes import FACTUAL, Scenes, expanded, nan_where
from world_models.flow.measures import end_point_error
from world_models.joint.measures import (
    average_error,
    final_error,
    joint_average_error,
    joint_final_error,
    misses,
    overlaps,
)
from world_models.labels import actor_labels
from world_models.model import WorldModel

VELOCITY = slice(4, 6)
"""Of the nine numbers that the observation `actors` has of each."""


def flowing(scenes: Scenes, found: dict[str, Tensor]) -> Measures:
    """``epe/step`` [m/s]: the end-point error where something really moves, the expert's way."""
    assert scenes.flow is not None
    said = expanded(found["flow"][:, :, 0], scenes.actions.shape[1])[:, FACTUAL]
    error = end_point_error(said, scenes.flow[:, FACTUAL])
    return {f"epe/{t + 1}": nan_where(~scenes.known[:, FACTUAL, t], error[:, t]) for t in range(error.shape[1])}


def moving(model: WorldModel, scenes: Scenes) -> Measures:
    """Errors of the others' paths up to the horizon, of the best of all modes, the expert's way; and where paths cross.

    minADE, minFDE [m] and miss of each actor, averaged over a scene; joint variants, in which one mode is chosen for
    everybody; overlap: the share of pairs that the likeliest mode lets collide.
    """
    branches, steps = scenes.actions.shape[1:3]
    windows = scenes.windows
    poses, known = actor_labels(windows)
    poses, known = (part.unflatten(0, (-1, branches))[:, FACTUAL] for part in (poses, known))
    latent = model.encode(scenes.observation)
    modes = getattr(model.config, "modes", 1) if model.spec.is_stochastic else 1
    rollout = model.predict(latent, scenes.actions[:, FACTUAL, None], samples=modes)
    said = model.decode(rollout, ["actors"])["actors"][:, 0]
    likeliest = said[:, 0]
    if rollout.weights is not None:
        likeliest = said[torch.arange(len(said)), rollout.weights[:, 0].argmax(-1)]
    seen = scenes.observation["actors"].unflatten(1, (-1, 9))
    speeds, there = seen[..., VELOCITY].norm(dim=-1), scenes.observation["actors_mask"] > 0
    sizes = seen[..., 6:8]
    return {
        "minADE": average_error(said, poses, known).nanmean(1),
        "minFDE": final_error(said, poses, known).nanmean(1),
        "miss": misses(said, poses, known, speeds=speeds, seconds=steps * model.spec.dt).nanmean(1),
        "joint minADE": joint_average_error(said, poses, known),
        "joint minFDE": joint_final_error(said, poses, known),
        "overlap": overlaps(likeliest, sizes, there),
    }


def placed(model: WorldModel, scenes: Scenes, found: dict[str, Tensor]) -> Measures:
    """``place/step``: probability of the cell where the agent came, the expert's way; `elsewhere`: other ways."""
    truth = scenes.occupancy[:, :, :, model.spec.foreseen.index("agent")].flatten(3)
    said = expanded(found["cell"][:, :, 0], truth.shape[1]).flatten(3)
    right = nan_where(~scenes.known, (said * truth).sum(-1))
    measures = {f"place/{t + 1}": right[:, FACTUAL, t] for t in range(right.shape[2])}
    return {**measures, "elsewhere": right[:, 1:].flatten(1).nanmean(1)}


def owed(scenes: Scenes, found: dict[str, Tensor]) -> Measures:
    """``to_go``: absolute error in what is still to be paid along the expert's way, mean over steps."""
    truth = scenes.windows.to_go.unflatten(0, scenes.actions.shape[:2])[:, FACTUAL, 1:]
    error = (expanded(found["to_go"][:, :, 0], scenes.actions.shape[1])[:, FACTUAL] - truth).abs()
    unknown = ~scenes.known[:, FACTUAL] | ~torch.isfinite(truth)
    return {"to_go": nan_where(unknown, error).nanmean(1)}
