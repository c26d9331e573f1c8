"""What footprints meet in foreseen occupancy and on the ground that was seen."""

import math

import pytest
import torch

from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import Footprint
from world_models.costs.occupancy_costs import DRIVABLE, OccupancyCollision, OnRoad, TimeToCollision
from world_models.costs.occupancy_lookup import by_future, look_up
from world_models.rollout import Latent, Rollout

EXTENT, RESOLUTION = (12.0, 4.0, 7.0, 5.0), 0.5
ROWS, COLS, HORIZON = 32, 24, 3
POINT = Footprint(kind="point")


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def poses(*shape: int, seed: int = 1) -> torch.Tensor:
    unit = random(*shape, 3, seed=seed).double()
    return unit * torch.tensor([20.0, 14.0, 2 * math.pi]) - torch.tensor([6.0, 6.0, math.pi])


def ego(at: torch.Tensor, speed: float = 0.0) -> torch.Tensor:
    rest = torch.zeros(*at.shape[:-1], 3, dtype=at.dtype)
    rest[..., 0] = speed
    return torch.cat([at, rest], -1)


def rollout_on(drivable: torch.Tensor | None = None) -> Rollout:
    ground = torch.full((1, 11, ROWS, COLS), 255, dtype=torch.uint8)
    if drivable is not None:
        ground[:, DRIVABLE] = 255 * drivable.byte()
    return Rollout(Latent({}, {"occupancy": ground}), torch.zeros(1, 1, HORIZON, 2), {})


def test_looking_up_is_that_of_a_cost_volume_with_nothing_outside():
    maps, points = random(3, 2, ROWS, COLS), poses(3, 50)[..., :2]
    found = look_up(maps, points, EXTENT)
    for channel in range(2):
        volume = CostVolume(maps[:, None, channel], EXTENT, RESOLUTION)
        assert (found[:, channel] - volume.at(points[:, None], outside=0.0)[:, 0]).abs().max() < 1e-12


def test_maps_that_all_candidates_share_are_met_as_their_copies_are():
    shared, points = random(2, 1, 2, HORIZON, 2, ROWS, COLS), poses(2, 5, 1, HORIZON, 7)[..., :2]
    copies = shared.expand(-1, 5, -1, -1, -1, -1, -1)
    expected = by_future(copies.contiguous(), points, EXTENT)
    assert expected.shape == (2, 5, 2, HORIZON, 2, 7)
    assert torch.equal(by_future(shared, points, EXTENT), expected)
    assert torch.equal(by_future(copies, points, EXTENT), expected)


def test_a_collision_is_as_likely_as_the_likeliest_of_its_points():
    occupancy, at = random(1, 2, 1, HORIZON, 2, ROWS, COLS), poses(1, 2, 1, HORIZON)
    found = OccupancyCollision(extent=EXTENT).by_step({"occupancy": occupancy, "ego": ego(at)}, rollout_on())
    points = OccupancyCollision(extent=EXTENT).footprint.points(at)
    for candidate in range(2):
        for t in range(HORIZON):
            met = look_up(occupancy[0, candidate, 0, t, None], points[0, candidate, 0, t, None], EXTENT)[0]
            expected = (1 - (1 - met[0]) * (1 - met[1])).max()
            assert found[0, candidate, 0, t].item() == pytest.approx(expected.item())


def test_turning_the_scene_and_the_plan_by_a_quarter_changes_nothing():
    occupancy, at = random(1, 1, 1, HORIZON, 2, ROWS, COLS), poses(1, 6, 1, HORIZON)
    ahead, behind, left, right = EXTENT
    turned = torch.stack([-at[..., 1], at[..., 0], at[..., 2] + math.pi / 2], -1)
    here = {"occupancy": occupancy, "ego": ego(at, 5.0)}
    there = {"occupancy": occupancy.rot90(1, (-2, -1)), "ego": ego(turned, 5.0)}
    for make in (OccupancyCollision, lambda extent: TimeToCollision(extent=extent, dt=0.5)):
        before = make(extent=EXTENT).by_step(here, rollout_on())
        after = make(extent=(right, left, ahead, behind)).by_step(there, rollout_on())
        assert (after - before).abs().max() < 1e-9
        assert before.std() > 0.01


def block(x: float, y: float, length: float = 4.0, width: float = 2.0) -> torch.Tensor:
    """Cells whose centres lie in a box, [row col]."""
    rows = EXTENT[0] - (torch.arange(ROWS) + 0.5) * RESOLUTION
    cols = EXTENT[2] - (torch.arange(COLS) + 0.5) * RESOLUTION
    return (((rows - x).abs() < length / 2)[:, None] & ((cols - y).abs() < width / 2)).double()


def test_boxes_that_overlap_collide_and_those_apart_do_not():
    occupancy = torch.zeros(1, 1, 1, 1, 2, ROWS, COLS).double()
    occupancy[..., 0, :, :] = block(6.0, 0.0)
    places = torch.tensor(
        [[2.5, 0.0, 0.0], [6.0, 1.5, 0.0], [6.0, -4.2, 0.0], [0.0, 0.0, 0.0], [6.0, -2.8, math.pi / 2]]
    )
    seen = {"occupancy": occupancy, "ego": ego(places.double().view(1, -1, 1, 1, 3))}
    body = OccupancyCollision(extent=EXTENT, footprint=Footprint(kind="box", spacing=0.5))
    assert body.by_step(seen, rollout_on()).flatten().tolist() == pytest.approx([1.0, 1.0, 0.0, 0.0, 1.0])


def test_time_to_collision_sees_the_one_who_stands_and_not_the_one_who_drives_on():
    at = torch.tensor([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [4.0, 0.0, 0.0]]).double().view(1, 1, 1, HORIZON, 3)
    standing, driving = torch.zeros(2, 1, 1, 1, HORIZON, 2, ROWS, COLS).double()
    for t in range(HORIZON):
        standing[..., t, 0, :, :] = block(7.0, 0.0)
        driving[..., t, 0, :, :] = block(6.5 + 2.0 * t, 0.0)
    cost = TimeToCollision(extent=EXTENT, dt=0.5)
    hits = cost.by_step({"occupancy": standing, "ego": ego(at, 4.0)}, rollout_on()).flatten().tolist()
    assert hits[2] == 0.0  # nothing is foreseen after the last step
    assert hits[1] == pytest.approx(1.0)
    misses = cost.by_step({"occupancy": driving, "ego": ego(at, 4.0)}, rollout_on())
    assert misses.abs().max() == 0.0


@pytest.mark.parametrize("horizon", [1, 2])
def test_time_to_collision_looks_no_further_than_the_horizon(horizon):
    seen = {"occupancy": random(1, 1, 1, horizon, 2, ROWS, COLS), "ego": ego(poses(1, 4, 1, horizon))}
    assert TimeToCollision(extent=EXTENT, dt=0.5, ahead=5)(seen, rollout_on()).shape == (1, 4, 1)


def test_the_road_costs_nothing_and_what_is_beside_it_all():
    y = EXTENT[2] - (torch.arange(COLS) + 0.5) * RESOLUTION
    on = rollout_on((y.abs() < 2.5).expand(1, ROWS, -1))  # beyond 5 m to the right it is not seen
    places = torch.tensor([[0.0, 0.0, 0.0], [5.0, 1.5, 0.0], [5.0, -3.8, 0.0], [400.0, 0.0, 0.0], [5.0, 2.5, 0.0]])
    costs = OnRoad(extent=EXTENT).by_step({"ego": ego(places.view(1, -1, 1, 1, 3))}, on).flatten().tolist()
    assert costs[0] == costs[1] == costs[3] == 0.0
    assert costs[2] == pytest.approx(1.0)
    assert costs[4] == pytest.approx(0.5 * (1.0 / 3.0 + 1.0))  # one row of points in three is off, another on the edge


def test_costs_have_the_gradient_of_finite_differences():
    torch.manual_seed(0)
    occupancy = random(1, 1, 1, HORIZON, 2, ROWS, COLS)
    at = poses(1, 2, 1, HORIZON, seed=4) * 0.4
    state = ego(at, 3.0).requires_grad_()
    on = rollout_on(random(1, ROWS, COLS, seed=3) < 0.5)
    for cost in (OccupancyCollision(extent=EXTENT), TimeToCollision(extent=EXTENT, dt=0.5), OnRoad(extent=EXTENT)):
        parts = (lambda value, cost=cost: cost({"occupancy": occupancy, "ego": value}, on)), (state,)
        assert torch.autograd.gradcheck(*parts, eps=1e-7, atol=1e-4, rtol=1e-4, fast_mode=True)
