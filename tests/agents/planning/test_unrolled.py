"""Unrolled descent: never dearer, drivable, and gradients through the steps that are true."""

from itertools import pairwise

import pytest
import torch

from agents.planning.plan_space import PlanSpace
from agents.planning.unrolled import unroll
from world_models.costs.footprint import Footprint
from world_models.costs.gathered import GatheredVolume
from world_models.trajectories.limits import Start

BATCH, CANDIDATES, TIME = 3, 2, 8
EXTENT = (48.0, 16.0, 32.0, 32.0)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def space_and_poses(seed: int = 0, *, wild: float = 1.0) -> tuple[PlanSpace, torch.Tensor]:
    speed = random(BATCH, seed=seed).abs() * 3.0 + 4.0
    space = PlanSpace.at(Start(speed, torch.zeros_like(speed), torch.zeros_like(speed)))
    plans = random(BATCH, CANDIDATES, TIME, 2, seed=seed + 1) * torch.tensor([1.0, 0.04]) * wild
    return space, space.drive(plans)[..., :3]


def cost_of(values: torch.Tensor, weight: torch.Tensor):
    """A volume that bends where cells meet, and a smooth pull ahead."""
    volume = GatheredVolume(values, EXTENT, 2.0)

    def cost(poses: torch.Tensor) -> torch.Tensor:
        pull = (poses[..., 0] - 20.0).square().sum(-1)
        return volume.query(poses, Footprint(), outside=5.0).sum(-1) + weight * pull

    return cost


def parts(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    return random(BATCH, TIME, 32, 32, seed=seed), torch.tensor(0.05, dtype=torch.float64)


@pytest.mark.parametrize("wild", [0.3, 1.0, 5.0])
def test_no_step_makes_what_is_driven_dearer_and_all_can_be_driven(wild):
    (space, poses), cost = space_and_poses(1, wild=wild), cost_of(*parts(2))
    costs = []
    for steps in (0, 1, 2, 4, 8):
        found = unroll(poses, cost, space, steps=steps)
        costs.append(cost(found.poses))
        driven = space.drive(found.plans)
        assert (driven - space.follow(found.plans)).abs().max() < 1e-9, "what comes out is within the limits"
        if wild == 0.3:  # what can be driven as it is
            assert (driven[..., :3] - found.poses).abs().max() < 0.02
    assert torch.equal(unroll(poses, cost, space, steps=0).poses, poses)
    for before, after in pairwise(costs):
        assert (after <= before + 1e-12).all()
    assert (costs[-1] < costs[0] - 0.5).all()


def test_with_a_graph_the_steps_are_the_same():
    (space, poses), (values, weight) = space_and_poses(3), parts(4)
    plain = unroll(poses, cost_of(values, weight), space, steps=4)
    graphed = unroll(poses, cost_of(values.requires_grad_(), weight.requires_grad_()), space, steps=4, keep_graph=True)
    assert not plain.poses.requires_grad
    assert graphed.poses.requires_grad
    assert torch.equal(plain.poses, graphed.poses)


def test_a_tether_holds_the_trajectory_where_it_began():
    (space, poses), cost = space_and_poses(11), cost_of(*parts(12))
    away = [
        (unroll(poses, cost, space, steps=4, tether=tether).poses - poses)[..., :2].square().sum()
        for tether in (0.0, 0.1, 3.0)
    ]
    assert away[0] > 2.0 * away[1] > 4.0 * away[2]


def test_gradients_through_the_steps_are_those_of_finite_differences():
    (space, poses), (values, weight) = space_and_poses(5, wild=0.5), parts(6)
    aim, towards = random(BATCH, CANDIDATES, TIME, 3, seed=7), random(*values.shape, seed=8)

    def loss(values: torch.Tensor, weight: torch.Tensor, *, keep_graph: bool = False) -> torch.Tensor:
        found = unroll(poses, cost_of(values, weight), space, steps=3, keep_graph=keep_graph)
        return ((found.poses - poses) * aim).sum()

    leaves = values.clone().requires_grad_(), weight.clone().requires_grad_()
    by_values, by_weight = torch.autograd.grad(loss(*leaves, keep_graph=True), leaves)
    step = 1e-7
    there, back = (loss(values + side * step * towards, weight) for side in (1.0, -1.0))
    assert (by_values * towards).sum().item() == pytest.approx(((there - back) / (2 * step)).item(), rel=1e-5)
    there, back = (loss(values, weight + side * step) for side in (1.0, -1.0))
    assert by_weight.item() == pytest.approx(((there - back) / (2 * step)).item(), rel=1e-5)
    assert by_values.abs().max() > 1e-3


def test_imitation_through_the_steps_finds_the_cost_whose_descent_leads_to_the_goal():
    space, poses = space_and_poses(9, wild=0.2)
    wanted = unroll(poses, cost_of(*parts(10)), space, steps=3).poses
    values, weight = parts(10)[0], torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    descent, losses = torch.optim.Adam([weight], lr=1e-2), []
    for _ in range(8):
        found = unroll(poses, cost_of(values, weight), space, steps=3, keep_graph=True)
        loss = (found.poses - wanted)[..., :2].square().sum(-1).mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]
    assert weight.item() == pytest.approx(0.05, abs=0.03)
