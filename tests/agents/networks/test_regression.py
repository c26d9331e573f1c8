"""Policies for roads: they keep where things are, recover what can be told, and stay inside the space."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from agents.networks.categorical import CategoricalPolicy
from agents.networks.encoders import GridEncoder, RoadEncoder
from agents.networks.normaliser import Normaliser
from agents.networks.policy import as_tensors, policy_for
from agents.networks.regression import RegressionPolicy
from agents.networks.view import ViewEncoder

CONTROLS = spaces.Box(-1.0, 1.0, (2,), np.float32)
POSES = spaces.Box(-8.0, 8.0, (5, 3), np.float32)


def image(rows=64, cols=64, channels=12):
    return spaces.Box(0, 255, (channels, rows, cols), np.uint8)


def vector(size, high=1.0):
    return spaces.Box(-high, high, (size,), np.float32)


ROADS = {
    "view": {"occupancy": image()},
    "oblong": {"occupancy": image(128, 32, 8), "ego": vector(7)},
    "odd": {"occupancy": image(50, 37, 9), "route": vector((4), 100.0)},
    "vectors": {"ego": vector(3), "route": spaces.Box(-9.0, 9.0, (4, 2), np.float32)},
}
every_road = pytest.mark.parametrize("road", ROADS)


def policy(road, action_space=CONTROLS, width=None, seed=0):
    torch.manual_seed(seed)
    return policy_for(spaces.Dict(ROADS[road]), action_space, width=width).eval()


def look(road, batch=4, seed=0):
    space = spaces.Dict(ROADS[road])
    space.seed(seed)
    return as_tensors({key: np.stack([space.sample()[key] for _ in range(batch)]) for key in space})


def test_the_spaces_choose_the_policy():
    grid = spaces.Dict({"occupancy": spaces.MultiBinary((3, 8, 8))})
    chosen = {
        (type(one.encoder), type(one))
        for one in (policy_for(grid, spaces.Discrete(8)), policy("view"), policy("vectors", spaces.Discrete(5)))
    }
    assert chosen == {
        (GridEncoder, CategoricalPolicy),
        (RoadEncoder, RegressionPolicy),
        (RoadEncoder, CategoricalPolicy),
    }
    with pytest.raises(ValueError, match=r"Expected Discrete actions or a Box of them, got .* MultiBinary"):
        policy_for(grid, spaces.MultiBinary(2))


@every_road
@pytest.mark.parametrize("space", [CONTROLS, POSES], ids=["controls", "poses"])
@torch.no_grad()
def test_actions_lie_in_the_space_whatever_the_head_says(road, space):
    made = policy(road, space)
    for size in (1.0, 1e6):
        for parameter in made.head.parameters():
            parameter.mul_(size)
        actions = made.likely(look(road))
        assert actions.shape == (4, *space.shape)
        assert all(space.contains(action) for action in actions)


@every_road
@torch.no_grad()
def test_a_row_does_not_know_of_the_others(road):
    """Up to the last bits: how a product is summed up may hang on the batch."""
    made, seen = policy(road, POSES), look(road, batch=6)
    together = made.likely(seen)
    for i in range(6):
        alone = made.likely({key: tensor[i : i + 1] for key, tensor in seen.items()})
        assert alone[0] == pytest.approx(together[i], abs=1e-4)
    changed = {key: torch.cat([tensor[:1], torch.zeros_like(tensor[1:])]) for key, tensor in seen.items()}
    assert np.array_equal(made.likely(changed)[0], together[0])


@pytest.mark.parametrize("shape", [(64, 64), (128, 32), (50, 37), (4, 5), (1, 1)], ids=str)
def test_every_cell_of_a_view_counts(shape):
    torch.manual_seed(0)
    encoder, seen = ViewEncoder(3, *shape, width=8), torch.rand(1, 3, *shape, requires_grad=True)
    features = encoder(seen)
    assert features.shape == (1, encoder.size)
    features.pow(2).sum().backward()
    assert (seen.grad != 0).all()


@torch.no_grad()
def test_a_thing_one_cell_further_on_looks_different():
    torch.manual_seed(0)
    encoder, seen = ViewEncoder(1, 16, 24, width=16), torch.zeros(16 * 24, 1, 16, 24)
    seen.flatten(1).fill_diagonal_(1.0)
    features = encoder(seen)
    apart = torch.cdist(features, features) + 10.0 * torch.eye(len(features))
    assert apart.min() > 1e-3


def steps(made, seen, actions, count, rate=3e-3):
    optimizer = torch.optim.Adam(made.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, count)
    for _ in range(count):
        loss = made.loss(seen, actions)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return loss.item()


def test_a_linear_expert_is_recovered_from_vectors():
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(11, 2)) / 40
    made, seen, fresh = policy("vectors"), look("vectors", 1000), look("vectors", 300, seed=9)

    def expert(observation):
        flat = torch.cat([observation["ego"], observation["route"].flatten(1)], dim=1)
        return (flat @ torch.from_numpy(weight).float()).clamp(-1, 1)

    made.measure(seen, expert(seen))
    steps(made, seen, expert(seen), 400)
    with torch.no_grad():
        error = made.likely(fresh) - expert(fresh).numpy()
    assert np.sqrt((error**2).mean()) < 0.15 * expert(fresh).std().item()


def test_the_loss_is_the_smooth_l1_of_labels_in_spreads():
    made, seen, rng = policy("vectors", POSES), look("vectors", 50), np.random.default_rng(0)
    labels = torch.from_numpy(rng.normal(3.0, np.arange(1, 16).reshape(5, 3) / 9, (50, 5, 3))).float()
    made.measure(seen, labels)
    with torch.no_grad():
        said, loss = made(seen).numpy(), made.loss(seen, labels).item()
    flat = labels.flatten(1).double().numpy()
    gap = np.abs(said - (flat - flat.mean(axis=0)) / flat.std(axis=0))
    assert loss == pytest.approx(np.where(gap < 1, gap**2 / 2, gap - 0.5).mean(), rel=1e-5)


numbers = st.floats(-1e3, 1e3, width=32)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_normalising_can_be_undone_and_what_never_varies_is_safe(rows):
    made, values = Normaliser(np.full(2, -1e3), np.full(2, 1e3), least=0.001), torch.tensor(rows, dtype=torch.float32)
    made.measure(values)
    normal = made(values)
    assert torch.isfinite(normal).all()
    assert made.inverse(normal).numpy() == pytest.approx(values.numpy(), abs=2e-3)
    assert (made.scale >= 0.999).all()


def test_without_data_the_bounds_are_the_scale_and_far_bounds_say_nothing():
    made = Normaliser(np.array([-3.0, -np.inf, 0.0]), np.array([5.0, np.inf, 1e9]), least=0.001)
    assert made(torch.tensor([[5.0, 7.0, 2.0]])).tolist() == [[1.0, 7.0, 2.0]]


def test_measured_data_have_mean_0_and_spread_1():
    made, rng = Normaliser(-np.ones(2), np.ones(2), least=0.001), np.random.default_rng(0)
    values = torch.from_numpy(rng.normal(0.3, 0.2, (100, 2))).float()
    made.measure(values)
    assert made(values).mean(dim=0).tolist() == pytest.approx([0.0, 0.0], abs=1e-5)
    assert made(values).std(dim=0, correction=0).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)


@pytest.mark.parametrize("space", [CONTROLS, POSES], ids=["controls", "poses"])
@torch.no_grad()
def test_new_statistics_of_the_labels_do_not_change_what_was_learned(space):
    torch.manual_seed(0)
    made, seen = policy_for(spaces.Dict({"occupancy": image(16, 16)}), space), {"occupancy": torch.rand(9, 12, 16, 16)}
    before = made.likely(seen)
    for spread in (0.01, 0.3):
        made.measure({}, spread * torch.randn(50, *space.shape) + 0.1)
        assert made.labels.scale.numpy() == pytest.approx(np.full(made.labels.scale.shape, spread), rel=0.5)
        assert made.likely(seen) == pytest.approx(before, abs=1e-5)
