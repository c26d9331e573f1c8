"""A latent on the ground: straight motion before it has learned anything, more afterwards, and never the future's."""

from functools import cache

import gymnasium
import pytest
import torch

import envs  # noqa: F401 - registers the ids
import world_models
from agents.experience import collect_experience
from world_models.experience import Windows
from world_models.labels import occupancy_labels
from world_models.latents.ground import GroundRoom
from world_models.latents.ground_losses import ENTROPY

SHOWN = ("occupancy", "ego", "route", "actors")
WINDOW = (24.0, 8.0, 16.0, 16.0)
SMALL = {"width": 8, "horizon": 4}


@cache
def _env(observe=SHOWN):
    arguments = {"action": "continuous", "repeat": 5, "num_actors": 8, "demand": 1.0, "extent": WINDOW}
    return gymnasium.make("crossroads/Intersection-v0", observe=observe, **arguments)


@cache
def _windows() -> Windows:
    experience = collect_experience(_env(), steps=48, seed=2, num_envs=6, progress=False)
    return experience.windows(torch.arange(0, len(experience), 8).numpy(), 5)


def _model(observe=SHOWN, **config):
    model = world_models.make("latent", _env(observe), **SMALL | config)
    assert isinstance(model.room, GroundRoom)
    model.prepare(_windows())
    return model.eval()


def _lively(model):
    """As if it had learned something: plans matter."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        torch.nn.init.normal_(model.room.response.write.weight)
    return model


def _now():
    return {key: part[:, 0] for key, part in _windows().observation.items()}


def _actions(candidates=3, steps=4):
    generator = torch.Generator().manual_seed(0)
    return 2.0 * torch.rand(len(_windows()), candidates, steps, 2, generator=generator) - 1.0


def _foreseen(model, actions, observation=None):
    return model.decode(model.predict(model.encode(observation or _now()), actions), ("occupancy", "ego", "to_go"))


@torch.no_grad()
def test_before_it_has_learned_anything_everybody_goes_straight_on():
    floor = world_models.make("constant-velocity", _env())
    expected, found = (_foreseen(model, _actions())["occupancy"] for model in (floor, _model()))
    assert expected.sum() > 100
    assert torch.equal(found > 0.5, expected > 0.5)


@torch.no_grad()
def test_a_step_depends_on_the_actions_until_then_and_on_no_others():
    model, actions = _lively(_model()), _actions()
    other = actions.clone()
    other[:, :, 2:] *= -1.0
    one, two, short = (_foreseen(model, each) for each in (actions, other, actions[:, :, :2]))
    for key, found in one.items():
        torch.testing.assert_close(found[:, :, :, :2], two[key][:, :, :, :2])
        torch.testing.assert_close(found[:, :, :, :2], short[key])
        assert (found[:, :, :, 2:] != two[key][:, :, :, 2:]).any()


@torch.no_grad()
def test_rows_and_candidates_do_not_mind_each_other():
    model, actions = _lively(_model()), _actions()
    together = _foreseen(model, actions)
    alone = _foreseen(model, actions[2:3, 1:2], {key: part[2:3] for key, part in _now().items()})
    for key, found in together.items():
        torch.testing.assert_close(found[2:3, 1:2], alone[key], atol=1e-4, rtol=1e-4)


def test_what_is_learned_from_is_what_is_foreseen():
    """All steps, by hand: cross entropy of the foreseen occupancy for each occupied cell."""
    model, windows = _lively(_model()), _windows()
    truth = occupancy_labels(windows, model.spec).double()
    with torch.no_grad():
        chance = _foreseen(model, windows.actions[:, None])["occupancy"][:, 0, 0].double().clamp(1e-12, 1.0 - 1e-7)
        off = -(truth * chance.log() + (1.0 - truth) * (1.0 - chance).log()).sum((-3, -2, -1))
        parts = model.loss(windows)[1]
    real = windows.is_real
    assert parts["entropy"] == pytest.approx((ENTROPY * off[real].sum() / truth[real].sum()).item(), rel=1e-2)


def test_steps_that_never_happened_do_not_count():
    model, windows = _model(), _windows()
    real = windows.is_real.clone()
    real[:, 2:] = False
    some = Windows(**{**vars(windows), "is_real": real})
    changed = Windows(**{**vars(some), "actions": torch.where(real[..., None], windows.actions, -windows.actions)})
    torch.testing.assert_close(model.loss(some)[0], model.loss(changed)[0])


def test_it_learns_what_straight_motion_does_not_say():
    torch.manual_seed(0)
    model, windows = _model().train(), _windows()
    before = model.eval().loss(windows)[0].item()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(20):
        optimizer.zero_grad()
        model.train().loss(windows)[0].backward()
        optimizer.step()
    assert model.eval().loss(windows)[0] < 0.8 * before


def test_gradients_lead_to_the_actions():
    model, actions = _lively(_model()), _actions().requires_grad_(True)
    _foreseen(model, actions)["occupancy"].sum().backward()
    assert actions.grad is not None
    assert actions.grad[:, :, 0].abs().max() > 0.0


@torch.no_grad()
def test_without_a_list_of_actors_everybody_is_thought_to_stand():
    observe = ("occupancy", "ego", "route")
    found = _foreseen(_model(observe), _actions(), {key: _now()[key] for key in observe})["occupancy"]
    assert found.shape == (len(_windows()), 3, 1, 4, 2, 32, 32)
    assert (found[:, 0, 0, 0] - found[:, 0, 0, 3]).abs().max() < 0.2


def test_what_it_is_no_model_of_is_refused():
    model = _model()
    latent = model.encode(_now())
    with pytest.raises(ValueError, match="Expected at most 4 steps, got 5"):
        model.predict(latent, _actions(steps=5))
    with pytest.raises(ValueError, match="kind='ground': expected roads and encoder='trained'; use kind='vector'"):
        world_models.make("latent", gymnasium.make("crossroads/GridNav-v0"), kind="ground")
    narrow = {"action": "continuous", "observe": SHOWN, "extent": (22.0, 8.0, 16.0, 16.0)}
    with pytest.raises(ValueError, match="multiples of 4 rows and columns, got 30 and 32"):
        world_models.make("latent", gymnasium.make("crossroads/Highway-v0", **narrow))
    assert world_models.make("latent", _env(), encoder="frozen").config.kind is None
