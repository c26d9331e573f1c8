"""Networks asked once for a whole map decide as networks asked state by state."""

import numpy as np
import pytest
import torch
import vin_by_hand as by_hand

from agents.networks.value_iteration.architectures import planning_network
from experiments.vin.deciding import StateByState, WholeMaps, decide, decision_ms, exact_ms
from experiments.vin.exact import solve
from experiments.vin.tasks import drawn_tasks
from experiments.vin.zero_shot import depths_of, with_iterations


@pytest.fixture(scope="module")
def solved():
    return solve(*by_hand.random_maps(5, count=7, rows=8, cols=8))


def new_network(architecture):
    torch.manual_seed(0)
    return planning_network(architecture, (8, 8)).eval()


def test_whole_maps_and_single_states_give_the_same_logits(solved, monkeypatch):
    monkeypatch.setattr("experiments.vin.deciding.CELLS", 3 * 64)  # several passes
    monkeypatch.setattr("experiments.vin.deciding.STATES", 10)
    network = new_network("propagation")
    maps, cells = np.repeat(np.arange(7), 4), np.random.default_rng(0).integers(64, size=28)
    whole, single = WholeMaps(network, solved), StateByState(network, solved)
    np.testing.assert_allclose(whole.logits(maps, cells), single.logits(maps, cells), rtol=1e-5, atol=1e-5)
    assert np.array_equal(whole.moves(maps, cells), whole.logits(maps, cells).argmax(axis=1))


def test_networks_that_think_in_values_are_asked_once_a_map(solved):
    assert isinstance(decide(new_network("propagation"), solved), WholeMaps)
    assert isinstance(decide(new_network("reactive"), solved), StateByState)


def test_more_iterations_reach_further_and_the_network_itself_stays_as_it_is(solved):
    network = new_network("faithful")
    tasks = drawn_tasks("some", solved, starts=2)
    assert depths_of(new_network("propagation"), tasks) == {"settled": None}
    assert depths_of(network, tasks) == {"scaled": 10, "longest way": tasks.expert.moves.max()}
    maps, cells = np.arange(7), np.full(7, 9)
    deep, shallow = with_iterations(network, 30), with_iterations(network, 1)
    assert network.iterations == 10
    assert (WholeMaps(deep, solved).logits(maps, cells) != WholeMaps(shallow, solved).logits(maps, cells)).any()


def test_times_are_of_one_decision_and_of_one_map(solved):
    assert 0.0 < decision_ms(new_network("propagation"), solved, repeats=3) < 1000.0
    assert 0.0 < exact_ms(solved, repeats=2) < 1000.0
