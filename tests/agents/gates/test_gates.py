"""Who acts and what is asked, gate by gate, on made-up uncertainties."""

import numpy as np
import pytest

from agents.gates import GATES, make_gate
from agents.gates.budget import Budget
from agents.gates.decision import Decision
from agents.gates.ensemble import Ensemble
from agents.gates.hysteresis import Hysteresis
from agents.gates.mixing import Mixing
from agents.gates.safety import Safety
from agents.labelling import Expert
from envs.core.naming import load_entry

SIZE = 8


class Counted(Expert):
    """An expert who answers 1 everywhere and counts as `Expert` does."""

    def __init__(self):
        self.queries = self.calls = 0

    def label(self, observation, begins, wanted):
        self.queries += wanted
        self.calls += 1
        return np.ones(SIZE, np.int64)


def decide(uncertainty, *, drove=None, left=10**6, step=0, novice=None, expert=None):
    """A decision of eight worlds in which the novice says 0, or `novice`."""
    own = np.zeros(SIZE, np.int64) if novice is None else novice
    return Decision(
        observation={},
        expert_drove=np.zeros(SIZE, np.bool_) if drove is None else drove,
        step=step,
        left=left,
        asked=expert or Counted(),
        begins=np.zeros(SIZE, np.bool_),
        drive=lambda: own,
        estimate=lambda: np.asarray(uncertainty, float),
        distance=lambda first, second: (first != second).astype(float),
    )


def mixing(share):
    return Mixing(share=share, label_every=10**6, rng=np.random.default_rng(0))


EXTREMES = {
    "mixing": (lambda: mixing(0.0), lambda: mixing(1.0)),
    "safety": (lambda: Safety(risk=1.1), lambda: Safety(risk=0.0)),
    "ensemble": (lambda: Ensemble(doubt=np.inf), lambda: Ensemble(doubt=0.0)),
    "ensemble near the expert": (lambda: Ensemble(doubt=np.inf, deviation=2.0), lambda: Ensemble(doubt=9, deviation=0)),
    "hysteresis": (lambda: Hysteresis(doubt=np.inf, trust=np.inf), lambda: Hysteresis(doubt=0.0, trust=0.0)),
    "budget": (lambda: Budget(share=0.0), lambda: Budget(share=1.0)),
}


def test_every_gate_has_its_extremes_tested():
    assert {name.partition(" ")[0] for name in EXTREMES} == set(GATES)


@pytest.mark.parametrize("name", EXTREMES)
def test_gates_are_pure_novice_and_pure_expert_at_their_extremes(name):
    rng = np.random.default_rng(0)
    novice, expert = (make() for make in EXTREMES[name])
    for step in range(1, 20):
        for uncertainty in (rng.random(SIZE), np.zeros(SIZE), np.round(rng.random(SIZE))):
            drove = rng.random(SIZE) < 0.5
            assert not novice(decide(uncertainty, drove=drove, step=step)).expert_acts.any()
            assert expert(decide(uncertainty, drove=drove, step=step)).expert_acts.all()


@pytest.mark.parametrize("name", sorted(set(EXTREMES) - {"ensemble near the expert"}))
def test_a_pure_novice_asks_nobody(name):
    asked = Counted()
    choice = EXTREMES[name][0]()(decide(np.full(SIZE, 0.7), step=1, expert=asked))
    assert not choice.label.any()
    assert asked.queries == asked.calls == 0


def test_a_gate_that_reads_the_expert_pays_for_it():
    """Of eight, three are doubtful anyway: five are compared, and five are paid for; the novice is far from all."""
    asked, uncertainty = Counted(), np.array([9, 9, 9, 0, 0, 0, 0, 0])
    decision = decide(uncertainty, expert=asked)
    choice = Ensemble(doubt=1.0, deviation=0.5)(decision)
    assert asked.queries == decision.paid.sum() == 5
    assert choice.expert_acts.all()
    decision.ask(choice.expert_acts | choice.label)
    assert (asked.queries, asked.calls) == (SIZE, 1)


def test_the_novice_acts_where_it_is_sure_and_near_the_expert():
    uncertainty, novice = np.array([9, 9, 0, 0, 0, 0, 0, 0]), np.array([1, 0, 1, 1, 0, 0, 1, 0])
    choice = Ensemble(doubt=1.0, deviation=0.5)(decide(uncertainty, novice=novice))
    assert np.array_equal(choice.expert_acts, (uncertainty > 1) | (novice != 1))


def test_answers_read_twice_are_paid_for_once():
    asked, rows = Counted(), np.arange(SIZE) < 3
    decision = decide(np.zeros(SIZE), expert=asked)
    for _ in range(2):
        decision.ask(rows)
    decision.deviation(np.arange(SIZE) < 5)
    assert (asked.queries, asked.calls) == (5, 1)


def test_no_more_is_paid_than_is_left():
    asked = Counted()
    decision = decide(np.zeros(SIZE), expert=asked, left=5)
    decision.ask(np.arange(SIZE) < 3)
    decision.ask(np.ones(SIZE, np.bool_))
    assert asked.queries == 5
    assert np.array_equal(decision.paid, np.arange(SIZE) < 5)


def test_hysteresis_switches_at_its_two_thresholds_only():
    """A walk of uncertainties: takes over at 0.6, hands back below 0.2, and nowhere between."""
    gate, drove = Hysteresis(doubt=0.6, trust=0.2), np.zeros(SIZE, np.bool_)
    rng, value, switches = np.random.default_rng(1), np.full(SIZE, 0.4), 0
    for _ in range(400):
        value = np.clip(value + rng.normal(0.0, 0.08, SIZE), 0.0, 1.0)
        acts = gate(decide(value, drove=drove)).expert_acts
        assert (value[acts & ~drove] >= 0.6).all()
        assert (value[~acts & drove] < 0.2).all()
        assert (acts == drove)[(value >= 0.2) & (value < 0.6)].all()
        switches, drove = switches + (acts != drove).sum(), acts
    assert switches > 10
    at = np.array([0.6, 0.6, 0.2, 0.2, 0.59, 0.19, 0.59, 0.19])
    drove = np.arange(SIZE) % 2 == 1
    assert np.array_equal(gate(decide(at, drove=drove)).expert_acts, [1, 1, 0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize("share", [0.05, 0.1, 0.37, 0.9])
def test_the_budget_asks_its_share_and_the_most_uncertain(share):
    gate, rng, asked, all_ = Budget(share=share), np.random.default_rng(2), [], []
    for _ in range(500):
        uncertainty = rng.random(SIZE)
        asked.extend(uncertainty[gate(decide(uncertainty)).expert_acts])
        all_.extend(uncertainty)
        assert len(asked) <= share * len(all_) + 1e-6
    assert len(asked) == pytest.approx(share * len(all_), rel=0.1)
    assert np.mean(np.array(asked) > np.quantile(all_, 1 - share)) > 0.8


def test_equals_never_exceed_the_budget():
    gate = Budget(share=0.25)
    assert sum(gate(decide(np.zeros(SIZE))).expert_acts.sum() for _ in range(40)) == 0.25 * 40 * SIZE


@pytest.mark.parametrize("name", GATES)
def test_the_first_round_is_the_experts(name):
    from agents.dagger import DAggerConfig

    gate = make_gate(DAggerConfig(gate=name), 1)
    assert gate(decide(np.zeros(SIZE))).expert_acts.all()
    if name == "safety":
        choice = make_gate(DAggerConfig(gate=name), 2)(decide(np.zeros(SIZE)))
        assert not choice.expert_acts.any()
        assert choice.label.all()
    if name != "mixing":
        assert isinstance(make_gate(DAggerConfig(gate=name), 3), load_entry(GATES[name]))
