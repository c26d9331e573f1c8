"""The agent-centred window: the map moved about, and obstacle beyond it."""

import numpy as np
import pytest
import torch
from agents_for_tests import open_world, watch
from hypothesis import given
from hypothesis import strategies as st

from agents.networks.centred import CentredWindow

CHANNELS, AGENT = 4, 2


def random_map(rng, shape):
    """(occupancy [channel row col], the agent's cell)."""
    occupancy = (rng.random((CHANNELS, *shape)) < 0.4).astype(np.float32)
    occupancy[AGENT] = 0.0
    cell = tuple(rng.integers(shape))
    occupancy[(AGENT, *cell)] = 1.0
    return occupancy, cell


def shifted(occupancy, cell):
    """The window by hand: obstacle everywhere, the map laid upon it, the agent's channel left out."""
    rows, cols = occupancy.shape[1:]
    window = np.zeros((CHANNELS, 2 * rows - 1, 2 * cols - 1), np.float32)
    window[0] = 1.0
    top, left = rows - 1 - cell[0], cols - 1 - cell[1]
    window[:, top : top + rows, left : left + cols] = occupancy
    return np.delete(window, AGENT, axis=0)


def look(occupancy):
    window = CentredWindow(*occupancy.shape)
    rows, cols = occupancy.shape[1:]
    return window(torch.from_numpy(occupancy)[None]).view(CHANNELS - 1, 2 * rows - 1, 2 * cols - 1).numpy()


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10**6))
def test_it_is_the_map_shifted_so_that_the_agent_is_in_the_middle(rows, cols, seed):
    occupancy, cell = random_map(np.random.default_rng(seed), (rows, cols))
    assert np.array_equal(look(occupancy), shifted(occupancy, cell))


def test_every_row_of_a_batch_has_its_own_middle():
    rng = np.random.default_rng(0)
    maps = [random_map(rng, (5, 6)) for _ in range(20)]
    window = CentredWindow(CHANNELS, 5, 6)
    found = window(torch.from_numpy(np.stack([occupancy for occupancy, _ in maps])))
    assert found.shape == (20, window.size)
    for row, (occupancy, cell) in zip(found, maps, strict=True):
        assert np.array_equal(row.numpy(), shifted(occupancy, cell).ravel())


@pytest.mark.parametrize("shift", [(1, 0), (0, 3), (-2, 2), (2, -3)], ids=str)
def test_it_does_not_see_where_on_the_map_it_is(shift):
    """A room in solid rock, moved with all that is in it."""
    rock = np.zeros((CHANNELS, 12, 12), np.float32)
    rock[0] = 1.0
    room, _ = random_map(np.random.default_rng(3), (4, 4))
    first, second = rock.copy(), rock.copy()
    first[:, 4:8, 4:8] = room
    second[:, 4 + shift[0] : 8 + shift[0], 4 + shift[1] : 8 + shift[1]] = room
    assert not np.array_equal(first, second)
    assert np.array_equal(look(first), look(second))


def test_an_egocentric_view_comes_out_in_the_middle_as_it_is():
    worlds = open_world(num_envs=6, view="egocentric", radius=3)
    for seen in watch(worlds, 3):
        for view in seen["occupancy"].astype(np.float32):
            assert view[AGENT, 3, 3] == 1.0
            window = CentredWindow(*view.shape)(torch.from_numpy(view)[None]).view(2, 13, 13).numpy()
            assert np.array_equal(window[:, 3:10, 3:10], np.delete(view, AGENT, axis=0))


def test_the_map_it_was_given_stays_as_it_was():
    occupancy, _ = random_map(np.random.default_rng(1), (5, 5))
    before = occupancy.copy()
    look(occupancy)
    assert np.array_equal(occupancy, before)


def test_it_has_nothing_to_learn_and_nothing_to_save():
    window = CentredWindow(CHANNELS, 5, 6)
    assert list(window.parameters()) == []
    assert window.state_dict() == {}
    assert window.size == 3 * 9 * 11
