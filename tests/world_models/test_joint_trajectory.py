"""The joint trajectory model on real scenes: what it is before it learns, what it looks at, and that it learns."""

from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
import torch

import world_models
from agents.experience import collect_experience
from world_models.experience import Windows
from world_models.fitting import FitConfig, Fitting
from world_models.joint.crops import Crop
from world_models.joint.measures import joint_average_error
from world_models.joint.tokens import read_everybody
from world_models.joint_trajectory import JointTrajectory
from world_models.labels import actor_labels, nearest_first

ROADS = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors"), "num_actors": 8}
SMALL = {"width": 16, "plan_width": 8, "layers": 1, "modes": 3, "crop": Crop(spacing=4.0)}
HORIZON = 6


@pytest.fixture(scope="module")
def env():
    return gym.make("crossroads/Intersection-v0", demand=1.0, **ROADS)


@pytest.fixture(scope="module")
def experience(env):
    return collect_experience(env, steps=100, num_envs=4, progress=False)


@pytest.fixture(scope="module")
def windows(experience) -> Windows:
    return experience.windows(np.arange(0, 100, 9), HORIZON + 1)


@pytest.fixture(scope="module")
def now(windows) -> dict[str, torch.Tensor]:
    return {key: part[:, 0] for key, part in windows.observation.items()}


@pytest.fixture(scope="module")
def actions(now) -> torch.Tensor:
    return torch.rand(len(now["ego"]), 3, HORIZON, 2, generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0


def model_of(env, *, is_fitted: bool = True, **config) -> JointTrajectory:
    """Small; weights that begin at 0 are drawn at random to stand for having learned."""
    model = world_models.make("joint-trajectory", env, **SMALL | config).eval()
    if is_fitted:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            for part in (model.decoder.controls, model.scene.weigh[-1]):
                torch.nn.init.normal_(part.weight)
    return model


@torch.no_grad()
def foreseen(model, now, actions, samples=1) -> torch.Tensor:
    return model.decode(model.predict(model.encode(now), actions, samples=samples), ["actors"])["actors"]


def test_before_it_learns_everybody_goes_straight_on(env, now, actions):
    model = model_of(env, is_fitted=False)
    seen, found = read_everybody(now), foreseen(model, now, actions, samples=3)
    assert found.shape == (len(now["ego"]), 3, 3, HORIZON, 7, 3)
    seconds = 0.5 * torch.arange(1, HORIZON + 1)
    velocity = now["actors"].view(-1, 7, 9)[..., 4:6]
    places = seen.poses[:, None, 1:, :2] + velocity[:, None] * seconds[:, None, None]
    expected = torch.where(seen.mask[:, None, 1:, None], places, 0.0)
    assert torch.allclose(found[..., :2], expected[:, None, None].expand(found[..., :2].shape), atol=1e-4)
    assert torch.allclose(torch.cos(found[:, 0, 0, -1, :, 2] - seen.poses[:, 1:, 2]), torch.ones(len(found), 7))
    assert torch.allclose(model.encode(now).parts["log_weights"].exp(), torch.tensor(1 / 3))


def test_forecasts_follow_the_order_of_the_observation(env, now, actions):
    model, order = model_of(env), torch.tensor([3, 1, 6, 0, 2, 5, 4])
    features = now["actors"].view(-1, 7, 9)[:, order].flatten(1)
    shuffled = now | {"actors": features, "actors_mask": now["actors_mask"][:, order]}
    found, other = foreseen(model, now, actions, 3), foreseen(model, shuffled, actions, 3)
    assert torch.allclose(found[..., order, :], other, atol=2e-4)


def test_who_is_absent_changes_nothing(env, now, actions):
    model, mask = model_of(env), now["actors_mask"].clone()
    mask[:, -3:] = 0.0
    odd = now["actors"].view(-1, 7, 9).clone()
    odd[:, -3:] = 5.0
    found = foreseen(model, now | {"actors_mask": mask}, actions, 3)
    other = foreseen(model, now | {"actors_mask": mask, "actors": odd.flatten(1)}, actions, 3)
    assert torch.equal(found, other)
    assert (found[..., -3:, :] == 0).all()


def test_a_row_does_not_depend_on_the_others(env, now, actions):
    model = model_of(env)
    alone = foreseen(model, {key: part[2:3] for key, part in now.items()}, actions[2:3], 3)
    assert torch.allclose(foreseen(model, now, actions, 3)[2:3], alone, atol=1e-4)


def test_more_horizon_changes_nothing_of_what_came_before(env, now, actions):
    model = model_of(env)
    whole, begun = foreseen(model, now, actions, 3), foreseen(model, now, actions[:, :, :2], 3)
    assert torch.allclose(whole[:, :, :, :2], begun, atol=1e-4)


def test_samples_are_the_likeliest_modes_first_and_sum_to_one(env, now, actions):
    model = model_of(env)
    latent = model.encode(now)
    rollout, one = model.predict(latent, actions, samples=3), model.predict(latent, actions)
    assert rollout.weights is not None
    assert torch.allclose(rollout.weights.sum(-1), torch.ones(len(now["ego"]), 3))
    assert (rollout.weights.diff(dim=-1) <= 0).all()
    every, first = (model.decode(found, ["actors", "occupancy"]) for found in (rollout, one))
    assert torch.equal(every["actors"][:, :, :1], first["actors"])
    mean = (every["occupancy"] * rollout.weights[..., None, None, None, None]).sum(2)
    # bodies of one mode that overlap are cut off at 1 mode by mode, or all together
    assert ((first["occupancy"][:, :, 0] - mean) > -1e-5).all()
    assert torch.allclose(first["occupancy"][:, :, 0], mean, atol=1e-5) or (first["occupancy"].max() == 1.0)


def test_only_a_conditioned_model_heeds_the_plan(env, now, actions):
    for conditioned in (True, False):
        model = model_of(env, conditioned=conditioned)
        plan = actions.clone().requires_grad_()
        rollout = model.predict(model.encode(now), plan)
        for key in ("actors", "occupancy"):
            found = model.decode(rollout, [key])[key].square().sum()
            slope = torch.autograd.grad(found, plan, allow_unused=True, retain_graph=True)[0]
            assert (slope is not None and (slope.abs().sum((1, 2, 3)) > 0).any()) == conditioned


def test_the_heads_have_the_shapes_that_they_are_known_for(env, now, actions):
    model = model_of(env)
    found = model.decode(model.predict(model.encode(now), actions, samples=2), model.spec.heads)
    lead = (len(now["ego"]), 3, 2, HORIZON)
    shapes = {"occupancy": (2, 64, 64), "flow": (2, 64, 64), "ego": (6,), "actors": (7, 3), "to_go": ()}
    assert {key: tuple(part.shape) for key, part in found.items()} == {
        key: lead + shape for key, shape in shapes.items()
    }
    assert 0.0 <= found["occupancy"].min() <= found["occupancy"].max() <= 1.0
    assert found["occupancy"].amax() > 0.2


@torch.no_grad()
def test_what_is_the_same_for_all_candidates_is_drawn_once(env, now, actions):
    model = model_of(env, conditioned=False)
    rollout = model.predict(model.encode(now), actions)
    found = model.decode(rollout, ["occupancy", "flow"])
    every = model.decode(replace(rollout, parts={name: part.clone() for name, part in rollout.parts.items()}), found)
    for key, part in found.items():
        assert part.stride(1) == 0
        assert part.shape == every[key].shape
        assert torch.allclose(part, every[key], atol=1e-5)


def test_tracks_at_frame_0_are_the_actors_that_are_observed(now, windows):
    seen, tracks = read_everybody(now), windows.tracks
    rows, order = torch.arange(len(windows))[:, None], nearest_first(tracks)
    there = seen.mask[:, 1:]
    assert torch.equal(tracks.present[:, 0][rows, order], there)
    assert there.sum() > 20
    poses = tracks.seen_from(0)[:, 0][rows, order]
    assert torch.allclose(poses[there][:, :2], seen.poses[:, 1:, :2][there], atol=1e-3)
    assert torch.allclose(torch.cos(poses[there][:, 2] - seen.poses[:, 1:, 2][there]), torch.ones(()))
    assert torch.allclose(tracks.sizes[rows, order][there], seen.sizes[:, 1:][there], atol=1e-4)
    assert torch.equal(tracks.are_pedestrians[rows, order][there], seen.are_pedestrians[:, 1:][there])


def test_what_is_not_real_or_not_there_teaches_nothing(env, windows):
    model = model_of(env)
    is_real = windows.is_real.clone()
    is_real[:, 4:] = False
    poses = windows.tracks.poses.clone()
    poses[:, 5:] = torch.nan
    poses[~windows.tracks.present] = torch.nan
    cut = replace(windows, is_real=is_real)
    odd = replace(cut, tracks=replace(windows.tracks, poses=poses))
    assert model.loss(cut)[1] == model.loss(odd)[1]
    assert model.loss(cut)[1] != model.loss(windows)[1]


def test_it_learns_from_what_was_seen_at_first_alone(env, windows):
    model = model_of(env)
    later = {
        key: torch.cat([part[:, :1], torch.zeros_like(part[:, 1:])], 1) for key, part in windows.observation.items()
    }
    assert model.loss(windows)[1] == model.loss(replace(windows, observation=later))[1]


def test_the_worlds_frame_does_not_matter(env, windows, now):
    model, tracks = model_of(env), windows.tracks
    x, y, heading = tracks.poses.unbind(-1)
    moved = torch.stack([-y + 40.0, x - 700.0, heading + torch.pi / 2], -1)
    elsewhere = replace(windows, tracks=replace(tracks, poses=moved))
    assert model.loss(elsewhere)[0].item() == pytest.approx(model.loss(windows)[0].item(), rel=1e-4)


class Again:
    """The same windows time and again."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def sample(self, batch: int, frames: int, rng: np.random.Generator) -> Windows:
        return self.windows


def test_it_learns(env, windows):
    model = model_of(env, is_fitted=False)
    fitting = Fitting(model, FitConfig(updates=20, batch=len(windows), frames=HORIZON + 1, lr=5e-3, warmup=5))
    history = fitting.run(Again(windows), every=5)
    assert history[-1]["place"] < 0.8 * history[0]["place"]


@pytest.mark.slow
def test_fitted_it_foresees_scenes_better_than_constant_velocity(env):
    experience = collect_experience(env, steps=8000, progress=False)
    learned_from, kept = experience.apart(0.15)
    model = world_models.make("joint-trajectory", env)
    Fitting(model, FitConfig(updates=250, batch=48, lr=2e-3)).run(experience.only(learned_from))
    windows = experience.windows(kept[::6], 9)
    now = {key: part[:, 0] for key, part in windows.observation.items()}
    (truth, known), actions = actor_labels(windows), windows.actions[:, None]
    errors = []
    for judged in (model, world_models.make("joint-trajectory", env, modes=1)):
        modes = foreseen(judged, now, actions, judged.config.modes)[:, 0]
        errors.append(joint_average_error(modes, truth, known).nanmean().item())
    assert errors[0] < 0.7 * errors[1]


def test_the_same_seed_makes_the_same_model(env):
    one, same, other = (model_of(env, is_fitted=False, seed=seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_it_is_a_model_of_roads_whose_actors_are_observed(env, now, actions):
    with pytest.raises(ValueError, match="a grid has no trajectories"):
        world_models.make("joint-trajectory", gym.make("crossroads/GridNav-v0"))
    with pytest.raises(ValueError, match=r"to have \['actors'\]"):
        world_models.make("joint-trajectory", gym.make("crossroads/Highway-v0", action="continuous"))
    model = model_of(env)
    with pytest.raises(ValueError, match="1 to 3 samples, got 4"):
        model.predict(model.encode(now), actions, samples=4)
    with pytest.raises(ValueError, match="actions: expected continuous"):
        model.predict(model.encode(now), actions[..., 0])
    with pytest.raises(ValueError, match=r"JointConfig\.width: expected a multiple of 4, got 6"):
        world_models.make("joint-trajectory", env, width=6)
