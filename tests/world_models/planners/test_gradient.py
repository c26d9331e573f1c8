"""Descent on actions reaches optima that are known, within bounds, and leaves no gradient behind."""

import pytest
import torch
from torch import nn
from toy_models_for_tests import LatentCost, Toy, actions_cost, adder, box, draws_of, latent_of

from world_models.costs.grid_costs import LatentGoal
from world_models.planners.gradient import GradientDescent
from world_models.spec import Actions

ORIGIN = latent_of((0.0, 0.0))
A = torch.tensor([[1.0, 0.2], [0.0, 1.0]])
B = torch.tensor([[0.0], [0.2]])
Q, R, HORIZON = torch.diag(torch.tensor([1.0, 0.1])), 0.05, 8


def lqr_optimum(x: torch.Tensor) -> tuple[torch.Tensor, list[float]]:
    """Cost to go sum over t of x'Qx (after each step) + R u^2 by Riccati's recursion, and the controls."""
    left, gains = torch.zeros(2, 2, dtype=torch.float64), []
    a, b, q = A.double(), B.double(), Q.double()
    for _ in range(HORIZON):
        s = left + q  # of the state that a step leads to
        gain = torch.linalg.solve(R * torch.eye(1).double() + b.T @ s @ b, b.T @ s @ a)
        left = a.T @ s @ (a - b @ gain)
        gains.append(gain)
    controls, at = [], x.double()
    for gain in reversed(gains):
        u = -gain @ at
        controls.append(float(u))
        at = a @ at + b @ u
    return x.double() @ left @ x.double(), controls


def linear_model() -> Toy:
    return Toy(box(1, -20.0, 20.0), lambda x, action: x @ A.T + action @ B.T)


LQR = LatentCost(
    lambda latent, rollout: (
        ((latent @ Q) * latent).sum((-1, -2)) + R * rollout.actions[:, :, None].square().sum((-1, -2))
    )
)


def test_a_linear_quadratic_problem_is_solved_as_by_riccati():
    planner = GradientDescent(restarts=2, horizon=HORIZON, iterations=250, learning_rate=0.1)
    plan = planner.plan(linear_model(), latent_of((1.0, 0.0)), LQR, draws=draws_of(0))
    cost, controls = lqr_optimum(torch.tensor([1.0, 0.0]))
    assert plan.cost.item() == pytest.approx(cost.item(), rel=1e-3)
    assert plan.cost.item() >= cost.item() - 1e-4
    assert (plan.actions[0, :, 0] - torch.tensor(controls)).abs().max() < 0.1


def test_an_optimum_beyond_the_bounds_is_met_within_them():
    cost = actions_cost(lambda actions: (actions - 5.0).square().sum((-1, -2)))
    plan = GradientDescent(iterations=150).plan(adder(box(2, -0.5, 0.25)), ORIGIN, cost, draws=draws_of(0))
    assert (plan.actions - 0.25).abs().max() < 0.01
    assert plan.actions.max() <= 0.25


def test_restarts_find_the_deeper_of_two_valleys():
    def price(actions: torch.Tensor) -> torch.Tensor:
        return ((actions.square() - 0.25).square() + 0.05 * actions).sum((-1, -2))

    planner = GradientDescent(restarts=16, horizon=1, iterations=80)
    plan = planner.plan(adder(box(1)), latent_of((0.0,)), actions_cost(price), draws=draws_of(0))
    assert plan.actions.item() == pytest.approx(-0.55, abs=0.05)


def test_the_best_plan_met_is_kept():
    _, trace = (plan := rough_plan()).cost, plan.stats.trace
    assert (trace.diff(dim=0) <= 0).all()
    assert torch.equal(trace[-1], plan.cost)
    assert torch.equal(plan.candidate_costs[:, 0], plan.cost)


def rough_plan():
    cost = actions_cost(lambda actions: (actions - 0.3).abs().sum((-1, -2)))
    planner = GradientDescent(iterations=20, learning_rate=2.0, noise=0.3)
    return planner.plan(adder(), latent_of((0.0, 0.0), (0.0, 0.0)), cost, draws=draws_of(0, 1))


def test_a_row_does_not_know_the_others():
    planner, cost = GradientDescent(iterations=10, noise=0.01), LatentGoal(at="path")
    goals = latent_of((1.0, 2.0), (-3.0, 0.5))
    both = planner.plan(adder(), latent_of((0.0, 0.0), (1.0, 0.0)), cost, draws=draws_of(0, 1), goal=goals)
    alone = planner.plan(adder(), latent_of((1.0, 0.0)), cost, draws=draws_of(1), goal=goals.rows(torch.tensor([1])))
    assert torch.equal(alone.actions[0], both.actions[1])


def test_what_was_solved_stays_solved_and_proposals_are_starts():
    planner, goal = GradientDescent(iterations=150, restarts=2), latent_of((2.0, -1.0))
    cost = LatentGoal(at="final")
    plan = planner.plan(adder(), ORIGIN, cost, draws=draws_of(0), goal=goal)
    moved = ORIGIN.parts["latent"] + plan.actions[:, 0]
    brief = GradientDescent(iterations=1, restarts=2)
    target = moved + torch.cat([plan.actions[:, 1:], plan.actions[:, -1:]], 1).sum(1)
    again = brief.plan(
        adder(), latent_of(tuple(moved[0].tolist())), cost,
        draws=draws_of(1), warm=plan.warm, goal=latent_of(tuple(target[0].tolist())),
    )  # fmt: skip
    assert again.cost.item() < 1e-6
    given = torch.full((1, 1, 8, 2), 0.25)
    told = brief.plan(adder(), ORIGIN, cost, draws=draws_of(1), proposals=given, goal=latent_of((2.0, 2.0)))
    assert (told.actions - 0.25).abs().max() < 1e-5


def test_no_gradient_is_left_behind():
    model = adder()
    model.inner = nn.Linear(2, 2)
    model.step = lambda x, action: x + model.inner(action)
    plan = GradientDescent(iterations=3).plan(model, ORIGIN, LatentGoal(), draws=draws_of(0), goal=ORIGIN)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(part.requires_grad for part in (plan.actions, plan.cost, plan.candidates, *plan.warm))


def test_a_time_budget_is_kept():
    now = [0.0]

    def slow(x, action):
        now[0] += 0.010 / 8
        return x + action

    planner = GradientDescent(time_budget_ms=42.0, clock=lambda: now[0])
    plan = planner.plan(Toy(box(), slow), ORIGIN, LatentGoal(), draws=draws_of(0), goal=ORIGIN)
    assert plan.stats.iterations == 4


def test_choices_and_models_without_gradients_are_refused():
    model = Toy(Actions("discrete", 3), lambda x, action: x)
    with pytest.raises(ValueError, match=r"actions of toy are 3 choices, which have no gradient; 'cem' and 'mppi'"):
        GradientDescent().plan(model, ORIGIN, LatentGoal(), draws=draws_of(0))
    with pytest.raises(ValueError, match=r"no gradient leads through toy to the actions"):
        GradientDescent().plan(adder(differentiable=False), ORIGIN, LatentGoal(), draws=draws_of(0))


@pytest.mark.parametrize(
    "changes", [{"restarts": 0}, {"learning_rate": 0.0}, {"noise": -1.0}, {"time_budget_ms": -1.0}, {"tail": 2.0}]
)
def test_settings_that_make_no_sense_are_refused(changes):
    with pytest.raises(ValueError, match=f"{next(iter(changes))}: expected"):
        GradientDescent(**changes)
