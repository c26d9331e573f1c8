"""One decision of model predictive control, on a model that anybody can follow: a point on a line that remembers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from bitwise import assert_same
from line_world import GOAL, Away, Line, at

from agents.mpc import deciding
from agents.mpc.deciding import Decider
from agents.mpc.draws import RowDraws
from agents.row_noise import Counts, count_rows
from world_models.costs.cost import Cost
from world_models.planners.cem import CEM


def decider(execute=1, **planner):
    settings = {"horizon": 4, "candidates": 32, "elites": 8, "iterations": 3} | planner
    return Decider(Line(), CEM(**settings), Away(), execute, 0, torch.device("cpu"))


def drive(mind, places, steps, drawn=False, begins=None):
    """Decisions along the way, where the world does what it is told."""
    x, state, found = np.array(places, np.float32), None, []
    for step in range(steps):
        start = None if begins is None else begins[step]
        found.append(mind.decide(at(*x), state, start, drawn=drawn))
        state = found[-1].state
        x = x + found[-1].actions.numpy()[:, 0]
    return found, x


def test_it_gets_there():
    _, x = drive(decider(), [-1.0, 0.5, 6.0], 8)
    assert np.abs(x - GOAL).max() < 0.15


def test_what_is_seen_is_encoded_once_for_each_decision():
    mind = decider(iterations=3)
    drive(mind, [0.0, 1.0], 5)
    assert mind.model.encoded == 5


def test_the_models_memory_goes_from_decision_to_decision():
    found, _ = drive(decider(), [0.0, 1.0], 4, begins=[None, None, np.array([False, True]), None])
    assert [decision.latent.parts["age"].tolist() for decision in found] == [[1, 1], [2, 2], [3, 1], [4, 2]]
    # what was done is what came of it
    assert all(decision.latent.parts["way"].abs().max() < 1e-6 for decision in found)


def test_a_plan_is_followed_for_as_long_as_it_is_to_be_executed():
    found, _ = drive(decider(execute=3), [0.0], 7)
    assert [decision.plan is not None for decision in found] == [True, False, False, True, False, False, True]
    for step, decision in enumerate(found):
        plan = found[step - step % 3].plan
        assert torch.equal(decision.actions[0], plan.actions[0, step % 3])


def test_rows_that_begin_have_plans_made_and_others_go_on_with_theirs():
    begins = [None, np.array([False, True, False]), None]
    found, _ = drive(decider(execute=3), [0.0, 0.0, 5.0], 3, begins=begins)
    assert [decision.rows.tolist() for decision in found] == [[0, 1, 2], [1], []]


def test_a_row_that_begins_decides_as_one_that_has_no_past():
    mind = decider()
    first = mind.decide(at(0.0, 1.0), None, None, drawn=False)
    again = mind.decide(at(0.3, 1.5), first.state, np.array([False, True]), drawn=False)
    alone = mind.decide(at(1.5), None, None, drawn=False)
    assert_same(again.actions[1:].numpy(), alone.actions.numpy())


def test_rows_may_change_places():
    mind, order = decider(), np.array([2, 0, 1])
    first = mind.decide(at(0.0, 1.0, 5.0), None, None, drawn=False)
    state = tuple(part[order] for part in first.state)
    there = np.array([0.5, 1.5, 4.5])
    expected = mind.decide(at(*there), first.state, None, drawn=False)
    found = mind.decide(at(*there[order]), state, None, drawn=False)
    assert_same(found.actions.numpy(), expected.actions.numpy()[order])
    drawn = mind.decide(at(*there), first.state, None, drawn=True)
    moved = mind.decide(at(*there[order]), state, None, drawn=True)
    assert_same(moved.actions.numpy(), drawn.actions.numpy()[order])


def test_a_search_of_few_rows_at_a_time_finds_what_one_of_all_finds(monkeypatch):
    whole, _ = drive(decider(), [0.0, 1.0, 5.0], 3)
    monkeypatch.setattr(deciding, "MOST_NUMBERS", 1)
    few, _ = drive(decider(), [0.0, 1.0, 5.0], 3)
    for one, other in zip(whole, few, strict=True):
        assert_same(one.state, other.state)
        assert torch.equal(one.plan.candidate_costs, other.plan.candidate_costs)
        assert one.plan.stats.trace.shape == other.plan.stats.trace.shape


def test_of_plans_that_cost_the_same_the_last_one_is_kept_to():
    """Nothing costs anything: plans that have been made are followed to their end, not shuffled."""

    @dataclass(frozen=True)
    class Nothing(Cost):
        heads: ClassVar[tuple[str, ...]] = ("latent",)

        def __call__(self, found, rollout, goal=None):
            return torch.zeros_like(found["latent"][..., 0, 0])

    mind = Decider(Line(), CEM(horizon=4, candidates=16), Nothing(), 1, 0, torch.device("cpu"))
    first = mind.decide(at(0.0), None, None, drawn=False)
    second = mind.decide(at(0.0), first.state, None, drawn=False)
    # the first candidate is the centre of the distribution, which is where the last search ended
    left = first.plan.warm.centre[0, 1:]
    assert torch.allclose(second.plan.actions[0, :3], left)


def test_draws_lie_in_the_unit_interval_go_on_and_hang_on_their_row_alone():
    counts = count_rows(5, None, None)
    draws = RowDraws(3, counts)
    first, second = draws((100, 7)), draws((100, 7))
    assert first.shape == (5, 100, 7)
    assert first.min() >= 0.0
    assert first.max() < 1.0
    assert first.mean() == pytest.approx(0.5, abs=0.02)
    assert not torch.equal(first, second)
    few = RowDraws(3, Counts(*(part[[4, 1]] for part in counts)))((100, 7))
    assert torch.equal(few, first[[4, 1]])
