"""Value iteration by compiled sweeps: what convolutions and maxima in PyTorch say, forward and back."""

from typing import Any

import pytest
import torch
from torch.nn import functional

from agents.networks.value_iteration import iteration
from agents.networks.value_iteration.faithful import GOAL_PRIOR, ValueIterationNetwork

DEPTH = 6


@pytest.fixture
def tasks():
    """(maps, task_map, cell, action) on rectangles, the goal in a corner."""
    generator = torch.Generator().manual_seed(0)
    maps = torch.zeros(3, 2, 6, 9)
    maps[:, 0] = (torch.rand(3, 6, 9, generator=generator) < 0.3).float()
    maps[:, 1, 5, 0] = 1.0
    cell = torch.stack([torch.randint(side, (12,), generator=generator) for side in (6, 9)], dim=1)
    return maps, torch.arange(3).repeat_interleave(4), cell, torch.randint(8, (12,), generator=generator)


def network(*, is_tied, depth=DEPTH, scale=12.0, seed=0):
    """Weights large enough for values to spread."""
    torch.manual_seed(seed)
    made = ValueIterationNetwork(depth, is_tied=is_tied)
    with torch.no_grad():
        for weight in made.parameters():
            weight.mul_(scale)
    return made


def twin(net, maps, task_map, cell) -> Any:
    """(logits, last values, weights): the definition in double precision, every layer as published."""
    weights = {name: weight.detach().double().requires_grad_() for name, weight in net.named_parameters()}
    inputs = torch.stack([maps[:, 0], GOAL_PRIOR * maps[:, 1]], dim=1).double()
    hidden = functional.conv2d(inputs, weights["hidden"].view(-1, 2, 3, 3), weights["hidden_bias"], padding=1)
    reward = functional.conv2d(hidden, weights["reward"].view(1, -1, 1, 1))
    by_reward, by_value = (
        weights[name].unflatten(2, (3, 3))[:, :, None] for name in ("reward_kernels", "value_kernels")
    )
    q, value = functional.conv2d(reward, by_reward[0], padding=1), torch.zeros_like(reward)
    for j in range(net.iterations):
        value = q.amax(dim=1, keepdim=True)
        kernels = by_reward[min(j + 1, len(by_reward) - 1)], by_value[min(j, len(by_value) - 1)]
        q = functional.conv2d(torch.cat([reward, value], dim=1), torch.cat(kernels, dim=1), padding=1)
    return q[task_map, :, cell[:, 0], cell[:, 1]] @ weights["head"], value[:, 0], weights


def gradients(net, maps, task_map, cell, action):
    net.zero_grad()
    functional.cross_entropy(net(maps, task_map, cell), action).backward()
    return {name: weight.grad.clone() for name, weight in net.named_parameters()}


@pytest.mark.parametrize("is_tied", [True, False])
@pytest.mark.parametrize("kept", [iteration.KEPT_CELLS, 1], ids=["all kept", "every third kept"])
def test_values_and_gradients_are_those_of_convolutions_and_maxima(is_tied, kept, tasks, monkeypatch):
    monkeypatch.setattr(iteration, "KEPT_CELLS", kept)
    net, (*where, action) = network(is_tied=is_tied), tasks
    expected, value, weights = twin(net, *where)
    functional.cross_entropy(expected, action).backward()
    assert torch.allclose(net(*where).double(), expected, atol=1e-4)
    assert torch.allclose(net.values(where[0]).double(), value, atol=1e-4)
    for name, gradient in gradients(net, *tasks).items():
        wanted = weights[name].grad
        assert (gradient - wanted).norm() <= 1e-5 * wanted.norm(), name


def test_weights_are_counted_as_published():
    counts = [sum(weight.numel() for weight in network(is_tied=tied, depth=20).parameters()) for tied in (True, False)]
    assert counts == [3260, 6770]


def test_untied_kernels_that_are_copies_give_what_tied_ones_give(tasks):
    tied, untied = network(is_tied=True), network(is_tied=False)
    with torch.no_grad():
        for name, weight in untied.named_parameters():
            weight.copy_(dict(tied.named_parameters())[name].expand_as(weight))
    assert torch.allclose(tied(*tasks[:3]), untied(*tasks[:3]), atol=1e-5)
    once, each = gradients(tied, *tasks), gradients(untied, *tasks)
    for name in ("reward_kernels", "value_kernels"):
        assert (once[name][0] - each[name].sum(dim=0)).norm() <= 1e-5 * once[name].norm()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_receptive_field_grows_by_one_cell_an_iteration(depth):
    """Q looks one cell around R and V, R one around the map, and every iteration adds one."""
    net = network(is_tied=True, depth=depth)
    cell, changed = torch.tensor([[0, 0]]), []
    for away in range(1, 8):
        maps = torch.zeros(2, 2, 1, 9)
        maps[1, 1, 0, away] = 1.0
        without, having = (net(maps[k : k + 1], torch.tensor([0]), cell) for k in (0, 1))
        changed.append(not torch.equal(without, having))
    assert changed == [away <= depth + 2 for away in range(1, 8)]


def test_hand_set_weights_are_value_iteration(tasks):
    """Reward 10 at the goal, -3 on obstacles; eight moves and 0.9 of what lies there."""
    maps, gamma = tasks[0], 0.9
    net = ValueIterationNetwork(DEPTH)
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
        net.reward[0], net.hidden[0, 4], net.hidden[0, 13] = 1.0, -3.0, 1.0
        for action, (i, j) in enumerate(shifts):
            net.reward_kernels[0, action, 3 * i + j], net.value_kernels[0, action, 3 * i + j] = 1.0, gamma
        net.reward_kernels[0, 8:], net.value_kernels[0, 8:] = net.reward_kernels[0, 0], net.value_kernels[0, 0]
    reward = functional.pad(GOAL_PRIOR * maps[:, 1] - 3.0 * maps[:, 0], (1, 1, 1, 1))
    value = torch.zeros_like(reward)
    for _ in range(DEPTH):
        gain = reward + gamma * value
        best = torch.stack([gain[:, i : i + 6, j : j + 9] for i, j in shifts]).amax(dim=0)
        value = functional.pad(best, (1, 1, 1, 1))
    assert torch.allclose(net.values(maps), value[:, 1:-1, 1:-1], atol=1e-5)
