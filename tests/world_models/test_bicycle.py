"""The bicycle in torch is the kernel with gradients."""

import numpy as np
import pytest
import torch

from envs.driving.state import new_state
from envs.kernels.bicycle import apply_control
from envs.kernels.bundles import bundle
from envs.kernels.compilation import kernel
from envs.kernels.road_records import ROAD_RULES
from world_models.bicycle import Bicycle

MOTION = ("x", "y", "heading", "speed", "acceleration", "steering")
LIMITS = (
    *("dt", "substeps", "max_acceleration", "max_jerk"),
    *("max_steering", "max_steering_rate", "max_speed"),
)


@kernel
def _apply(state, rule_table, i, acceleration, steering):
    apply_control(state, rule_table[0], 0, i, acceleration, steering)


def driven_by_the_kernel(bicycle, motions, plans):
    """Motions [vehicle horizon 6] after each control of plans [vehicle horizon 2]."""
    table = np.zeros(1, ROAD_RULES)
    for name in LIMITS:
        table[name] = getattr(bicycle, name)
    state = bundle(new_state(1, len(motions), 1, 0))
    state.actors["wheelbase"] = bicycle.wheelbase
    after = np.empty((*plans.shape[:2], 6))
    for i, plan in enumerate(plans):
        for name, value in zip(MOTION, motions[i], strict=True):
            state.actors[name][0, i] = value
        for t, (acceleration, steering) in enumerate(plan):
            _apply(state, table, i, acceleration, steering)
            after[i, t] = [state.actors[name][0, i] for name in MOTION]
    return after


def random_motions(rng, count):
    motions = np.zeros((count, 6))
    motions[:, :2] = rng.uniform(-100, 100, (count, 2))
    motions[:, 2] = rng.uniform(-np.pi, np.pi, count)
    motions[:, 3] = rng.choice([0.0, 0.3, 5.0, 20.0, 39.9], count)
    motions[:, 4], motions[:, 5] = rng.uniform(-2, 2, count), rng.uniform(-0.5, 0.5, count)
    return motions


@pytest.mark.parametrize("substeps", [1, 2, 5])
def test_the_twin_equals_the_kernel(substeps):
    rng = np.random.default_rng(substeps)
    bicycle = Bicycle(substeps=substeps, wheelbase=2.6)
    motions, plans = random_motions(rng, 40), rng.uniform(-1, 1, (40, 30, 2)) * [10.0, 0.8]
    expected = driven_by_the_kernel(bicycle, motions, plans)
    found = bicycle.rollout(torch.from_numpy(motions), torch.from_numpy(plans)).numpy()
    difference = found - expected
    difference[..., 2] = np.arctan2(np.sin(difference[..., 2]), np.cos(difference[..., 2]))
    assert np.abs(difference).max() < 1e-12


def test_gradients_are_those_of_finite_differences():
    bicycle = Bicycle()
    motion = torch.tensor([[1.0, 2.0, 3.1, 8.0, 0.1, 0.05], [0.0, 0.0, -2.0, 15.0, -0.3, -0.1]], dtype=torch.float64)
    plans = torch.tensor(np.random.default_rng(0).uniform(-0.1, 0.1, (2, 4, 2)), requires_grad=True)
    assert torch.autograd.gradcheck(bicycle.rollout, (motion.requires_grad_(), plans))


def test_a_plan_is_found_by_descent_through_the_rollout():
    bicycle = Bicycle()
    start = torch.tensor([0.0, 0.0, 0.0, 8.0, 0.0, 0.0], dtype=torch.float64)
    plan = torch.zeros(20, 2, dtype=torch.float64, requires_grad=True)
    goal = torch.tensor([15.0, 1.5], dtype=torch.float64)
    optimizer = torch.optim.Adam([plan], lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        away = (bicycle.rollout(start, plan)[-1, :2] - goal).square().sum()
        away.backward()
        optimizer.step()
    assert away.item() < 0.05


def test_a_stop_never_turns_into_motion():
    bicycle = Bicycle()
    start = torch.tensor([0.0, 0.0, 0.5, 1.0, 0.0, 0.0], dtype=torch.float64)
    motions = bicycle.rollout(start, torch.tensor([[-3.0, 0.1]], dtype=torch.float64).repeat(30, 1))
    assert motions[-1, 3] == 0.0
    assert torch.equal(motions[-1, :4], motions[-10, :4])
    assert (motions[:, 3] >= 0.0).all()


def test_no_plan_leads_nowhere():
    assert Bicycle().rollout(torch.zeros(3, 6), torch.zeros(3, 0, 2)).shape == (3, 0, 6)


@pytest.mark.parametrize(("name", "value"), [("substeps", 0), ("dt", 0.0), ("wheelbase", float("nan"))])
def test_impossible_vehicles_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        Bicycle(**{name: value})


def test_what_the_limits_leave_of_a_plan_they_leave_again():
    rng = np.random.default_rng(3)
    bicycle = Bicycle()
    motions, plans = random_motions(rng, 40), rng.uniform(-1, 1, (40, 30, 2)) * [10.0, 0.8]
    start, plans = torch.from_numpy(motions), torch.from_numpy(plans)
    feasible = bicycle.feasible(start, plans)
    assert torch.allclose(bicycle.feasible(start, feasible), feasible, atol=1e-9)
    assert torch.equal(bicycle.follow(start, feasible), bicycle.rollout(start, plans))


def test_a_step_is_a_rollout_of_one():
    rng = np.random.default_rng(4)
    bicycle = Bicycle()
    start, plans = torch.from_numpy(random_motions(rng, 20)), torch.from_numpy(rng.uniform(-1, 1, (20, 5, 2)))
    motion, motions = start, bicycle.rollout(start, plans)
    for t in range(5):
        motion = bicycle.step(motion, plans[:, t])
        assert torch.allclose(motion, motions[:, t], atol=1e-12)


def test_who_stands_is_drawn_to_drive_on():
    """Having braked to a stop and held it, any later acceleration would move the end."""
    start = torch.tensor([0.0, 0.0, 0.0, 2.0, 0.0, 0.0], dtype=torch.float64)
    plan = torch.zeros(6, 2, dtype=torch.float64)
    plan[:2, 0] = -5.0
    plan.requires_grad_()
    motions = Bicycle(dt=0.5, substeps=1).follow(start, plan)
    assert motions[1:, 3].abs().max() == 0.0
    (gradient,) = torch.autograd.grad(motions[-1, 3], plan)
    assert gradient[:, 0].tolist() == [0.0, 0.0, 0.5, 0.5, 0.5, 0.5]
