"""Batches of labelled maps, as published and as drawn, and the symmetries of the square."""

import numpy as np
import pytest
import torch

from agents.networks.value_iteration.batches import LabelledBatches
from agents.networks.value_iteration.symmetries import MATRICES, remapped_actions, turned
from envs.gridworld.files.compass import ACTIONS, moves_of


def triples(batch):
    """Every labelled state by what can be seen of it."""
    maps = batch.maps.numpy()
    rows = zip(batch.task_map.tolist(), batch.cell.tolist(), batch.action.tolist(), strict=True)
    return {(maps[m].tobytes(), *cell, action) for m, cell, action in rows}


def everything(labelled):
    tasks = np.arange(len(labelled))[:, None]
    return LabelledBatches(labelled).take(labelled.task_map.astype(np.int64), tasks)


def test_groups_hold_every_state_of_their_own_map_and_nothing_else(labelled):
    owners, groups = LabelledBatches(labelled).groups(10, np.random.default_rng(0))
    assert (labelled.task_map[groups] == owners[:, None]).all()
    assert set(groups.ravel()) == set(range(len(labelled)))
    count = np.bincount(labelled.task_map)
    assert np.array_equal(np.bincount(owners), -(-count // 10) + (count % 10 == 9))


@pytest.mark.parametrize("way", ["epochs", "draws"])
def test_batches_hold_labelled_states(labelled, way):
    batches = getattr(LabelledBatches(labelled), way)(4, 5, np.random.default_rng(0))
    for batch in (next(batches) for _ in range(30)):
        assert len(batch.action) == 20
        assert triples(batch) <= triples(everything(labelled))


def test_an_epoch_goes_through_everything_once(labelled):
    source = LabelledBatches(labelled)
    groups = len(source.groups(1, np.random.default_rng(0))[0])
    batches = source.epochs(1, 1, np.random.default_rng(0))
    seen = [triples(next(batches)).pop() for _ in range(groups)]
    assert set(seen) == triples(everything(labelled))


@pytest.mark.parametrize("index", range(8))
def test_a_turned_map_has_its_states_where_their_moves_still_fit(labelled, index):
    """Walls, goal and agent keep their distances, and moves lead to the turned cell of where they led."""
    batch = everything(labelled)
    found = turned(batch, np.full(len(batch.maps), index))
    for channel in (0, 1):
        assert torch.equal(batch.maps[:, channel].sum(dim=(1, 2)), found.maps[:, channel].sum(dim=(1, 2)))
    moves, matrix, middle = moves_of(), MATRICES[index], 2.5
    before, after = batch.cell.numpy(), found.cell.numpy()
    assert np.allclose((before - middle) @ matrix.T, after - middle)
    assert np.array_equal(moves[batch.action] @ matrix.T, moves[found.action])
    ahead, then = before + moves[batch.action], after + moves[found.action]
    rows = torch.arange(len(before))
    assert torch.equal(batch.maps[rows, :, ahead[:, 0], ahead[:, 1]], found.maps[rows, :, then[:, 0], then[:, 1]])


def test_a_quarter_turn_takes_north_to_east_or_west():
    names = {tuple(ACTIONS[k] for k in row[:4]) for row in remapped_actions()}
    assert len(names) == 8
    assert ("N", "S", "E", "W") in names
    assert ("E", "W", "S", "N") in names
