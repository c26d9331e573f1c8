"""The propagation network: with the right weights it is the shortest path, whatever the size of the map."""

import naive
import numpy as np
import pytest
import torch
from agents_for_tests import open_world, watch
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.small_worlds import grids, new_rules
from known_weights import DEPTH, SCALE, draw_map, shortest_path_network

from agents.networks.categorical import CategoricalPolicy
from agents.networks.encoders import GridEncoder
from agents.networks.propagation import SHIFTS, ValuePropagation, at_agent

UNIT_STEPS = {"connectivity": 8, "diagonal_cost": 1.0, "corner_cutting": "allow"}
"""All eight moves cost one, and corners do not matter: prices of cells are all there is."""


def small_network(seed=0, iterations=None):
    torch.manual_seed(seed)
    return ValuePropagation(3, width=5, maps=2, iterations=iterations)


def random_map(shape, seed=0, batch=1):
    rng = np.random.default_rng(seed)
    occupancy = torch.zeros(batch, 3, *shape)
    occupancy[:, 0] = torch.from_numpy(rng.random((batch, *shape)) < 0.2)
    for b in range(batch):
        for channel in (1, 2):
            occupancy[(b, channel, *rng.integers(shape))] = 1.0
    return occupancy


@given(grids(UNIT_STEPS, has_terrain=False))
@torch.no_grad()
def test_known_weights_give_the_length_of_the_shortest_path(world):
    grid, goal = world
    value = shortest_path_network().spread(draw_map(grid.blocked, goal, goal))[0][0, 0]
    field = naive.shortest_paths(grid, goal)
    for cell in grid.cells():
        if cell in field:
            assert value[cell].item() == pytest.approx(SCALE - float(field[cell]), abs=1e-6)
        else:
            assert value[cell].item() < -0.5 * DEPTH


@settings(max_examples=30)
@given(grids(UNIT_STEPS, has_terrain=False), st.integers(0, 10**6))
@torch.no_grad()
def test_known_weights_leave_no_advantage_but_to_the_optimal_moves(world, pick):
    grid, goal = world
    field = naive.shortest_paths(grid, goal)
    starts = sorted(set(field) - {goal})
    if not starts:
        return
    here = starts[pick % len(starts)]
    advantage = shortest_path_network()(draw_map(grid.blocked, goal, here))[0, : len(SHIFTS)]
    optimal = {naive.MOVES[move] for move in naive.optimal_moves(grid, here, field)}
    assert {(i - 1, j - 1) for (i, j), loss in zip(SHIFTS, advantage, strict=True) if loss > -0.5} == optimal
    assert advantage.max() == 0.0
    assert advantage.min() >= -10.0


@torch.no_grad()
def test_values_reach_one_cell_further_each_round():
    blocked = np.zeros((1, 12))
    for rounds in range(1, 12):
        value = shortest_path_network(rounds).spread(draw_map(blocked, (0, 0), (0, 11)))[0][0, 0, 0]
        assert (value > -0.5 * DEPTH).tolist() == [distance <= rounds for distance in range(12)]


@pytest.mark.parametrize("rounds", [1, 2, 4])
@torch.no_grad()
def test_a_cell_beyond_the_rounds_changes_nothing(rounds):
    """Whatever the weights: the receptive field is `rounds` cells in every direction."""
    network, occupancy = small_network(iterations=rounds), random_map((11, 11))
    torch.nn.init.normal_(network.source.weight)  # every channel a source
    before = network.spread(occupancy)[0]
    row, col = 5, 5
    for channel in range(3):
        altered = occupancy.clone()
        altered[0, channel, row, col] = 1.0 - altered[0, channel, row, col]
        changed = (network.spread(altered)[0] != before)[0].any(dim=0)
        rows, cols = np.indices((11, 11))
        far = np.maximum(abs(rows - row), abs(cols - col)) > rounds
        assert not changed[torch.from_numpy(far)].any()
        assert changed.any()


@torch.no_grad()
def test_without_a_limit_the_furthest_cell_is_heard():
    blocked = np.zeros((9, 9), np.uint8)
    blocked[1::4, :-1] = blocked[3::4, 1:] = 1  # a winding corridor
    goal, here = (0, 0), (8, 8)
    steps = float(naive.shortest_paths(naive.Grid(blocked, new_rules(**UNIT_STEPS)), goal)[here])
    assert steps > 27
    value = shortest_path_network().spread(draw_map(blocked, goal, here))[0][0, 0]
    assert value[here].item() == pytest.approx(SCALE - steps, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 2), (3, 3), (5, 17), (40, 40)], ids=str)
@torch.no_grad()
def test_any_size_is_served_by_the_same_weights(shape):
    network = small_network()
    assert network(random_map(shape, batch=2)).shape == (2, network.size)


@pytest.mark.parametrize("thickness", [1, 3])
@torch.no_grad()
def test_a_border_of_obstacles_changes_nothing_for_who_knows_what_they_are(thickness):
    """Where obstacles are as closed as the edge of the map, neither values nor advantages see the difference."""
    network, rng = shortest_path_network(), np.random.default_rng(0)
    for _ in range(20):
        blocked = rng.random((7, 9)) < 0.25
        goal, here = (tuple(rng.integers((7, 9))) for _ in range(2))
        blocked[goal] = blocked[here] = False
        bare = draw_map(blocked, goal, here)
        framed = torch.nn.functional.pad(bare, (thickness,) * 4)
        framed[:, 0] = torch.nn.functional.pad(bare[:, 0], (thickness,) * 4, value=1.0)
        inside = (slice(thickness, -thickness),) * 2
        free = torch.from_numpy(~blocked)
        assert torch.allclose(
            network.spread(framed)[0][0, 0][inside][free], network.spread(bare)[0][0, 0][free], atol=1e-6
        )
        assert torch.allclose(network(framed)[0, : len(SHIFTS)], network(bare)[0, : len(SHIFTS)], atol=1e-6)


@torch.no_grad()
def test_a_learned_network_tells_the_border_from_floor():
    """The stem sees a channel of ones; beyond the border it is zero."""
    price = small_network().spread(torch.zeros(1, 3, 6, 6))[1]
    assert not torch.allclose(price[..., 0, 2], price[..., 3, 2])
    assert torch.allclose(price[..., 2, 2], price[..., 3, 3])


def test_at_agent_reads_the_agents_cell():
    occupancy = random_map((6, 7), batch=9)
    field = torch.rand(9, 4, 6, 7)
    found = at_agent(field, occupancy)
    for b in range(9):
        (cell,) = np.argwhere(occupancy[b, 2].numpy()).tolist()
        assert torch.equal(found[b], field[b, :, cell[0], cell[1]])


@torch.no_grad()
def test_what_the_agent_is_told_is_read_off_the_maps():
    network, occupancy = small_network(), random_map((6, 7), batch=5)
    value, price, feature = network.spread(occupancy)
    told = network(occupancy)
    for b in range(5):
        ((row, col),) = np.argwhere(occupancy[b, 2].numpy()).tolist()
        for m in range(2):
            offers = []
            for k, (i, j) in enumerate(SHIFTS):
                to = row + i - 1, col + j - 1
                is_inside = 0 <= to[0] < 6 and 0 <= to[1] < 7
                offers.append((value[b, m][to] - price[b, m, k, row, col]).item() if is_inside else -np.inf)
            expected = np.maximum(np.array(offers) - max(offers), -10.0)
            assert told[b, 8 * m : 8 * m + 8].numpy() == pytest.approx(expected, abs=1e-4)
        assert torch.equal(told[b, 16:], feature[b, :, row, col])


def test_the_gradient_of_the_whole_network_is_that_of_finite_differences():
    network = small_network(3).double()
    occupancy = random_map((4, 5), seed=1).double()
    names, values = zip(*network.named_parameters(), strict=True)

    def run(*tensors):
        return torch.func.functional_call(network, dict(zip(names, tensors, strict=True)), (occupancy,))

    assert torch.autograd.gradcheck(run, tuple(value.detach().requires_grad_() for value in values), atol=1e-5)


def test_the_goal_is_the_one_source_to_begin_with():
    network, occupancy = small_network(), random_map((8, 8))
    source = network.source(occupancy)
    assert torch.equal(source, occupancy[:, 1:2].expand(-1, 2, -1, -1))


@pytest.mark.parametrize("world", ["map", "window"])
@torch.no_grad()
def test_policies_take_windows_and_whatever_else_is_observed(world):
    worlds = open_world(world, num_envs=3)
    space = worlds.single_observation_space
    policy = CategoricalPolicy(GridEncoder(space, width=4, maps=1), 8)
    seen = {key: torch.from_numpy(array).float() for key, array in watch(worlds, 1)[0].items()}
    logits = policy(seen)
    assert logits.shape == (3, 8)
    for key in set(space) - {"occupancy"}:
        assert not torch.allclose(policy({**seen, key: seen[key] + 1.0}), logits)


def test_an_encoder_without_occupancy_is_refused():
    from gymnasium import spaces

    with pytest.raises(ValueError, match=r"needs the observation 'occupancy', the space has \['ego'\]"):
        GridEncoder(spaces.Dict({"ego": spaces.Box(0, 1, (2,))}), width=4)
