"""Plans drawn and improved: they reach known optima, keep their bounds, and are a row's own affair."""

import itertools
from dataclasses import replace

import pytest
import torch
from bitwise import assert_same
from toy_models_for_tests import LatentCost, Toy, actions_cost, adder, box, draws_of, latent_of

from world_models.costs.grid_costs import LatentGoal
from world_models.planners.cem import CEM
from world_models.planners.mppi import MPPI
from world_models.rollout import Latent, Rollout
from world_models.spec import Actions

ORIGIN = latent_of((0.0, 0.0))
ZERO = actions_cost(lambda actions: 0.0 * actions.sum((-1, -2)))
SEARCHES = {
    "cem": CEM(iterations=40, momentum=0.0, colour=0.0),
    "mppi": MPPI(iterations=40, elites=32, temperature=0.02, kept=2, colour=0.0),
}
QUICK = {"cem": CEM(candidates=24, elites=6, kept=3), "mppi": MPPI(candidates=24, elites=24)}
both = pytest.mark.parametrize("name", ["cem", "mppi"])


def quadratic(seed: int = 0, reach: float = 0.8):
    """The plans wanted in two rows, and their cost: every step weighs differently, and steps depend on one another."""
    wanted = reach * (2.0 * torch.rand(2, 8, 2, generator=torch.Generator().manual_seed(seed)) - 1.0)
    weights = torch.linspace(0.5, 2.0, 8).view(8, 1)

    def price(actions: torch.Tensor) -> torch.Tensor:
        apart = actions - wanted[:, None]
        sums = apart.cumsum(2)
        return (weights * apart.square()).sum((-1, -2)) + 0.1 * sums.square().sum((-1, -2))

    return wanted, actions_cost(price)


@both
def test_the_optimum_of_a_quadratic_is_found(name):
    wanted, cost = quadratic()
    plan = SEARCHES[name].plan(adder(), latent_of((0.0, 0.0), (1.0, 1.0)), cost, draws=draws_of(0, 1))
    assert (plan.actions - wanted).abs().max() < 0.05
    assert plan.cost.max() < 0.01


@both
def test_an_optimum_beyond_the_bounds_is_met_on_them(name):
    cost = actions_cost(lambda actions: (actions - torch.tensor([7.0, -9.0])).square().sum((-1, -2)))
    model = adder(Actions("continuous", 2, (-1.0, -2.0), (3.0, 5.0)))
    planner = (
        CEM(iterations=40, colour=0.0)
        if name == "cem"
        else MPPI(iterations=40, elites=16, temperature=50.0, momentum=0.2, kept=2)
    )
    plan = planner.plan(model, ORIGIN, cost, draws=draws_of(0))
    assert (plan.actions[0] - torch.tensor([3.0, -2.0])).abs().max() < 0.2
    assert (plan.actions <= torch.tensor([3.0, 5.0])).all()
    assert (plan.actions >= torch.tensor([-1.0, -2.0])).all()


@pytest.mark.parametrize("answer", ["best", "mean", "drawn"])
def test_no_candidate_that_is_foreseen_leaves_the_bounds(answer):
    model = adder(Actions("continuous", 2, (-0.1, -7.3), (0.3, 0.7)))
    planner = CEM(candidates=64, spread=3.0, answer=answer)
    plan = planner.plan(model, ORIGIN, ZERO, draws=draws_of(5))
    low, high = torch.tensor([-0.1, -7.3]), torch.tensor([0.3, 0.7])
    for seen in [*model.seen, plan.actions]:
        assert ((seen >= low) & (seen <= high)).all()


def habits(seed: int, horizon: int) -> tuple[Toy, LatentCost]:
    """Each choice has its price at each step, and so has every change of mind."""
    generator = torch.Generator().manual_seed(seed)
    prices, changes = torch.rand(horizon, 4, generator=generator), torch.rand(4, 4, generator=generator)

    def price(latent: torch.Tensor, rollout: Rollout) -> torch.Tensor:
        chosen = rollout.actions[:, :, None]
        return prices[torch.arange(horizon), chosen].sum(-1) + changes[chosen[..., :-1], chosen[..., 1:]].sum(-1)

    return Toy(Actions("discrete", 4), lambda x, action: x), LatentCost(price)


@pytest.mark.parametrize(("horizon", "worst_rank"), [(4, 1), (6, 20)])
@pytest.mark.parametrize("planner", [CEM(iterations=10), MPPI(iterations=10, temperature=0.2, answer="best")])
def test_of_all_choices_the_best_is_found_as_by_brute_force_or_one_of_the_very_best(planner, horizon, worst_rank):
    planner, start = replace(planner, horizon=horizon, momentum=0.4, probability_floor=0.3), latent_of((0.0,), (0.0,))
    everything = torch.tensor(list(itertools.product(range(4), repeat=horizon)))
    for seed in range(4):
        model, cost = habits(seed, horizon)
        rollout = model.predict(start, everything.expand(2, -1, -1))
        truth = cost({"latent": rollout.parts["latent"]}, rollout)[..., 0]
        plan = planner.plan(model, start, cost, draws=draws_of(0, 1))
        assert plan.actions.dtype == torch.int64
        rank = (everything == plan.actions[:, None]).all(-1).long().argmax(1, keepdim=True)
        assert torch.equal(truth.gather(1, rank)[:, 0], plan.cost)
        assert ((truth < plan.cost[:, None]).sum(1) < worst_rank).all()


@both
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
def test_the_same_draws_give_the_same_plan_and_a_row_does_not_know_the_others(name, kind):
    if kind == "continuous":
        model, starts = adder(), ((0.0, 0.0), (1.0, -1.0), (0.3, 0.2))
        cost = LatentGoal(at="path")
        goal = latent_of((0.5, 2.0), (1.0, 1.0), (-3.0, 0.0))
    else:
        model, starts = Toy(Actions("discrete", 3), lambda x, a: x + a[..., None] - 1.0), ((0.0,), (2.0,), (5.0,))
        cost, goal = LatentGoal(at="path"), latent_of((3.0,), (-3.0,), (4.0,))
    planner = QUICK[name]

    def search(rows: list[int], warm=None):
        latent = latent_of(*(starts[row] for row in rows))
        draws = draws_of(*(10 + row for row in rows))
        return planner.plan(model, latent, cost, draws=draws, warm=warm, goal=goal.rows(torch.tensor(rows)))

    together, again = search([0, 1, 2]), search([0, 1, 2])
    assert_same(together.actions, again.actions)
    following = search([0, 1, 2], together.warm)
    for row in range(3):
        alone = search([row])
        assert_same(alone.actions[0], together.actions[row])
        assert_same(alone.stats.trace[:, 0], together.stats.trace[:, row])
        assert_same(search([row], alone.warm).actions[0], following.actions[row])


@both
def test_a_solved_problem_stays_solved(name):
    """The way is to be at the goal as soon as may be; when it has been solved, what is left of the plan still is."""
    model, goal = adder(box(2, -0.3, 0.3)), latent_of((1.2, -0.6))
    cost = LatentGoal(at="path")
    planner = SEARCHES[name]
    latent = ORIGIN
    plan = planner.plan(model, latent, cost, draws=draws_of(0), goal=goal)
    for seed in range(1, 4):
        at = latent.parts["latent"] + plan.actions[:, 0]
        latent = Latent({"latent": at}, {})
        remaining = torch.cat([plan.actions[:, 1:], torch.zeros(1, 1, 2)], 1)
        kept = ((at[:, None] + remaining.cumsum(1)) - goal.parts["latent"]).square().mean()
        plan = replace(planner, iterations=3).plan(model, latent, cost, draws=draws_of(seed), warm=plan.warm, goal=goal)
        assert plan.cost.item() < kept.item() + 0.02


def test_choices_already_found_stay_found():
    model = Toy(Actions("discrete", 5), lambda x, a: x + a[..., None] - 2.0)
    goal, cost = latent_of((12.0,)), LatentGoal(at="final")
    found = CEM(iterations=8).plan(model, latent_of((0.0,)), cost, draws=draws_of(0), goal=goal)
    assert found.cost.item() == 0.0
    moved = latent_of((0.0,)).parts["latent"] + found.actions[:, :2].sum(1, keepdim=True) - 4.0
    planner = CEM(candidates=8, elites=6, iterations=1)
    args = (model, Latent({"latent": moved.float()}, {}), cost)
    # at the goal one stays there by choice 2, which repeating the last action may not be
    stay = torch.cat([found.actions[:, 2:], torch.full((1, 2), 2)], 1)[:, None]
    plan = planner.plan(*args, draws=draws_of(1), warm=found.warm, executed=2, goal=goal, proposals=stay)
    assert plan.cost.item() == 0.0


def test_a_proposal_is_foreseen_once_and_may_win():
    wanted, _ = quadratic()
    cost = actions_cost(lambda actions: (actions - wanted[:1, None]).square().sum((-1, -2)))
    model = adder()
    planner = CEM(candidates=32, elites=4, kept=1, iterations=2)
    plan = planner.plan(model, ORIGIN, cost, draws=draws_of(0), proposals=wanted[:1, None])
    assert [seen.shape[1] for seen in model.seen] == [33, 32]
    assert torch.equal(plan.actions, wanted[:1])
    assert plan.cost.item() == 0.0


def test_the_first_candidate_is_the_centre_and_the_elites_come_again():
    wanted, _ = quadratic()
    cost = actions_cost(lambda actions: (actions - wanted[:, None]).square().sum((-1, -2)))
    model = adder()
    plan = CEM(candidates=32, kept=3).plan(model, latent_of((0.0, 0.0), (0.0, 0.0)), cost, draws=draws_of(0, 1))
    assert model.seen[0][:, 0].abs().max() == 0.0
    assert plan.stats.calls == len(model.seen) == plan.stats.iterations == 4
    for before, after in itertools.pairwise(model.seen):
        costs = (before - wanted[:, None]).square().sum((-1, -2))
        best = costs.argsort(dim=1, stable=True)[:, :3]
        assert torch.equal(after[:, 1:4], before.gather(1, best[..., None, None].expand(-1, -1, 8, 2)))
    model.seen.clear()
    CEM(candidates=32, kept=3).plan(
        model, latent_of((0.0, 0.0), (0.0, 0.0)), cost, draws=draws_of(2, 3), warm=plan.warm, executed=3
    )
    assert torch.equal(model.seen[0][:, 0, :5], plan.warm.centre[:, 3:])
    assert torch.equal(model.seen[0][:, 1, :5], plan.warm.elites[:, 0, 3:])
    assert torch.equal(model.seen[0][:, 1, 5:], plan.warm.elites[:, 0, 7:].expand(-1, 3, -1))


@both
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
def test_rows_that_forget_plan_as_if_they_had_never_planned(name, kind):
    actions = box() if kind == "continuous" else Actions("discrete", 3)
    model = adder() if kind == "continuous" else Toy(actions, lambda x, a: x + a[..., None])
    latent, cost = latent_of((0.0, 0.0), (1.0, 1.0)), LatentGoal(at="path")
    goal = latent_of((4.0, 3.0), (-2.0, 2.0))
    first = QUICK[name].plan(model, latent, cost, draws=draws_of(0, 1), goal=goal)
    fresh = QUICK[name].plan(model, latent, cost, draws=draws_of(2, 3), goal=goal)
    warm = first.warm.forget(torch.tensor([True, False]))
    found = QUICK[name].plan(model, latent, cost, draws=draws_of(2, 3), goal=goal, warm=warm)
    assert_same(found.actions[0], fresh.actions[0])
    kept = QUICK[name].plan(model, latent, cost, draws=draws_of(2, 3), goal=goal, warm=first.warm)
    assert_same(found.actions[1], kept.actions[1])


def test_costs_never_rise_and_elites_come_in_order():
    _, cost = quadratic()
    plan = CEM(iterations=6).plan(adder(), latent_of((0.0, 0.0), (0.0, 0.0)), cost, draws=draws_of(0, 1))
    assert (plan.stats.trace.diff(dim=0) <= 0).all()
    assert torch.equal(plan.stats.trace[-1], plan.cost)
    assert (plan.candidate_costs.diff(dim=1) >= 0).all()
    assert torch.equal(plan.candidates[:, 0], plan.actions)


def test_nothing_that_costs_nan_is_ever_chosen():
    cost = actions_cost(lambda a: torch.where(a[..., 0, 0] > 0, torch.nan, 1.0 + a.square().sum((-1, -2))))
    plan = CEM().plan(adder(), ORIGIN, cost, draws=draws_of(0))
    assert plan.cost.isfinite().all()
    assert plan.actions[0, 0, 0] <= 0


@both
def test_where_everything_is_hopeless_there_is_still_a_plan(name):
    cost = actions_cost(lambda a: torch.full(a.shape[:2], torch.inf))
    plan = QUICK[name].plan(adder(), ORIGIN, cost, draws=draws_of(0))
    assert plan.actions.isfinite().all()
    assert plan.cost.isinf().all()


@pytest.mark.parametrize(("budget", "iterations"), [(5.0, 1), (19.0, 1), (20.0, 2), (35.0, 3), (1000.0, 6), (None, 6)])
def test_a_search_ends_before_an_iteration_that_would_not_fit(budget, iterations):
    now = [0.0]

    def slow(x, action):
        now[0] += 0.010 / 8  # a call of eight steps takes 10 ms
        return x + action

    model = Toy(box(), slow)
    plan = CEM(iterations=6, time_budget_ms=budget, clock=lambda: now[0]).plan(model, ORIGIN, ZERO, draws=draws_of(0))
    assert plan.stats.iterations == plan.stats.calls == iterations
    assert plan.stats.milliseconds == pytest.approx(10.0 * iterations)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"candidates": 0}, "candidates: expected at least 1, got 0"),
        ({"elites": 200}, "kept <= elites <= candidates"),
        ({"kept": 20}, "kept <= elites <= candidates"),
        ({"spread_floor": 0.0}, "0 < spread_floor <= spread"),
        ({"momentum": 1.0}, r"momentum: expected a share in \[0, 1\)"),
        ({"colour": -1.0}, "colour: expected a finite exponent >= 0"),
        ({"answer": "bets"}, "Did you mean 'best'"),
        ({"risk": "cvr"}, "Did you mean 'cvar'"),
        ({"tail": 0.0}, "tail: expected a share"),
        ({"time_budget_ms": 0.0}, "time_budget_ms: expected None or a finite number > 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        CEM(**changes)


def test_what_does_not_fit_is_refused_with_both_shapes():
    planner = CEM()
    with pytest.raises(ValueError, match=r"proposals: expected shape \(1, 'proposals', 8, 2\), got \(1, 3, 5, 2\)"):
        planner.plan(adder(), ORIGIN, ZERO, draws=draws_of(0), proposals=torch.zeros(1, 3, 5, 2))
    with pytest.raises(ValueError, match=r"draws: expected numbers of shape \(1, 127, 8, 2\), got \(2, 127, 8, 2\)"):
        planner.plan(adder(), ORIGIN, ZERO, draws=draws_of(0, 1))
    warm = CEM(horizon=5).plan(adder(), ORIGIN, ZERO, draws=draws_of(0)).warm
    with pytest.raises(ValueError, match=r"warm: expected centre, elites and known of shapes .* got \(\(1, 5, 2\)"):
        planner.plan(adder(), ORIGIN, ZERO, draws=draws_of(0), warm=warm)
