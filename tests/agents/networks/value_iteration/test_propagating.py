"""Our network: with gates set by hand it is an exact planner, and labels alone teach it to be one."""

from typing import Any

import numpy as np
import pytest
import torch

from agents.networks.value_iteration.architectures import planning_network
from agents.networks.value_iteration.batches import map_tensor
from agents.networks.value_iteration.config import ValueIterationConfig
from agents.networks.value_iteration.fitting import LabelledFitting, fit, planned_updates
from agents.networks.value_iteration.propagating import PropagationNetwork


def knowing():
    """Gates that close on obstacles and nowhere else; diagonals of the right length."""
    network: Any = PropagationNetwork(width=9).eval()
    with torch.no_grad():
        for weight in network.parameters():
            weight.zero_()
        for k in range(9):
            network.stem[0].weight[k, 0, k // 3, k % 3] = 1.0
            network.stem[2].weight[k, k] = 1.0
        network.gate.bias.fill_(-30.0)
        around = [k for k in range(9) if k != 4]
        for move, k in enumerate(around):
            network.gate.weight[move, k] = 60.0
        network.diagonal.fill_(np.log(2.0) / 2)
    return network


def move_at_all(network, labelled):
    maps = map_tensor(labelled.blocked, labelled.goal)
    task_map, cell = torch.from_numpy(labelled.task_map), torch.from_numpy(labelled.start)
    with torch.no_grad():
        return network(maps, task_map, cell)


def test_values_are_minus_the_distances(labelled, distances):
    found = knowing().values(map_tensor(labelled.blocked, labelled.goal)).numpy()
    for m, walls in enumerate(labelled.blocked):
        expected = distances(walls, labelled.goal[m])
        known = np.isfinite(expected)
        assert np.allclose(-found[m][known], expected[known], atol=1e-4)


def test_the_labels_are_among_the_best_moves(labelled):
    logits = move_at_all(knowing(), labelled)
    chosen = logits[torch.arange(len(labelled)), torch.from_numpy(labelled.action)]
    assert torch.allclose(chosen, logits.amax(dim=1), atol=1e-3)


def test_a_few_hundred_updates_teach_it_the_way(labelled):
    config = ValueIterationConfig(updates=200, width=16, batch_states=20)
    network = fit(labelled, config)
    moves = move_at_all(network, labelled).argmax(dim=1)
    offers = move_at_all(knowing(), labelled)
    is_best = offers[torch.arange(len(labelled)), moves] >= offers.amax(dim=1) - 1e-3
    assert is_best.float().mean() > 0.8


@pytest.mark.parametrize("architecture", ["propagation", "faithful", "untied", "reactive"])
def test_fitting_is_reproducible_and_goes_on_where_it_stopped(architecture, labelled):
    config = ValueIterationConfig(architecture=architecture, updates=16, warm_up=2, iterations=6, rates=(0.01,))
    losses = []
    first = fit(labelled, config, updates=16, on_progress=lambda done, total, loss: losses.append((done, total, loss)))
    torch.manual_seed(config.seed)
    again = LabelledFitting(planning_network(architecture, (6, 6), iterations=6), labelled, config)
    before = again.run(8)
    stopped: Any = LabelledFitting(again.network, labelled, config)
    stopped.descent.optimizer, stopped.descent.updates = again.descent.optimizer, 8
    stopped.skip()
    after = stopped.run(16)
    assert losses == [(16, 16, pytest.approx((before + after) / 2))]
    for one, other in zip(first.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_published_networks_go_through_the_labels_as_often_as_published(labelled):
    ours, published = ValueIterationConfig(updates=7), ValueIterationConfig(architecture="faithful", updates=7)
    assert planned_updates(labelled, ours) == 7
    assert planned_updates(labelled, published) == 120 * planned_updates(labelled, published, epochs=1)


def test_any_size_will_do():
    """Up along a wall, through the gap at its top, and down again, on a map that is not square."""
    blocked = np.zeros((1, 24, 40), bool)
    blocked[0, 1:, 20] = True
    goal = np.array([23, 21])
    maps, cell = map_tensor(blocked, goal[None]), torch.tensor([[23, 19]])
    network = knowing()
    assert network.values(maps)[0, 23, 19] == pytest.approx(-(2 * 22 + 2 * np.sqrt(2)), abs=1e-3)
    assert network(maps, torch.tensor([0]), cell).argmax() == 0
