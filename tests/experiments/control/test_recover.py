"""What plans tell of a linear-quadratic system, and what is recovered from them."""

import numpy as np
import pytest
import torch

from experiments.control.recover import CASES, Case, recovered
from experiments.control.recovery.few import affine
from experiments.control.recovery.learning import Shown, learn
from experiments.control.recovery.seeing import SEEN, UNKNOWN, telling
from experiments.control.recovery.system import STATES, blank, drawn, normal


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(3)


def test_plans_tell_costs_but_for_their_scale(draws):
    truth = drawn(draws)
    starts = normal(draws, 8, STATES)
    scaled = truth._replace(log_C=truth.log_C + 0.7, c=truth.c * np.exp(0.7))
    torch.testing.assert_close(scaled.plan(starts).u, truth.plan(starts).u, rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(scaled.cost, truth.cost)
    assert telling(truth, "both", "controls").hidden == 1


def test_first_controls_tell_no_more_than_a_policy(draws):
    """A plan's first control is affine in the state: so many numbers are told, and no others."""
    found = telling(drawn(draws), "both", "first controls")
    assert found.parameters - found.hidden == 2 * (STATES + 1)


def test_costs_are_recovered_exactly_where_dynamics_are_known():
    found = recovered(Case("cost", "controls", "blank"), 0, 150)
    assert found["cost_error"] < 1e-7
    assert found["dynamics_error"] == 0.0
    assert found["held_out_error"] < 1e-8
    errors = found["curve"]["imitation_error"]
    assert errors == sorted(errors, reverse=True)
    assert found["curve"]["evaluation"][-1] == found["evaluations"]


def test_a_search_that_loses_its_way_goes_back_to_the_best(draws):
    truth = drawn(draws)
    starts = normal(draws, 4, STATES)
    shown = Shown(starts, "controls", SEEN["controls"](truth.plan(starts)))
    wild = blank(draws)
    wild = wild._replace(F=wild.F * 2)
    found = learn(wild, shown, unknown="both", evaluations=40)
    assert np.isfinite(found.losses).all()
    assert shown.loss(found.best).item() == min(found.losses)
    hopeless = wild._replace(F=wild.F * 1e9)
    assert learn(hopeless, shown, unknown="both", evaluations=40).best is hopeless


def test_least_squares_is_exact_without_noise_once_there_are_enough(draws):
    truth = drawn(draws)
    starts, others = normal(draws, STATES + 1, STATES), normal(draws, 20, STATES)
    torch.testing.assert_close(affine(starts, truth.plan(starts).u, others), truth.plan(others).u, rtol=1e-7, atol=1e-8)


def test_every_case_is_of_what_is_known():
    assert {case.unknown for case in CASES} <= set(UNKNOWN)
    assert {case.seen for case in CASES} <= set(SEEN)
