"""A latent that is a vector: exact where the world is linear, alike at once and step by step, and never collapsed."""

import gymnasium
import pytest
import torch
from torch import nn

import world_models
from envs.registration import register_envs
from world_models.experience import Windows
from world_models.latents.collapse import rank_me, sigreg, vicreg
from world_models.latents.config import LatentConfig
from world_models.latents.dynamics import DYNAMICS, LinearDynamics
from world_models.latents.vector import VectorRoom
from world_models.spec import Actions, Spec

register_envs()
SIZES = {"size": 16, "hidden": 16, "width": 4}
VECTOR = {"kind": "vector", **SIZES}
OBSERVE = ("occupancy", "ego", "route", "actors")


@pytest.fixture(scope="module")
def road():
    arguments = {"action": "continuous", "repeat": 5, "observe": OBSERVE, "extent": (12.0, 4.0, 8.0, 8.0)}
    return gymnasium.make_vec("crossroads/Highway-v0", num_envs=2, **arguments)


def _road_windows(road, frames=4, seed=0) -> Windows:
    """Noise of the shapes that roads have."""
    rng = torch.Generator().manual_seed(seed)
    spaces = road.single_observation_space.spaces
    seen = {key: torch.rand(5, frames, *spaces[key].shape, generator=rng) for key in ("ego", "route")}
    seen["occupancy"] = (torch.rand(5, frames, *spaces["occupancy"].shape, generator=rng) > 0.9).to(torch.uint8) * 255
    steps = frames - 1
    return Windows(
        observation=seen,
        actions=torch.rand(5, steps, 2, generator=rng) * 2 - 1,
        rewards=torch.rand(5, steps, generator=rng),
        terminated=torch.zeros(5, steps, dtype=torch.bool),
        is_real=torch.ones(5, steps, dtype=torch.bool),
        to_go=torch.rand(5, frames, generator=rng),
    )


def _changed(windows: Windows, **changes) -> Windows:
    return Windows(**{**vars(windows), **changes})


def _loss(model, windows: Windows, seed=0) -> tuple[torch.Tensor, dict[str, float]]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return model.loss(windows)


@pytest.mark.parametrize("dynamics", ["step", "linear"])
def test_several_steps_at_once_are_single_steps_one_after_the_other(dynamics):
    config = LatentConfig(dynamics=dynamics, **SIZES)
    module = _lively(DYNAMICS[dynamics](2, config))
    start, actions = torch.randn(3, 16), torch.randn(3, 1, 5, 2)
    at_once = module(start, actions)
    for step in range(5):
        start = module(start, actions[:, :, step : step + 1])[:, 0, 0]
        torch.testing.assert_close(start, at_once[:, 0, step])


@pytest.mark.parametrize("dynamics", list(DYNAMICS))
def test_what_is_done_later_changes_nothing_before(dynamics):
    module = _lively(DYNAMICS[dynamics](2, LatentConfig(dynamics=dynamics, **SIZES)))
    start, actions = torch.randn(3, 16), torch.randn(3, 4, 6, 2)
    torch.testing.assert_close(module(start, actions[:, :, :4]), module(start, actions)[:, :, :4])
    other = actions.clone()
    other[:, :, 4] += 1.0
    found = module(start, other) - module(start, actions)
    assert found[:, :, :4].abs().max() < 1e-6 < found[:, :, 4].abs().min()


def _lively(module: nn.Module) -> nn.Module:
    """Weights that are 0 to begin with take part too."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module


def _linear_room() -> VectorRoom:
    spec = Spec({"occupancy": (1, 1, 3)}, Actions("continuous", 2, (-1.0, -1.0), (1.0, 1.0)), 1.0, (), ())
    config = LatentConfig(dynamics="linear", encoder="given", regulariser="none", size=4)
    return VectorRoom(spec, config, channels=("state",), given=nn.Flatten())


def test_a_linear_system_is_learned_exactly():
    torch.manual_seed(0)
    room = _linear_room()
    keep, push = 0.8 * torch.linalg.qr(torch.randn(3, 3))[0], torch.randn(3, 2)
    states, actions = [torch.randn(64, 3)], torch.rand(64, 4, 2) * 2 - 1
    for action in actions.unbind(1):
        states.append(states[-1] @ keep.T + action @ push.T)
    windows = Windows(
        observation={"occupancy": torch.stack(states, 1)[:, :, None, None]},
        actions=actions,
        rewards=torch.zeros(64, 4),
        terminated=torch.zeros(64, 4, dtype=torch.bool),
        is_real=torch.ones(64, 4, dtype=torch.bool),
        to_go=torch.zeros(64, 5),
    )
    assert room.losses(windows)["prediction"] > 1e-2
    _fit_in_closed_form(room, torch.stack(states, 1), actions)
    assert room.losses(windows)["prediction"] < 1e-6
    shifted = _changed(windows, actions=actions.roll(1, 1))
    assert room.losses(shifted)["prediction"] > 1e-2


@torch.no_grad()
def _fit_in_closed_form(room: VectorRoom, states: torch.Tensor, actions: torch.Tensor) -> None:
    """Least squares over all single steps."""
    assert isinstance(room.dynamics, LinearDynamics)
    latents = room.encoder({"occupancy": states.flatten(0, 1)[:, None, None]}).unflatten(0, states.shape[:2])
    ones = torch.ones(*actions.shape[:2], 1)
    known = torch.cat([latents[:, :-1], actions, ones], -1).flatten(0, 1).double()
    found = torch.linalg.lstsq(known, latents[:, 1:].flatten(0, 1).double(), driver="gelsd").solution.float()
    room.dynamics.keep.weight.copy_(found[:4].T)
    room.dynamics.push.weight.copy_(found[4:6].T)
    room.dynamics.push.bias.copy_(found[6])


@pytest.mark.parametrize("regulariser", [vicreg, sigreg])
def test_a_standard_normal_pays_nothing_and_a_collapsed_latent_is_pushed_apart(regulariser):
    rng = torch.Generator().manual_seed(0)
    assert regulariser(torch.randn(8192, 8, generator=rng)) < 0.01
    collapsed = (1.0 + 0.05 * torch.randn(512, 8, generator=rng)).requires_grad_(True)
    loss = regulariser(collapsed)
    assert loss > 0.2
    loss.backward()
    assert collapsed.grad is not None
    assert regulariser(collapsed.detach() - 20.0 * collapsed.grad) < loss
    assert ((collapsed.detach() - 20.0 * collapsed.grad).std(0) > collapsed.detach().std(0)).all()


def test_rank_is_the_number_of_directions_that_are_used():
    rng = torch.Generator().manual_seed(0)
    few = (
        torch.linalg.qr(torch.randn(100, 3, generator=rng))[0] @ torch.linalg.qr(torch.randn(8, 3, generator=rng))[0].T
    )
    assert rank_me(few) == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize("changes", [{}, {"regulariser": "sigreg"}, {"regulariser": "none", "dynamics": "prefix"}])
def test_steps_that_never_happened_do_not_count(road, changes):
    model = world_models.make("latent", road, **VECTOR, **changes)
    windows, others = _road_windows(road), _road_windows(road, seed=1)
    none = torch.zeros_like(others.is_real)
    both = Windows(
        observation={key: torch.cat([part, others.observation[key]]) for key, part in windows.observation.items()},
        is_real=torch.cat([windows.is_real, none]),
        **{
            name: torch.cat([getattr(windows, name), getattr(others, name)])
            for name in ("actions", "rewards", "terminated", "to_go")
        },
    )
    torch.testing.assert_close(_loss(model, both)[0], _loss(model, windows)[0])


def test_a_frozen_encoder_learns_before_all_else_and_never_again(road):
    model = world_models.make("latent", road, encoder="frozen", pretraining=2, **VECTOR)
    windows = _road_windows(road)
    begun = {name: weight.clone() for name, weight in model.room.encoder.state_dict().items()}
    model.prepare(windows)
    frozen = {name: weight.clone() for name, weight in model.room.encoder.state_dict().items()}
    assert not torch.equal(begun["join.weight"], frozen["join.weight"])
    optimizer = torch.optim.Adam([part for part in model.parameters() if part.requires_grad], lr=1e-2)
    for _ in range(2):
        optimizer.zero_grad()
        _loss(model, windows)[0].backward()
        optimizer.step()
    for name, weight in model.room.encoder.state_dict().items():
        assert torch.equal(weight, frozen[name]), name
    latent = model.encode({key: part.flatten(0, 1) for key, part in windows.observation.items()}).parts["latent"]
    torch.testing.assert_close(latent.mean(0), torch.zeros(16), atol=1e-3, rtol=0.0)


def test_any_module_can_be_the_encoder(road):
    given = nn.Sequential(nn.AvgPool2d(8), nn.Flatten(), nn.Linear(11 * 4, 6)).requires_grad_(False)
    model = world_models.make("latent", road, encoder=given, **VECTOR)
    _loss(model, _road_windows(road))[0].backward()
    assert model.config.encoder == "given"
    assert all(weight.grad is None for weight in given.parameters())
    with pytest.raises(ValueError, match="hand in the module itself"):
        world_models.make("latent", road, encoder="given")


def test_heads_on_roads_are_where_the_contract_says_and_hear_the_actions(road):
    model = world_models.make("latent", road, **VECTOR)
    _lively(model.room.dynamics)
    seen = {key: torch.as_tensor(array) for key, array in road.reset(seed=0)[0].items()}
    actions = (torch.rand(2, 3, 4, 2) * 2 - 1).requires_grad_(True)
    rollout = model.predict(model.encode(seen), actions)
    found = model.decode(rollout, model.spec.heads)
    shapes = {"latent": (16,), "occupancy": (2, 16, 16), "ego": (6,), "reward": (), "continuation": (), "to_go": ()}
    assert {name: part.shape[4:] for name, part in found.items()} == shapes
    assert all(part.shape[:4] == (2, 3, 1, 4) for part in found.values())
    assert (found["latent"][:, 0] - found["latent"][:, 1]).abs().min() > 0.0
    found["occupancy"].sum().backward()
    assert actions.grad is not None
    assert actions.grad[:, :, 0].abs().min() > 0.0
    with pytest.raises(ValueError, match="expected samples=1, got 2"):
        model.predict(rollout.start, actions, samples=2)


def test_the_seed_alone_decides_the_first_weights(road):
    one, same, other = (world_models.make("latent", road, seed=seed, **VECTOR).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_grids_can_be_seen_as_vectors():
    env = gymnasium.make_vec("crossroads/GridNav-v0", num_envs=2, size=8)
    model = world_models.make("latent", env, kind="vector", **SIZES)
    seen = {key: torch.as_tensor(array) for key, array in env.reset(seed=0)[0].items()}
    rollout = model.predict(model.encode(seen), torch.randint(8, (2, 3, 4)))
    found = model.decode(rollout, ["cell", "occupancy", "to_go"])
    torch.testing.assert_close(found["cell"].sum((-2, -1)), torch.ones(2, 3, 1, 4))
    assert found["occupancy"].shape == (2, 3, 1, 4, 3, 8, 8)
