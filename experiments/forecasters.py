"""Who says where the others will be: learned agents, and the two that know no more than where they are and go now."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.networks.policy import as_tensors
from agents.planning.futures import FutureBatch
from agents.planning.occupancy_labels import future_occupancy_labels
from agents.social.presence import presence
from envs.kernels.road_features import ACTOR_FEATURES

Forecaster = Callable[[FutureBatch, Any], np.ndarray]
"""(scenes, the environment's config) -> probability [scene time 2 row col], of which only what is observed is read."""


def moved_on(batch: FutureBatch, config: Any, *, moves: bool = True) -> np.ndarray:
    """Every actor keeps the velocity and heading that it has now, or its place: 0 or 1, drawn as the labels are."""
    actors, known = read_actors(batch.observation)
    times = config.trajectory_dt * torch.arange(1, batch.expert.shape[1] + 1)
    where = actors["position"][:, :, None] + moves * actors["velocity"][:, :, None] * times[:, None]
    heading = actors["heading"][:, :, None, None].expand(*where.shape[:3], 1)
    future = FutureBatch(
        observation={},
        expert=torch.zeros_like(batch.expert),
        expert_known=torch.ones_like(batch.expert_known),
        actors=torch.cat([where, heading], dim=-1),
        actors_known=known[..., None].expand(where.shape[:3]),
        sizes=actors["size"],
        are_pedestrians=known & actors["vulnerable"],
    )
    return future_occupancy_labels(future, extent=config.extent, resolution=config.resolution).numpy()


def read_actors(observation: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
    """(position, velocity, size [scene actor 2], heading, vulnerable [scene actor]; who is there) as observed."""
    table = observation["actors"].unflatten(1, (-1, len(ACTOR_FEATURES)))
    column = {name: table[..., k] for k, name in enumerate(ACTOR_FEATURES)}
    pairs = {"position": ("forward", "left"), "velocity": ("velocity_forward", "velocity_left")}
    pairs["size"] = ("length", "width")
    found = {name: torch.stack([column[part] for part in parts], dim=-1) for name, parts in pairs.items()}
    found["heading"] = torch.atan2(column["sin"], column["cos"])
    found["vulnerable"] = column["vulnerable"] > 0.5
    return found, observation["actors_mask"] > 0.5


YARDSTICKS: dict[str, Forecaster] = {
    "constant-velocity": moved_on,
    "standing-still": partial(moved_on, moves=False),
}


def learned(agent: Any) -> dict[str, Forecaster]:
    """What is added to the agent's label -> what it foresees by `forecast(observation)`, and `company(observation)`.

    Either sees what the agent observes and nothing else. `forecast` gives probabilities [batch time 2 row col];
    `company` gives beliefs about samples of the nearest others' trajectories, which are laid on the map here.

    Raises:
        ValueError: an agent that does not forecast.
    """
    if not hasattr(agent, "forecast"):
        raise ValueError(f"Agent {agent.name!r} does not forecast: it has no method forecast(observation).")

    def seen(batch: FutureBatch) -> dict[str, Tensor]:
        return {key: batch.observation[key] for key in agent.observation_space}

    def forecast(batch: FutureBatch, _config: Any) -> np.ndarray:
        return np.asarray(agent.forecast({key: array.numpy() for key, array in seen(batch).items()}))

    def believe(batch: FutureBatch, config: Any) -> np.ndarray:
        company = agent.company(as_tensors({key: array.numpy() for key, array in seen(batch).items()}))
        return believed(company, config)

    return {"": forecast} | ({" beliefs": believe} if hasattr(agent, "company") else {})


@torch.no_grad()
def believed(company: Any, config: Any) -> np.ndarray:
    """How likely each cell is covered at each time, by vehicles and by pedestrians, if the marginals are right."""
    samples, view = company.samples, {"extent": config.extent, "resolution": config.resolution}
    kinds = (~samples.is_pedestrian, samples.is_pedestrian)
    times = []
    for time in range(samples.poses.shape[3]):
        at = slice(time, time + 1)
        now = replace(samples, poses=samples.poses[:, :, :, at], speeds=samples.speeds[:, :, :, at])
        of_kind = [replace(now, mask=samples.mask & is_one) for is_one in kinds]
        times.append(torch.stack([presence(company.log_belief, one, **view) for one in of_kind], dim=1))
    return torch.stack(times, dim=1).numpy()
