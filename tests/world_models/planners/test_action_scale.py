"""A fast vehicle is steered little, everything else is searched whole."""

import torch
from toy_models_for_tests import box, draws_of

from world_models.bicycle import Bicycle
from world_models.planners.action_scale import LATERAL, action_scale
from world_models.planners.gaussian import BoundedGaussian
from world_models.planners.units import Units
from world_models.rollout import Latent
from world_models.spec import Actions, Spec

ROAD = Spec({"ego": (10,)}, box(2), 0.5, (), ("ego",), (48.0, 16.0, 32.0, 32.0))
SPEEDS = torch.tensor([0.0, 3.0, 10.0, 30.0])


def latent() -> Latent:
    ego = torch.zeros(4, 10)
    ego[:, 0] = SPEEDS
    return Latent({}, {"ego": ego})


def test_steering_at_full_scale_turns_as_hard_as_is_sensible_and_no_harder():
    scale = action_scale(ROAD, latent())
    assert scale[:, 0].tolist() == [1.0] * 4
    assert scale[:2, 1].tolist() == [1.0, 1.0]
    vehicle = Bicycle()
    motion = torch.zeros(4, 6)
    motion[:, 3] = SPEEDS
    motion[:, 5] = vehicle.max_steering * scale[:, 1]
    turned = vehicle.step(motion, motion[:, 4:])[:, 2] / vehicle.dt
    assert ((turned * SPEEDS)[2:] / LATERAL - 1.0).abs().max() < 0.05


def test_grids_and_rows_without_an_ego_are_searched_whole():
    grid = Spec({"ego": (4,)}, Actions("discrete", 8), 1.0, (), ())
    assert action_scale(grid, latent()).eq(1.0).all()
    assert action_scale(ROAD, Latent({}, {"x": torch.zeros(4, 1)})).eq(1.0).all()


def test_what_is_drawn_keeps_to_the_scale():
    scale = action_scale(ROAD, latent())
    units = Units.of(ROAD.actions, torch.device("cpu"))
    begun = BoundedGaussian.begin(
        torch.zeros(4, 8, 2), torch.zeros(4, dtype=torch.bool), units, spreads=(0.05, 0.3), scale=scale, colour=0.0
    )
    drawn = begun.draw(draws_of(0, 1, 2, 3), 500)
    assert torch.allclose(drawn.std((1, 2)), 0.3 * scale, rtol=0.1)
    sure = begun.fitted(drawn, torch.eye(500)[:1].expand(4, -1), 0.0)
    assert torch.allclose(sure.spread[:, 0], 0.05 * scale, rtol=1e-4)
