"""Refinement: never dearer, always drivable, and as cheap as can be where that is known."""

from itertools import pairwise

import torch

from agents.planning.plan_space import PLANNING, PlanSpace
from agents.planning.refinement import refine
from world_models.bicycle import ACCELERATION, SPEED, STEERING
from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import Footprint
from world_models.trajectories.limits import Start

BATCH, CANDIDATES, TIME = 6, 4, 8


def space_and_plans(seed: int = 0, *, wild: float = 1.0) -> tuple[PlanSpace, torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    speed = torch.rand(BATCH, generator=source, dtype=torch.float64) * 12.0 + 2.0
    unit = torch.randn(BATCH, CANDIDATES, TIME, 2, generator=source, dtype=torch.float64)
    plans = unit * torch.tensor([1.0, 0.04]) * wild
    return PlanSpace.at(Start(speed, torch.zeros_like(speed), torch.zeros_like(speed))), plans


def random_volume(seed: int = 0):
    """A rough field, which no step size suits."""
    values = torch.randn(BATCH, TIME, 64, 64, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    volume = CostVolume(values, (48.0, 16.0, 32.0, 32.0), 1.0)
    return lambda poses: volume.query(poses, Footprint(), outside=5.0).sum(-1)


def test_the_optimum_of_a_quadratic_is_found_whatever_its_units():
    space, plans = space_and_plans(0)
    poses = space.drive(plans)[..., :3]
    best = space.drive(space_and_plans(0)[1].flip(1))[..., :3]  # can be driven, so the least cost is 0
    for unit in (1e-3, 1e4):
        found = refine(poses, lambda p, u=unit: u * (p - best)[..., :2].square().sum((-1, -2)), space, steps=50)
        assert (found.poses - best)[..., :2].square().sum(-1).sqrt().mean() < 0.1
        assert (found.cost / unit < 1.0).all()
    few = refine(poses, lambda p: (p - best)[..., :2].square().sum((-1, -2)), space, steps=10)
    before = (poses - best)[..., :2].square().sum((-1, -2))
    assert few.cost.mean() < 0.05 * before.mean()


def test_an_optimum_at_the_limit_of_the_brakes_is_found():
    _, plans = space_and_plans(1, wild=0.2)
    speed = torch.linspace(25.0, 35.0, BATCH, dtype=torch.float64)
    space = PlanSpace.at(Start(speed, torch.zeros_like(speed), torch.zeros_like(speed)))
    found = refine(space.drive(plans)[..., :3], lambda p: p[..., 0].square().sum(-1), space, steps=30)
    hardest = space.drive(torch.tensor([-6.0, 0.0]).double().expand_as(plans))[..., :3]
    assert (found.cost <= 1.01 * hardest[..., 0].square().sum(-1)).all()


def test_one_comes_to_a_stop_where_that_is_cheap():
    space, plans = space_and_plans(1, wild=0.2)
    given = space.drive(plans)[..., :3]
    found = refine(given, lambda p: (p[..., 0] - 8.0).square().sum(-1), space, steps=20)
    before = (given[..., 0] - 8.0).square().sum(-1)
    assert found.cost.sum() < 0.1 * before.sum()
    ends = found.poses[..., -1, 0]
    assert ((ends - 8.0).abs() < 2.5).double().mean() > 0.7


def test_a_trajectory_never_gets_dearer():
    cost = random_volume()
    for wild in (0.3, 1.0, 8.0):  # the wildest cannot be driven as they are
        space, plans = space_and_plans(2, wild=wild)
        x = torch.linspace(1.0, 20.0, TIME, dtype=torch.float64).expand(BATCH, CANDIDATES, -1)
        given = torch.stack([x, plans.cumsum(2)[..., 0], plans[..., 1]], -1)
        for steps in (0, 1, 3, 12):
            found = refine(given, cost, space, steps=steps, lr=3.0)
            assert (found.cost <= cost(given)).all()
            assert torch.allclose(cost(found.poses), found.cost)
            assert torch.equal(found.poses[~found.is_better], given[~found.is_better])


def test_more_steps_are_never_worse_and_rough_costs_fall():
    (space, plans), cost = space_and_plans(3), random_volume(1)
    given = space.drive(plans)[..., :3]
    costs = [refine(given, cost, space, steps=steps).cost for steps in (0, 2, 5, 10, 20)]
    assert all((after <= before).all() for before, after in pairwise(costs))
    assert (costs[-1] < cost(given) - 0.5).double().mean() > 0.9


def test_what_comes_out_can_be_driven():
    (space, plans), cost = space_and_plans(4, wild=3.0), random_volume(2)
    found = refine(space.drive(plans)[..., :3] + 0.3, cost, space, steps=15, lr=10.0)
    motions = space.drive(found.plans)
    assert found.is_better.double().mean() > 0.5
    assert torch.allclose(motions[..., :3][found.is_better], found.poses[found.is_better], atol=1e-9)
    assert motions[..., SPEED].min() >= 0.0
    assert motions[..., ACCELERATION].abs().max() <= PLANNING.max_acceleration + 1e-9
    assert motions[..., STEERING].abs().max() <= PLANNING.max_steering + 1e-9
    steering = torch.cat([space.start[:, None, None, STEERING].expand(-1, CANDIDATES, 1), motions[..., STEERING]], 2)
    assert steering.diff(dim=2).abs().max() <= PLANNING.max_steering_rate * PLANNING.dt + 1e-9


def test_each_trajectory_is_refined_for_itself():
    space, plans = space_and_plans(5)
    target = torch.tensor([30.0, 3.0], dtype=torch.float64)
    given = space.drive(plans)[..., :3]

    def cost(poses: torch.Tensor) -> torch.Tensor:
        return (poses[..., -1, :2] - target).square().sum(-1)

    whole = refine(given, cost, space, steps=6)
    alone = refine(given[2:3, 1:2], cost, PlanSpace(space.start[2:3]), steps=6)
    assert torch.allclose(alone.poses[0, 0], whole.poses[2, 1], atol=1e-9)


def test_a_cost_that_says_nothing_changes_nothing():
    space, plans = space_and_plans(6)
    given = space.drive(plans)[..., :3]
    found = refine(given, lambda poses: 0.0 * poses.sum((-1, -2)), space, steps=3)
    assert torch.equal(found.poses, given)
    assert not found.is_better.any()


def test_refinement_works_where_gradients_are_off_and_leaves_no_graph():
    space, plans = space_and_plans(7)
    weight = torch.ones((), dtype=torch.float64, requires_grad=True)
    with torch.no_grad():
        found = refine(space.drive(plans)[..., :3], lambda p: -weight * p[..., -1, 0], space, steps=3)
    assert found.is_better.all()
    assert not found.cost.requires_grad
    assert weight.grad is None
