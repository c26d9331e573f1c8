"""The bicycle that plans by MPC, and derivatives by its wheelbase."""

import numpy as np
import torch

from experiments.control.driving import vehicle
from experiments.control.driving.gradients import against_differences
from experiments.control.driving.tables import steps_until
from world_models.bicycle import Bicycle


def test_the_vehicle_is_the_bicycle_of_the_roads():
    """Within its limits, with one substep."""
    state = torch.tensor([1.0, 2.0, 0.3, 6.0], dtype=torch.float64)
    control = torch.tensor([0.8, 0.1], dtype=torch.float64)
    wheelbase = torch.tensor([2.8], dtype=torch.float64)
    ours = vehicle.moved(state, control, {"wheelbase": wheelbase})
    roads = Bicycle(dt=vehicle.STEP_SECONDS, substeps=1, max_jerk=1e3, max_steering_rate=1e3)
    theirs = roads.step(torch.cat([state, torch.zeros(2, dtype=torch.float64)]), control)
    torch.testing.assert_close(ours, theirs[:4], rtol=1e-12, atol=1e-12)


def test_a_lane_begins_where_one_is_asked_to_be_and_is_driven_by_who_steers_right():
    tasks = vehicle.drawn("lane", 5, torch.Generator().manual_seed(3))
    lane = vehicle.Tasks(tasks.wanted[:, 0], tasks.wanted, tasks.shares, tasks.weights)
    plan = lane.plan(torch.full((1,), vehicle.WHEELBASE, dtype=torch.float64))
    assert plan.solved.all()
    off = (plan.x - tasks.wanted)[..., :2].norm(dim=-1)
    assert (off[:, 0] == 0).all()
    assert off.max() < 0.6


def test_exact_derivatives_are_differences_and_others_are_not():
    off = against_differences("goal", 0, 6)["off"]
    for found in off.values():
        assert found["exact"]
        assert np.abs(found["exact"]).max() < 1e-5
    assert np.median(off["path"]["linearised"]) < -0.2


def test_steps_are_counted_until_nothing_changes_any_more():
    assert steps_until([1.0, 2.0, 3.0, 3.001, 3.0]) == 2
    assert steps_until([3.0, 3.0]) == 0
