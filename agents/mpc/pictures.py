"""What there is to show of a decision, under the names of the renderers' overlays."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from agents.mpc.deciding import Decision
from agents.mpc.outline import Outline
from world_models.model import WorldModel
from world_models.planners.plan import ahead
from world_models.rollout import Latent, Rollout

SHOWN = 16
"""Candidates that are shown, the best ones."""


@torch.no_grad()
def overlays(decision: Decision, model: WorldModel, outline: Outline) -> dict[str, np.ndarray]:
    """[batch ...]: the plan, the best of the last candidates with their costs, and what is foreseen of the others."""
    memory = decision.memory
    cursor = torch.from_numpy(memory.cursor).to(memory.plan.device)
    rollout = model.predict(decision.latent, ahead(memory.plan, cursor)[:, None])
    plan = decision.plan if len(decision.rows) == len(decision.latent) else None
    if outline.is_road:
        shown = _on_roads(rollout, model)
        if plan is not None and "plan" in shown:
            costs = plan.candidate_costs[:, :SHOWN]
            poses = road_poses(model, decision.latent, plan.candidates[:, :SHOWN])
            shown |= {"samples": poses, "sample_costs": costs.cpu().numpy()}
        return shown
    if outline.config.view != "full":
        return {}
    shown = _on_grids(rollout, model)
    if plan is not None and "plan" in shown:
        shown["candidates"] = cells(model.predict(decision.latent, plan.candidates[:, :SHOWN]), model)
    return shown


def _on_roads(rollout: Rollout, model: WorldModel) -> dict[str, Any]:
    shown = {}
    if "ego" in model.spec.heads:
        shown["plan"] = poses_of(rollout, model)[:, 0]
    if "occupancy" in model.spec.heads:
        found = model.decode(rollout, ["occupancy"])["occupancy"][:, 0].mean(1)
        half = found[:, (rollout.horizon - 1) // 2]
        shown["occupancy"] = (1.0 - (1.0 - half.clamp(0.0, 1.0)).prod(1)).cpu().numpy()
    return shown


def _on_grids(rollout: Rollout, model: WorldModel) -> dict[str, Any]:
    if "cell" not in model.spec.heads:
        return {}
    chance = model.decode(rollout, ["cell"])["cell"][:, 0].mean(1)
    return {
        "plan": cells(rollout, model)[:, 0],
        "occupancy_probability": chance.amax(1).clamp(0.0, 1.0).cpu().numpy(),
    }


def road_poses(
    model: WorldModel, latent: Latent, actions: Shaped[Tensor, "batch candidate horizon ..."]
) -> Float[np.ndarray, "batch candidate horizon 3"]:
    """Of the ego under candidates, as the model foresees them, seen from where it is now."""
    return poses_of(model.predict(latent, actions), model)


def poses_of(rollout: Rollout, model: WorldModel) -> Float[np.ndarray, "batch candidate horizon 3"]:
    """Of the ego, the first sample's."""
    return model.decode(rollout, ["ego"])["ego"][:, :, 0, :, :3].float().cpu().numpy()


def cells(rollout: Rollout, model: WorldModel) -> Shaped[np.ndarray, "batch candidate time 2"]:
    """(row, col) of the agent's likeliest place now and after every action."""
    chance = model.decode(rollout, ["cell"])["cell"][:, :, 0]
    width = chance.shape[-1]
    place = chance.flatten(-2).argmax(-1).cpu().numpy()
    agent = model_channel(rollout.start.observation["occupancy"], "agent").flatten(1).argmax(1).cpu().numpy()
    now = np.broadcast_to(agent[:, None, None], (*place.shape[:2], 1))
    path = np.concatenate([now, place], axis=-1)
    return np.stack([path // width, path % width], axis=-1).astype(np.int64)


def model_channel(occupancy: Shaped[Tensor, "batch channel row col"], name: str) -> Shaped[Tensor, "batch row col"]:
    """One of the channels that every grid has."""
    return occupancy[:, ("obstacle", "goal", "agent").index(name)]
