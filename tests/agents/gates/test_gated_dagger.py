"""DAgger behind every gate: what is counted, what is learned from, and that interruptions leave no trace."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import history_of, labels_in, open_world, tiny, weights_of
from bitwise import assert_same

import agents
from agents import schedules
from agents.gates import GATES, UNCERTAINTIES, make_uncertainty
from agents.gates.uncertainty import DEVIATION
from agents.imitation import Fitting
from agents.labelling import Expert
from envs.gridworld.worlds import GridWorlds

SMALL = {"rounds": 4, "labels": 64, "updates": 16, "heads": 3, "patience": 8}
OPTIONS = {
    "mixing": {"schedule": "exponential"},
    "safety": {"risk": 0.5},
    "ensemble": {"doubt": 0.02},
    "hysteresis": {"doubt": 0.03, "trust": 0.01},
    "budget": {"share": 0.3},
}
CASES = {
    **OPTIONS,
    "ensemble, near": {"doubt": 0.05, "deviation": 0.5},
    "budget, policy": {"share": 0.3, "uncertainty": "policy"},
    "hysteresis, risk": {"doubt": 0.6, "uncertainty": "risk"},
}
every_case = pytest.mark.parametrize("case", CASES)
FEW = ("safety", "budget, policy", "hysteresis, risk")
some_cases = pytest.mark.parametrize(
    "case", [case if case in FEW else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
"""Three runs each: most of them are left to the slow tests."""


def gated(case, env, **config):
    return tiny("dagger", env, gate=case.partition(",")[0], **SMALL | CASES[case] | config)


@pytest.fixture(autouse=True)
def few_updates(monkeypatch):
    """Heads are fitted for a moment."""
    monkeypatch.setattr("agents.gates.heads.UPDATES", 20)


def test_every_gate_and_every_uncertainty_is_a_case():
    assert set(OPTIONS) == set(GATES)
    assert {options.get("uncertainty") for options in CASES.values()} >= set(UNCERTAINTIES) - {"ensemble"}


@every_case
def test_the_history_counts_what_the_oracle_is_paid_for(case, monkeypatch):
    """Queries are the experts' own count; the oracle is asked at most once a step, for at least what is paid."""
    experts, sizes, begin, ask = [], [], Expert.__init__, GridWorlds.oracle_action

    def record(self, *arguments):
        begin(self, *arguments)
        experts.append(self)

    monkeypatch.setattr(Expert, "__init__", record)
    monkeypatch.setattr(GridWorlds, "oracle_action", lambda self: (sizes.append(self.num_worlds), ask(self))[1])
    env = open_world()
    history = gated(case, env).learn(env, progress=False).history
    assert np.cumsum([expert.queries for expert in experts]).tolist() == [entry["queries"] for entry in history]
    assert history[0]["queries"] <= history[-1]["queries"] <= 64
    assert history[-1]["labels"] <= history[-1]["queries"] <= sum(sizes)
    assert all(entry["expert_steps"] <= entry["steps"] for entry in history)
    assert history[0]["expert_steps"] == history[0]["steps"]


@some_cases
def test_labels_are_what_the_oracle_says_offline(case, tmp_path):
    env = open_world()
    agent = gated(case, env).learn(env, checkpoint=tmp_path, progress=False)
    observation, labels = labels_in(tmp_path)
    assert len(labels) == agent.history[-1]["labels"] > 16
    worlds = open_world(num_envs=len(labels))
    worlds.reset(seed=0)
    occupancy = observation["occupancy"]
    goal, here = (np.argwhere(occupancy[:, channel])[:, None, 1:].astype(np.int32) for channel in (1, 2))
    state = worlds.get_state()._replace(
        blocked=np.ascontiguousarray(occupancy[:, 0]).astype(np.uint8), goal=goal, cell=here, start=here
    )
    assert np.array_equal(worlds.set_state(state)["occupancy"], occupancy)
    assert np.array_equal(worlds.oracle_action(), labels)


@some_cases
def test_an_interrupted_run_ends_as_an_uninterrupted_one(case, tmp_path, monkeypatch):
    """In the third round, when there is an uncertainty to be found again."""
    env, calls, step = open_world(), [], Fitting.step

    def pressed(self, loss):
        calls.append(1)
        if len(calls) == 10:
            raise KeyboardInterrupt
        return step(self, loss)

    whole = gated(case, env).learn(env, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(Fitting, "step", pressed)
        with pytest.raises(KeyboardInterrupt):
            gated(case, env).learn(env, checkpoint=tmp_path, progress=False)
    resumed = gated(case, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))
    assert_same(history_of(resumed), history_of(whole))


@some_cases
def test_nobodys_random_numbers_are_used_up(case):
    env, before = open_world(), torch.get_rng_state()
    gated(case, env).learn(env, progress=False)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_gate_that_always_doubts_is_mixing_with_the_expert_alone(tmp_path, monkeypatch):
    """The ensemble that is fitted beside the policy leaves no trace in it."""
    monkeypatch.setitem(schedules.SCHEDULES, "constant", lambda index, rounds: 1.0)
    env = open_world()
    expert = gated("mixing", env, schedule="constant").learn(env, progress=False)
    for case, extreme in (("ensemble", {"doubt": 0.0}), ("budget", {"share": 1.0})):
        found = gated(case, env, **extreme).learn(env, progress=False)
        assert_same(weights_of(found), weights_of(expert))
        assert_same(history_of(found), history_of(expert))


def test_a_gate_that_never_doubts_learns_from_the_first_round_alone():
    """And every round ends, though nobody is asked."""
    env = open_world()
    history = gated("ensemble", env, doubt=1e9).learn(env, progress=False).history
    assert [entry["queries"] for entry in history] == [16] * 4
    assert [entry["expert_steps"] for entry in history[1:]] == [0] * 3
    assert [entry["steps"] for entry in history[1:]] == [4 * (1 + 8 * left // 4) for left in (16, 32, 48)]


def test_deviations_are_kept_as_they_were_when_the_label_was_given(tmp_path):
    env = open_world()
    gated("safety", env).learn(env, checkpoint=tmp_path, progress=False)
    kept = labels_in(tmp_path)[0][DEVIATION]
    assert np.isnan(kept[:16]).all()
    assert set(kept[16:]) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("case", "action"),
    [*((name, "continuous") for name in OPTIONS), ("safety", "meta"), ("budget, policy", "continuous")],
)
def test_rasters_and_vectors_in_batches_of_roads(case, action):
    road = {"num_actors": 4, "extent": (24.0, 8.0, 12.0, 12.0), "history": 2, "duration": 2.0, "action": action}
    env = gymnasium.make("crossroads/Intersection-v0", **road)
    name = case.partition(",")[0]
    config = {"width": 4, "labels": 32, "updates": 6, "num_envs": 4, "batch_size": 16, "validation_levels": 2}
    config |= {"rounds": 3, "heads": 3, "patience": 4, "gate": name, **CASES[case]}
    if action == "continuous" and config.get("uncertainty") == "policy":
        with pytest.raises(ValueError, match="uncertainty 'policy' is of discrete actions; for others take 'ensemble'"):
            agents.make("dagger", env, **config).learn(env, progress=False)
        return
    agent = agents.make("dagger", env, **config).learn(env, progress=False)
    assert 10 <= agent.history[-1]["queries"] <= 32


@pytest.mark.parametrize("world", ["map", "window"])
@pytest.mark.parametrize("name", UNCERTAINTIES)
def test_uncertainties_are_numbers_between_0_and_1_on_grids(world, name, tmp_path):
    env = open_world(world)
    agent = gated("safety", env, uncertainty=name).learn(env, checkpoint=tmp_path, progress=False)
    observation, labels = labels_in(tmp_path)
    from agents.demonstrations import Aggregate

    aggregate = Aggregate(len(labels))
    unknown = {DEVIATION: np.zeros(len(labels), np.float32)}
    aggregate.add({**unknown, **observation}, labels)
    estimate = make_uncertainty(agent.config, agent.network)
    estimate.fit(aggregate, 5)
    found = estimate({key: array for key, array in observation.items() if key != DEVIATION})
    assert found.shape == (len(labels),)
    assert ((found >= 0.0) & (found <= 1.0 + 1e-9)).all()
    assert np.ptp(found) > 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"gate": "saftey"}, r"Unknown gate 'saftey'\. Did you mean 'safety'\?"),
        ({"uncertainty": "polcy"}, r"Unknown uncertainty 'polcy'\. Did you mean 'policy'\?"),
        ({"share": 1.5}, r"DAggerConfig.share: expected 0 to 1, got 1.5"),
        ({"doubt": 0.1, "trust": 0.2}, r"DAggerConfig.trust: expected at most doubt = 0.1, got 0.2"),
        ({"patience": 0}, r"DAggerConfig.patience: expected >= 1, got 0"),
        ({"heads": 0}, r"DAggerConfig.heads: expected >= 1, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        agents.make("dagger", open_world(), **config)
