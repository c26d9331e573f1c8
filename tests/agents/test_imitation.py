"""Fitting to labels, and drawing from what was fitted."""

import numpy as np
import pytest
import torch
from agents_for_tests import open_world, output_of, tiny, watch
from scipy.special import softmax

from agents.demonstrations import Aggregate
from agents.imitation import Fitting
from agents.row_noise import Counts, count_rows, next_counts, row_uniforms

LOGITS = np.array([0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 0.3, -0.2])
ONCE_IN_A_THOUSAND = {7: 24.3, 63: 103.4}
"""Chi-square values that chance exceeds so rarely, by degrees of freedom; the draws themselves are fixed."""


def of_one_mind(name):
    """An agent whose logits are `LOGITS`, whatever it sees."""
    agent = tiny(name, open_world())
    last = agent.network.action_net if name == "ppo" else agent.network.head[2]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.copy_(torch.from_numpy(LOGITS))
    return agent


def draws(name, size, steps):
    """Actions [step row]."""
    agent, state, drawn = of_one_mind(name), None, []
    observation = {"occupancy": np.repeat(watch(open_world(num_envs=1), 1)[0]["occupancy"], size, axis=0)}
    for _ in range(steps):
        action, state = agent.predict(observation, state)
        drawn.append(action)
    return np.array(drawn)


def chi_square(counts, expected):
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("name", ["behavior-cloning", "dagger", "ppo"])
def test_drawn_actions_follow_the_softmax(name):
    drawn = draws(name, 1000, 10)
    expected = softmax(LOGITS) * drawn.size
    assert chi_square(np.bincount(drawn.ravel(), minlength=8), expected) < ONCE_IN_A_THOUSAND[7]


@pytest.mark.parametrize("axis", ["steps", "rows"])
def test_neighbouring_draws_do_not_know_of_each_other(axis):
    drawn = draws("dagger", 1000, 20)
    first, second = (drawn[0::2], drawn[1::2]) if axis == "steps" else (drawn[:, 0::2], drawn[:, 1::2])
    pairs = np.bincount((8 * first + second).ravel(), minlength=64)
    common = np.outer(softmax(LOGITS), softmax(LOGITS)).ravel() * first.size
    is_seen = common >= 5.0  # the approximation asks for that
    assert chi_square(pairs[is_seen], common[is_seen]) < ONCE_IN_A_THOUSAND[63]


def test_uniforms_are_even_and_repeatable():
    counts = Counts(np.arange(500), np.arange(500), np.arange(500) % 7)
    unit = row_uniforms(3, counts, 8)
    assert np.array_equal(unit, row_uniforms(3, counts, 8))
    assert unit.min() >= 0.0
    assert unit.max() < 1.0
    assert chi_square(np.bincount((unit.ravel() * 8).astype(int), minlength=8), unit.size / 8) < ONCE_IN_A_THOUSAND[7]
    assert len(np.unique(unit)) == unit.size


def test_counts_number_the_episodes_and_steps_of_each_row():
    counts = count_rows(3, None, np.ones(3, bool))
    history = [counts]
    for begins in ([0, 0, 0], [0, 1, 0], [1, 1, 0]):
        counts = count_rows(3, next_counts(counts), np.array(begins, bool))
        history.append(counts)
    assert [(episode.tolist(), step.tolist()) for _, episode, step in history] == [
        ([0, 0, 0], [0, 0, 0]),
        ([0, 0, 0], [1, 1, 1]),
        ([0, 1, 0], [2, 0, 2]),
        ([1, 2, 0], [0, 0, 3]),
    ]


@pytest.mark.parametrize("world", ["map", "window"])
def test_eight_samples_are_learned_by_heart(world):
    """Any labels, even senseless ones: the network can tell the samples apart."""
    env = open_world(world, num_envs=8)
    agent = tiny("behavior-cloning", env, width=16, updates=400, weight_decay=0.0, batch_size=8, learning_rate=0.01)
    seen, aggregate = watch(env, 1)[0], Aggregate(8)
    labels = np.arange(8) % agent.action_space.n
    aggregate.add(seen, labels)
    fitting = Fitting(agent.network, agent.config)
    first = fitting.run(aggregate, 1, np.random.default_rng(0))
    assert first == pytest.approx(np.log(agent.action_space.n), abs=0.5)
    assert fitting.run(aggregate, 400, np.random.default_rng(0)) < 0.01
    assert np.array_equal(agent.predict(seen, deterministic=True)[0], labels)


def test_the_rate_rises_over_the_warm_up_and_falls_to_two_percent():
    agent = tiny("behavior-cloning", open_world(), updates=1000, warm_up=50)
    fitting, rates = Fitting(agent.network, agent.config), []
    for fitting.updates in range(1001):
        rates.append(fitting.rate())
    peak = agent.config.learning_rate
    assert rates[0] == pytest.approx(peak / 50)
    assert rates[:45] == sorted(rates[:45])
    assert rates[60:] == sorted(rates[60:], reverse=True)
    assert max(rates) == pytest.approx(peak, rel=0.01)
    assert rates[500] == pytest.approx(peak * (0.02 + 0.49))
    assert rates[1000] == pytest.approx(0.02 * peak)


def test_fitting_stops_where_it_was_told_to():
    agent = tiny("behavior-cloning", open_world(num_envs=4))
    aggregate = Aggregate(4)
    aggregate.add(watch(open_world(num_envs=4), 1)[0], np.arange(4))
    fitting = Fitting(agent.network, agent.config)
    assert np.isfinite(fitting.run(aggregate, 3, np.random.default_rng(0)))
    assert fitting.updates == 3
    assert np.isnan(fitting.run(aggregate, 3, np.random.default_rng(0)))
    assert not agent.network.training


def test_the_loss_is_the_cross_entropy_before_the_update():
    agent = tiny("behavior-cloning", open_world(num_envs=4))
    seen, labels = watch(open_world(num_envs=4), 1)[0], np.array([1, 3, 5, 7])
    probabilities = softmax(output_of(agent, seen).astype(np.float64), axis=1)
    aggregate = Aggregate(4)
    aggregate.add(seen, labels)
    everyone = {key: torch.from_numpy(array).float() for key, array in seen.items()}
    loss = Fitting(agent.network, agent.config).step(agent.network.loss(everyone, torch.from_numpy(labels)))
    assert loss == pytest.approx(-np.log(probabilities[np.arange(4), labels]).mean(), abs=1e-5)
