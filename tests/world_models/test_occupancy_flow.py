"""Truths about foreseen occupancy, before and after learning."""

from dataclasses import replace
from functools import cache
from typing import Any

import gymnasium as gym
import pytest
import torch
from torch import Tensor

import envs  # noqa: F401 - registers
import world_models
from agents.experience import collect_experience
from world_models.experience import Windows
from world_models.occupancy_flow import OccupancyFlow

ROAD = {"repeat": 5, "observe": ("occupancy", "ego", "route", "actors"), "num_actors": 8, "demand": 1.0}
SMALL = {"width": 8, "horizon": 4}
LISTS = ("occupancy", "flow", "ego", "to_go")


@cache
def _env(**changes: Any) -> Any:
    return gym.make("crossroads/Intersection-v0", **{**ROAD, **changes})


@cache
def _windows() -> Windows:
    experience = collect_experience(_env(), steps=60, seed=2, num_envs=6, progress=False)
    rows = torch.arange(0, len(experience), 12).numpy()
    return experience.windows(rows, 5)


def _model(**config: Any) -> OccupancyFlow:
    """As if it had learned something: plans matter."""
    model = world_models.make("occupancy-flow", _env(), **{**SMALL, **config})
    assert isinstance(model, OccupancyFlow)
    if model.config.conditioned:
        with torch.random.fork_rng():
            torch.manual_seed(3)
            torch.nn.init.normal_(model.reaction.change.weight)
    model.prepare(_windows())
    return model.eval()


def _now() -> dict[str, Tensor]:
    return {key: part[:, 0] for key, part in _windows().observation.items()}


def _actions(candidates: int = 3, steps: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return 2.0 * torch.rand(len(_windows()), candidates, steps, 2, generator=generator) - 1.0


@torch.no_grad()
def _foreseen(model: OccupancyFlow, actions: Tensor, observation: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
    return model.decode(model.predict(model.encode(observation or _now()), actions), LISTS)


def test_occupancy_is_a_probability_that_depends_on_the_plan() -> None:
    found = _foreseen(_model(), _actions())
    assert found["occupancy"].shape == (len(_windows()), 3, 1, 4, 2, 64, 64)
    assert 0.0 <= found["occupancy"].min() <= found["occupancy"].max() <= 1.0
    assert (found["occupancy"][:, 0] - found["occupancy"][:, 1]).abs().max() > 1e-3


def test_without_conditioning_all_candidates_share_one_future() -> None:
    found = _foreseen(_model(conditioned=False), _actions())
    assert found["occupancy"].shape == (len(_windows()), 3, 1, 4, 2, 64, 64)
    assert found["occupancy"].stride(1) == found["flow"].stride(1) == 0


def test_a_step_depends_on_the_actions_until_then_and_on_no_others() -> None:
    model, actions = _model(), _actions()
    other = actions.clone()
    other[:, :, 2:] *= -1.0
    one, two, short = _foreseen(model, actions), _foreseen(model, other), _foreseen(model, actions[:, :, :2])
    for key in LISTS:
        torch.testing.assert_close(one[key][:, :, :, :2], two[key][:, :, :, :2])
        torch.testing.assert_close(one[key][:, :, :, :2], short[key])
    assert (one["occupancy"][:, :, :, 2:] != two["occupancy"][:, :, :, 2:]).any()


def test_rows_and_candidates_do_not_mind_each_other() -> None:
    model, actions = _model(), _actions()
    together = _foreseen(model, actions)
    alone = _foreseen(model, actions[2:3, 1:2], {key: part[2:3] for key, part in _now().items()})
    for key in LISTS:
        torch.testing.assert_close(together[key][2:3, 1:2], alone[key], atol=1e-4, rtol=1e-4)


def test_what_is_learned_from_is_what_is_foreseen() -> None:
    model, windows = _model(), _windows()
    found = _foreseen(model, windows.actions[:, None])
    labels = pytest.importorskip("world_models.labels").occupancy_labels(windows, model.spec).float()
    expected = torch.nn.functional.binary_cross_entropy(
        found["occupancy"][:, 0, 0].clamp(1e-4, 1.0 - 1e-4), labels, reduction="none"
    )
    real = windows.is_real[:, :, None, None, None]
    _, parts = model.loss(windows)
    assert parts["cross_entropy"] == pytest.approx(((expected * real).sum() / (labels * real).sum()).item(), rel=1e-4)


def test_what_never_happened_changes_nothing() -> None:
    model, windows = _model(), _windows()
    is_real = windows.is_real.clone()
    is_real[:, 2:] = False
    assert windows.tracks is not None
    poses, present = windows.tracks.poses.clone(), windows.tracks.present.clone()
    poses[:, 3:], present[:, 3:] = torch.randn_like(poses[:, 3:]), ~present[:, 3:]
    actions = windows.actions.clone()
    actions[:, 2:] = 0.5
    one = replace(windows, is_real=is_real)
    two = replace(one, actions=actions, tracks=replace(windows.tracks, poses=poses, present=present))
    assert model.loss(one)[1] == pytest.approx(model.loss(two)[1], rel=1e-6)
    assert model.loss(one)[1] != pytest.approx(model.loss(windows)[1], rel=1e-6)


def test_gradients_lead_back_to_the_actions() -> None:
    model, actions = _model(), 0.5 * _actions(1)
    actions.requires_grad_()
    model.decode(model.predict(model.encode(_now()), actions), ["occupancy"])["occupancy"].square().sum().backward()
    assert actions.grad is not None
    assert torch.isfinite(actions.grad).all()
    assert (actions.grad != 0).any()


def test_a_few_updates_lower_the_loss() -> None:
    model, windows = _model(), _windows()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    losses = []
    for _ in range(6):
        loss, parts = model.loss(windows)
        assert all(part == part for part in parts.values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.95 * losses[0]


def test_a_seed_gives_the_same_weights_and_leaves_others_draws_alone() -> None:
    before = torch.random.get_rng_state()
    one, two, other = (world_models.make("occupancy-flow", _env(), **SMALL, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    weights = [model.state_dict()["network.read.weight"] for model in (one, two, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_list_of_actors_is_no_must() -> None:
    model = world_models.make("occupancy-flow", _env(observe=("occupancy", "ego", "route")), **SMALL)
    seen = {key: part for key, part in _now().items() if not key.startswith("actors")}
    with torch.no_grad():
        found = model.decode(model.predict(model.encode(seen), _actions()), ["occupancy", "flow"])
    assert found["flow"].shape == (len(_windows()), 3, 1, 4, 2, 64, 64)


def test_it_says_what_it_is_no_model_of() -> None:
    with pytest.raises(ValueError, match="occupancy-flow: expected a road environment"):
        OccupancyFlow.for_env(gym.make("crossroads/GridNav-v0"))
    with pytest.raises(ValueError, match=r"to have \['route'\]"):
        OccupancyFlow.for_env(_env(observe=("occupancy", "ego")))
    with pytest.raises(ValueError, match="at most 4 steps, got 5"):
        _model().predict(_model().encode(_now()), _actions(2, 5))
    with pytest.raises(ValueError, match="modes: expected at least 1, got 0"):
        OccupancyFlow.for_env(_env(), modes=0)
