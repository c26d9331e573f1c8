"""Progress, lane, limit and comfort against what was driven, and the sum that is the default."""

from dataclasses import replace

import pytest
import torch

from world_models.bicycle import Bicycle
from world_models.costs.defaults import default_cost, grid_cost, road_cost
from world_models.costs.grid_costs import CellToGo, LatentGoal, Reward, ToGo
from world_models.costs.occupancy_costs import OnRoad
from world_models.costs.road_costs import CentreLine, Comfort, Progress, SpeedLimit, yaw_rate
from world_models.costs.until_goal import UntilGoal
from world_models.rollout import Latent, Rollout
from world_models.spec import Actions, Spec

EXTENT, DT, HORIZON = (48.0, 16.0, 32.0, 32.0), 0.5, 8
SPEC = Spec(
    {"occupancy": (11, 64, 64), "ego": (10,), "route": (36,)},
    Actions("continuous", 2, (-1.0, -1.0), (1.0, 1.0)),
    DT,
    ("vehicles", "pedestrians"),
    ("occupancy", "ego"),
    EXTENT,
)
BICYCLE = Bicycle(dt=0.1)


def scene(speed: float = 8.0, limit: float = 10.0, to_goal: float = 500.0, dtype=torch.float64) -> Rollout:
    """A straight route ahead, and road everywhere."""
    x = 4.0 * torch.arange(1, 13, dtype=dtype)
    route = torch.stack([x, 0.0 * x, 0.0 * x], -1).view(1, -1)
    ego = torch.tensor([[speed, 0.0, 0.0, 0.0, 0.0, 0.0, limit, to_goal, 100.0, 0.0]], dtype=dtype)
    ground = torch.full((1, 11, 64, 64), 255, dtype=torch.uint8)
    latent = Latent({}, {"occupancy": ground, "ego": ego, "route": route})
    return Rollout(latent, torch.zeros(1, 1, HORIZON, 2), {})


def drive(controls: torch.Tensor, speed: float = 8.0) -> torch.Tensor:
    """Motions [1 candidate 1 horizon 6] of controls [candidate horizon 2], each held for half a second."""
    held = controls.double().repeat_interleave(5, 1)
    start = torch.zeros(len(controls), 6, dtype=torch.float64)
    start[:, 3] = speed
    return BICYCLE.rollout(start, held)[None, :, None, 4::5]


def straight(acceleration: float = 0.0) -> torch.Tensor:
    return torch.tensor([[[acceleration, 0.0]] * HORIZON])


def test_progress_is_the_share_of_what_the_limit_allows():
    seen = {"ego": drive(straight())}
    assert Progress(extent=EXTENT, dt=DT)(seen, scene()).item() == pytest.approx(-0.8, abs=1e-3)
    assert Progress(extent=EXTENT, dt=DT)(seen, scene(to_goal=16.0)).item() == pytest.approx(-0.4, abs=1e-3)
    standing = {"ego": drive(straight(), speed=0.0)}
    assert Progress(extent=EXTENT, dt=DT)(standing, scene()).item() == pytest.approx(0.0, abs=1e-3)


def test_the_middle_of_the_lane_costs_nothing_and_another_lane_all():
    cost = CentreLine(extent=EXTENT)
    ego = drive(straight())
    assert cost({"ego": ego}, scene()).abs().max() < 1e-6
    aside = ego.clone()
    aside[..., 1] += 1.75
    assert cost.by_step({"ego": aside}, scene()).flatten().tolist() == pytest.approx([0.5] * HORIZON, abs=1e-4)
    turned = ego.clone()
    turned[..., 2] = torch.pi
    assert cost.by_step({"ego": turned}, scene()).flatten().tolist() == pytest.approx([2.0] * HORIZON, abs=1e-4)


def test_only_what_exceeds_the_limit_is_paid():
    ego = drive(straight(1.0))
    expected = (ego[..., 3] / 10.0 - 1.0).clamp(min=0.0)
    assert torch.allclose(SpeedLimit().by_step({"ego": ego}, scene()), expected)
    assert expected[0, 0, 0, 0] == 0.0 < expected[0, 0, 0, -1]


def test_yaw_rate_is_that_of_the_bicycle():
    motion = torch.tensor([[0.0, 0.0, 0.0, 7.0, 0.0, 0.3]], dtype=torch.float64)
    after = BICYCLE.step(motion, torch.tensor([[0.0, 0.3]], dtype=torch.float64))
    found = yaw_rate(motion[:, 3], motion[:, 5], BICYCLE.wheelbase)
    assert found.item() == pytest.approx(after[0, 2].item() / 0.1, rel=1e-9)


def test_driving_on_costs_no_comfort_and_bounds_are_paid_by_share():
    cost = Comfort(dt=DT, effort=0.0, near=1.0)
    assert cost({"ego": drive(straight())}, scene()).item() == 0.0
    ego = drive(straight())
    ego[..., 4] = torch.tensor([0.0, 1.2, 2.4, 3.6, 2.4, 1.2, 0.0, 0.0])
    assert cost.by_step({"ego": ego}, scene()).flatten().tolist() == pytest.approx([0, 0, 0, 0.5, 0, 0, 0, 0], abs=1e-6)
    ego[..., 4] = torch.tensor([-2.0, -4.05, -6.075, -4.05, -2.0, 0.0, 0.0, 0.0])
    assert cost.by_step({"ego": ego}, scene()).flatten()[2].item() == pytest.approx(0.5)
    jerk = drive(straight())
    jerk[..., 4] = torch.tensor([2.4] + [0.0] * 7)
    assert cost.by_step({"ego": jerk}, scene()).flatten()[0].item() == pytest.approx(2.4 / DT / 4.13 - 1.0)


def test_what_is_felt_now_is_where_jerk_begins():
    ego, rollout = drive(straight()), scene()
    ego[..., 4] = -3.0
    rollout.start.observation["ego"][:, 1] = -3.0
    assert Comfort(dt=DT, effort=0.0, near=1.0)({"ego": ego}, rollout).item() == 0.0


def test_the_default_has_the_gradient_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    occupancy = torch.rand(1, 1, 1, HORIZON, 2, 64, 64, generator=generator, dtype=torch.float64)
    controls = torch.randn(2, HORIZON, 2, generator=generator, dtype=torch.float64) * torch.tensor([1.0, 0.05])
    rollout = scene()
    rollout.start.observation["occupancy"][:, 0] = 255 * (torch.rand(64, 64, generator=generator) < 0.5)

    def total(controls: torch.Tensor) -> torch.Tensor:
        return default_cost(SPEC)({"occupancy": occupancy, "ego": drive(controls)}, rollout)

    assert torch.autograd.gradcheck(total, (controls.requires_grad_(),), eps=1e-7, atol=1e-3, rtol=1e-3, fast_mode=True)


def test_the_default_drives_on_rather_than_standing_or_hitting_somebody():
    controls = torch.cat([straight(), straight(-6.0), straight(-2.0)])
    seen = {"ego": drive(controls), "occupancy": torch.zeros(1, 1, 1, HORIZON, 2, 64, 64).double()}
    free = default_cost(SPEC)(seen, scene()).flatten()
    assert free.argmin() == 0
    seen["occupancy"][..., 0, 16:24, 28:36] = 1.0  # from 24 to 32 m ahead
    blocked = default_cost(SPEC)(seen, scene()).flatten()
    assert blocked.argmin() == 2
    assert blocked[0] > free[0] + 5.0


def test_a_row_does_not_know_the_others():
    seen = {
        "ego": drive(straight()).repeat(2, 1, 1, 1, 1),
        "occupancy": torch.zeros(2, 1, 1, HORIZON, 2, 64, 64).double(),
    }
    parts = [scene(limit=30.0).start.observation, scene(limit=6.0).start.observation]
    joined = {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    both = default_cost(SPEC)(seen, Rollout(Latent({}, joined), torch.zeros(2, 1, HORIZON, 2), {}))
    alone = default_cost(SPEC)({key: part[1:] for key, part in seen.items()}, scene(limit=6.0))
    assert torch.equal(both[1:], alone)


def test_defaults_ask_for_what_a_model_has():
    assert set(default_cost(SPEC).needs) == {"occupancy", "ego"}
    assert default_cost(replace(SPEC, heads=("ego",))).needs == ("ego",)
    with pytest.raises(ValueError, match="with the head 'ego'"):
        road_cost(replace(SPEC, heads=("latent",)))
    grid = Spec({"occupancy": (3, 16, 16)}, Actions("discrete", 8), 1.0, ("obstacle",), ("latent", "to_go", "reward"))
    cost = default_cost(grid)
    assert isinstance(cost, ToGo)
    assert cost.prices is not None
    assert cost.prices[3:5] == pytest.approx((1.0, 2.0**0.5))
    assert isinstance(grid_cost(replace(grid, heads=("latent", "reward"))), Reward)
    assert isinstance(grid_cost(replace(grid, heads=("latent",))), LatentGoal)
    seen = replace(grid, heads=("cell", "latent"), foreseen=("agent", "obstacle", "goal"))
    cell = grid_cost(seen)
    assert isinstance(cell, CellToGo)
    assert (cell.obstacle, cell.goal, cell.moves) == (1, 2, 8)
    with pytest.raises(ValueError, match="expected a head 'to_go', 'reward', 'cell' or 'latent'"):
        grid_cost(replace(grid, heads=("occupancy",)))


def until_goal(*costs):
    return UntilGoal(cost=1.0 * costs[0] + sum(costs[2:], costs[1]), extent=EXTENT)


def test_far_from_the_goal_it_is_the_plain_sum():
    seen = {"ego": drive(straight(1.0)), "occupancy": torch.rand(1, 1, 1, HORIZON, 2, 64, 64).double()}
    cost = road_cost(SPEC)
    assert isinstance(cost, UntilGoal)
    torch.testing.assert_close(cost(seen, scene()), cost.cost(seen, scene()))
    terms, plain = cost.terms(seen, scene()), cost.cost.terms(seen, scene())
    assert terms.keys() == plain.keys()
    torch.testing.assert_close(terms, plain)


def test_steps_that_begin_behind_the_goal_are_free():
    # 4 m a step: the third one ends behind the goal, and is paid for; the others begin behind it
    seen, cost = {"ego": drive(straight())}, until_goal(SpeedLimit(), Comfort(dt=DT))
    open_ = cost.is_open(seen, scene(limit=4.0, to_goal=11.0))
    assert open_.flatten().tolist() == [True] * 3 + [False] * (HORIZON - 3)
    short = cost.terms(seen, scene(limit=4.0, to_goal=11.0))["SpeedLimit"]
    torch.testing.assert_close(short, 3 / HORIZON * SpeedLimit()(seen, scene(limit=4.0)))


def test_a_road_that_ends_behind_the_goal_is_no_reason_to_brake():
    rollout = scene(to_goal=12.0)
    rollout.start.observation["occupancy"][:, 0, :24] = 0  # of cells a metre long, from 48 m ahead to 24
    goes_on, brakes = ({"ego": drive(straight(a))} for a in (0.0, -3.0))
    without = OnRoad(extent=EXTENT)
    assert without(goes_on, rollout) > without(brakes, rollout)
    cost = until_goal(without, Progress(extent=EXTENT, dt=DT))
    assert cost(goes_on, rollout) <= cost(brakes, rollout)


def test_who_is_behind_the_goal_pays_for_nothing_but_what_is_of_the_whole_future():
    seen = {"ego": drive(straight())}
    assert until_goal(SpeedLimit(), Comfort(dt=DT))(seen, scene(limit=1.0, to_goal=0.0)).item() == 0.0
