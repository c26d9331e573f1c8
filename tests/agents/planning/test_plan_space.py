"""Trajectories and what one drives them by: one gives the other."""

import pytest
import torch

from agents.planning.plan_space import PLANNING, PlanSpace
from world_models.bicycle import SPEED, Bicycle
from world_models.trajectories.limits import Start, steering_of

FREE = Bicycle(dt=0.5, substeps=1000, max_jerk=1e3, max_steering_rate=1e3)


def random_space(batch: int, bicycle: Bicycle = PLANNING) -> PlanSpace:
    speed = torch.linspace(6.0, 15.0, batch, dtype=torch.float64)
    return PlanSpace.at(Start(speed, torch.zeros_like(speed), torch.full_like(speed, 0.02)), bicycle)


def random_plans(batch: int, candidates: int, *, steps: int = 8, seed: int = 0) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    unit = torch.randn(batch, candidates, steps, 2, generator=source, dtype=torch.float64)
    return unit * torch.tensor([0.8, 0.03])


def test_controls_of_a_driven_trajectory_are_found_again():
    space, plans = random_space(5), random_plans(5, 6)
    poses = space.drive(plans)[..., :3]
    again = space.drive(space.invert(poses))
    assert again[..., SPEED].min() >= 0.0
    assert (again[..., :3] - poses).abs().max() < 0.05  # an arc of five pieces is no whole arc
    fine = random_space(5, FREE)
    poses = fine.drive(plans)[..., :3]
    assert (fine.invert(poses) - plans).abs().max() < 2e-4


def test_a_trajectory_that_stands_still_keeps_its_wheels():
    space = PlanSpace.at(Start(torch.zeros(1), torch.zeros(1), torch.full((1,), 0.1)))
    plans = space.invert(torch.zeros(1, 1, 4, 3))
    assert plans[..., 0].abs().max() == 0.0
    assert torch.allclose(plans[..., 1], space.start[0, -1].expand(4))
    assert torch.equal(space.drive(plans)[..., :3], torch.zeros(1, 1, 4, 3))


def test_the_wheels_of_a_curvature_turn_the_bicycle_by_it():
    curvature = torch.tensor([-0.15, 0.0, 0.02, 0.2], dtype=torch.float64)
    ones = torch.ones_like(curvature)
    space = PlanSpace.at(Start(5.0 * ones, 0.0 * ones, curvature))
    plans = torch.stack([0.0 * ones, steering_of(curvature, space.bicycle.wheelbase)], -1)[:, None, None]
    assert torch.allclose(space.drive(plans)[:, 0, 0, 2], 5.0 * 0.5 * curvature)


def test_numbers_are_plans_in_units_that_one_can_drive():
    space, plans = random_space(5), random_plans(5, 6)
    assert torch.allclose(space.plans(space.numbers(plans)), plans)
    hardest = space.drive(torch.ones(5, 1, 1, 2) * space.units[:, None, None])
    turn = hardest[:, 0, 0, 2] / 0.5 * (space.start[:, SPEED] + hardest[:, 0, 0, SPEED]) / 2
    assert (turn < 6.0).all()  # across [m/s^2], having sped up meanwhile


def test_the_energy_of_numbers_is_the_cost_of_what_they_stand_for():
    space, plans = random_space(3), random_plans(3, 4)
    energy = space.energy(lambda poses: poses[..., -1, 0])
    assert torch.allclose(energy(space.numbers(plans)), space.drive(plans)[..., -1, 0])


@pytest.mark.parametrize("speed", [0.0, 3.0])
def test_gradients_run_through_the_drive(speed):
    space = PlanSpace.at(Start(*(torch.full((1,), value, dtype=torch.float64) for value in (speed, 0.0, 0.01))))
    plans = (random_plans(1, 2, steps=4) + torch.tensor([1.0, 0.0])).requires_grad_()
    assert torch.autograd.gradcheck(space.drive, plans, fast_mode=True)
