"""With the simulator for a model, what a planner does not reach is the planner's own fault."""

from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

import world_models
from envs.core.batched import vector_like
from world_models.costs.grid_costs import ToGo
from world_models.costs.judged import judged_cost
from world_models.planners.cem import CEM
from world_models.road_proposals import RoadProposals


def finished(name, *, levels, planner, cost=None, proposals=None, model_config=None, **arguments):
    """Metrics of the episodes of `levels` held-out worlds, as arrays."""
    env = vector_like(gymnasium.make(name, split="validation", **arguments), levels)
    observation, _ = env.reset(seed=0)
    model: Any = world_models.make("oracle", env, **(model_config or {}))
    cost, draws = cost or judged_cost(model.spec), torch.Generator().manual_seed(0)
    warm, is_over, found = None, np.zeros(levels, bool), {}
    while not is_over.all():
        latent = model.encode({key: torch.from_numpy(np.array(value)) for key, value in observation.items()})
        plan = planner.plan(
            *(model, latent, cost),
            draws=lambda shape: torch.rand((levels, *shape), generator=draws),
            warm=warm,
            proposals=proposals and RoadProposals(model.spec)(latent.observation, planner.horizon),
        )
        warm = plan.warm
        observation, _, terminated, truncated, infos = env.step(plan.actions[:, 0].numpy())
        for row in np.flatnonzero((terminated | truncated) & ~is_over):
            for metric in ("success", "score"):
                found.setdefault(metric, []).append(infos["metrics"][metric][row])
        is_over |= terminated | truncated
    return {metric: np.array(values) for metric, values in found.items()}


@pytest.mark.parametrize("name", ["GridNav-v0", "GridRooms-v0"])
def test_goals_on_grids_are_reached(name):
    found = finished(f"crossroads/{name}", levels=6, planner=CEM(horizon=12, candidates=64, iterations=3), cost=ToGo())
    assert found["success"].all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Highway-v0", "Intersection-v0"])
def test_roads_are_driven_without_fault(name):
    found = finished(
        f"crossroads/{name}",
        levels=2,
        planner=CEM(candidates=32, elites=6, kept=4, iterations=2, spread=0.1, spread_floor=0.02),
        proposals=True,
        model_config={"reward": "score"},
        action="continuous",
        repeat=5,
        observe=("occupancy", "ego", "route"),
    )
    assert found["score"].mean() > 0.95


def test_a_verdict_is_asked_of_who_foresees_it():
    model = world_models.make("oracle", gymnasium.make("crossroads/GridNav-v0"))
    with pytest.raises(ValueError, match="model of roads with the head 'reward'"):
        judged_cost(model.spec)
