"""Labels are what pure functions of the simulator's states say, and what the observation shows by then."""

from functools import cache

import gymnasium
import numpy as np
import pytest
import torch
from bitwise import assert_same

import envs  # noqa: F401 - registers the ids
from agents.experience import collect_experience
from envs.driving.future import Scene, Window, backward_flow, future_occupancy
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE
from world_models.experience import Tracks, Windows
from world_models.labels import actor_labels, flow_labels, nearest_first, occupancy_labels
from world_models.spec import Actions, Spec

EXTENT, ROWS, COLS, DT = (12.0, 4.0, 9.0, 7.0), 32, 32, 0.5
BATCH, FRAMES, ACTORS = 5, 4, 6
ACTIONS = Actions("continuous", 2, (-1, -1), (1, 1))
SPEC = Spec({"occupancy": (11, ROWS, COLS)}, ACTIONS, DT, ("vehicles", "pedestrians"), (), EXTENT)


def driving_windows(seed=0):
    """Actors near the ego, of whom some come and go."""
    rng = np.random.default_rng(seed)
    start = rng.uniform((-9, -9, -3), (9, 9, 3), (BATCH, 1, ACTORS, 3))
    poses = start + np.cumsum(rng.uniform(-1, 2, (BATCH, FRAMES, ACTORS, 3)), axis=1)
    present = np.logical_and.accumulate(rng.random((BATCH, FRAMES, ACTORS)) < 0.9, axis=1)
    present[:, :, 0] = True
    sizes = rng.uniform(0.7, 5.0, (BATCH, ACTORS, 2)).astype(np.float32)
    parts = (poses, present, sizes, rng.random((BATCH, ACTORS)) < 0.4)
    none = torch.zeros(BATCH, FRAMES - 1)
    return Windows(
        observation={},
        actions=torch.zeros(BATCH, FRAMES - 1, 2),
        rewards=none,
        terminated=none > 0,
        is_real=none == 0,
        to_go=torch.zeros(BATCH, FRAMES),
        tracks=Tracks(*(torch.from_numpy(part) for part in parts)),
    )


def scene_of(tracks, row):
    kinds = np.where(tracks.are_pedestrians[row], PEDESTRIAN, VEHICLE)
    return Scene(
        np.where(tracks.present[row], kinds, ABSENT).astype(np.int32),
        tracks.poses[row].numpy(),
        np.tile(tracks.sizes[row].double().numpy(), (FRAMES, 1, 1)),
        np.zeros((FRAMES, ACTORS), np.int32),
    ).without(0)


@pytest.mark.parametrize("frame", [0, 2])
def test_they_are_what_the_definitions_of_future_occupancy_and_flow_say(frame):
    windows, window = driving_windows(), Window(SPEC.resolution, EXTENT)
    occupancy, flow = occupancy_labels(windows, SPEC, frame=frame), flow_labels(windows, SPEC, frame=frame)
    assert occupancy.shape == flow.shape == (BATCH, FRAMES - 1, 2, ROWS, COLS)
    assert occupancy.any(-1).any(-1).float().mean() > 0.5
    for row in range(BATCH):
        scene, ego = scene_of(windows.tracks, row), tuple(windows.tracks.poses[row, frame, 0].tolist())
        assert_same(occupancy[row].numpy() > 0, future_occupancy(scene, seen_from=ego, window=window))
        expected = backward_flow(scene, seen_from=ego, window=window, dt=DT)
        np.testing.assert_allclose(flow[row], expected, atol=1e-5)


@cache
def on_roads():
    env = gymnasium.make(
        "crossroads/Intersection-v0",
        num_actors=8,
        num_levels=3,
        repeat=5,
        duration=12.0,
        observe=("occupancy", "ego", "actors"),
    )
    experience = collect_experience(env, steps=120, num_envs=3, progress=False)
    config = env.unwrapped.config
    spec = Spec({"occupancy": config.view_shape}, ACTIONS, DT, SPEC.foreseen, (), config.extent)
    return experience.windows(np.arange(len(experience)), 4), spec, config.channels


def test_seen_from_a_later_frame_they_are_what_the_observation_shows_then():
    windows, spec, channels = on_roads()
    shown = [channels.index(name) for name in spec.foreseen]
    for step in range(3):
        goes_on = windows.is_real[:, step] & ~windows.terminated[:, step]
        seen = windows.observation["occupancy"][goes_on, step + 1][:, shown] > 0
        labels = occupancy_labels(windows, spec, frame=step + 1)[goes_on, step] > 0
        assert not (labels & ~seen).any(), "whoever is foreseen is there"
        # The observation shows also those who have come since.
        assert (labels == seen).flatten(1).all(1).float().mean() > 0.8


def test_actors_are_in_the_order_of_the_observation():
    windows, _, _ = on_roads()
    poses, known = actor_labels(windows)
    seen = windows.observation["actors"][:, 0].unflatten(1, (-1, 9))
    is_there = windows.observation["actors_mask"][:, 0] > 0
    assert not known[~is_there[:, None].expand_as(known)].any()
    assert known[:, 0].sum() > 0.8 * is_there[windows.is_real[:, 0]].sum()
    order = nearest_first(windows.tracks)[..., None]
    there = windows.tracks.seen_from()[:, 0].gather(1, order.expand(-1, -1, 3))
    torch.testing.assert_close(there[is_there][:, :2], seen[is_there][:, :2], atol=1e-4, rtol=0)
    sizes = windows.tracks.sizes.gather(1, order.expand(-1, -1, 2))
    assert torch.equal(sizes[is_there], seen[is_there][:, 6:8])
    later = windows.tracks.seen_from()[:, 1].gather(1, order.expand(-1, -1, 3))
    assert torch.equal(poses[:, 0][known[:, 0]], later[known[:, 0]])
    assert (poses[~known] == 0).all()
    assert not known[~windows.is_real].any()


def test_on_grids_they_are_the_observation_itself():
    env = gymnasium.make("crossroads/GridNav-v0", size=7)
    windows = collect_experience(env, steps=20, num_envs=2, progress=False).windows(np.arange(20), 3)
    spec = Spec({"occupancy": (3, 7, 7)}, Actions("discrete", 8), 1.0, ("obstacle", "goal", "agent"), ())
    found = occupancy_labels(windows, spec)
    assert found.dtype == torch.uint8
    assert torch.equal(found.to(torch.int8), windows.observation["occupancy"][:, 1:])
    with pytest.raises(ValueError, match="need tracks"):
        flow_labels(windows, spec)
    with pytest.raises(ValueError, match="need tracks"):
        actor_labels(windows)
