"""Proposals on roads are actions that drive trajectories along the route."""

from typing import Any

import gymnasium
import pytest
import torch

from world_models.bicycle import Bicycle
from world_models.ego_motion import EgoMotion
from world_models.of_env import spec_of
from world_models.road_proposals import FEW, LIMIT, RoadProposals
from world_models.trajectories.inversion import invert
from world_models.trajectories.library import sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

HORIZON = 8


@pytest.fixture(scope="module")
def env() -> Any:
    return gymnasium.make("crossroads/Intersection-v0", action="continuous", repeat=5, observe=("ego", "route"))


def test_proposals_follow_their_trajectories(env):
    """Where the vehicle can: most end within a few centimetres of them."""
    observation, _ = env.reset(seed=0)
    seen = {key: torch.from_numpy(value)[None] for key, value in observation.items()}
    proposals = RoadProposals.of_env(env, spec_of(env, heads=("ego",)))(seen, HORIZON)
    wanted = sample(
        ReferencePath.of_observation(seen["ego"], seen["route"]),
        Start.of_observation(seen["ego"]),
        limit=seen["ego"][:, LIMIT],
        steps=HORIZON,
        config=FEW,
    )
    driven = EgoMotion.of_env(env).rollout(seen["ego"], proposals)
    away = (driven[..., :2] - wanted.poses[..., :2]).norm(dim=-1).amax(-1)
    assert proposals.shape == (1, wanted.num_candidates, HORIZON, 2)
    assert proposals.abs().max() <= 1.0
    assert away.median() < 0.05


def test_rows_are_proposed_to_alone(env):
    rows = [env.reset(seed=seed)[0] for seed in range(3)]
    seen = {key: torch.stack([torch.from_numpy(row[key]) for row in rows]) for key in rows[0]}
    propose = RoadProposals(spec_of(env, heads=("ego",)))
    together = propose(seen, HORIZON)
    alone = torch.cat([propose({key: value[k : k + 1] for key, value in seen.items()}, HORIZON) for k in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_what_was_driven_is_inverted():
    bicycle = Bicycle(dt=0.5, substeps=50)
    start = torch.tensor([[0.0, 0.0, 0.0, 8.0, 0.0, 0.05]], dtype=torch.float64)
    plans = torch.tensor([[1.0, 0.1], [-2.0, 0.05], [0.5, -0.1], [0.0, 0.0]], dtype=torch.float64)[None, None]
    poses = bicycle.rollout(start[:, None], plans)[..., :3]
    assert torch.allclose(invert(start, poses, bicycle), plans, atol=1e-2)
