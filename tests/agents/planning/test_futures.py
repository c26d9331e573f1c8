"""What really happened: futures are the simulator's, of the expert's own doing, and unknown where nothing followed."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode

import envs  # noqa: F401 - registers the ids
from agents.labelling import Expert
from agents.planning.collecting import collect_futures, frame_of, samples_of
from agents.planning.disturbances import Disturbance, Phases
from agents.planning.futures import SEEN, Futures
from envs.core.batched import vector_like

SMALL = {"num_actors": 6, "extent": (16.0, 8.0, 8.0, 8.0), "history": 1, "duration": 6.0}
STEPS, STRIDE = 3, 5
PLAN = {"action": "trajectory", "horizon": STEPS, "observe": ("occupancy", "ego", "route", "actors")}


@pytest.fixture(scope="module")
def env():
    return gymnasium.make("crossroads/Intersection-v0", **SMALL)


def collect(env, count=45, **arguments):
    return collect_futures(env, count=count, num_envs=3, steps=STEPS, progress=False, **arguments)


@pytest.fixture(scope="module")
def calm(env):
    return collect(env, noise=None)


def everything(futures):
    return futures.take(np.arange(len(futures)))


def replayed(env, moments):
    """States and observations of the first moments of the drive that `calm` is of, before any episode ends."""
    worlds = vector_like(env, 3, autoreset_mode=AutoresetMode.DISABLED, repeat=None, **PLAN)
    expert, begins = Expert(worlds), np.zeros(3, np.bool_)
    observations, states = [worlds.reset(seed=0)[0]], [worlds.get_state()]
    for _ in range(moments):
        observation, *_ = worlds.step(expert.label(observations[-1], begins, 0))
        observations.append(observation)
        states.append(worlds.get_state())
    return observations, states


def test_a_future_is_where_the_simulator_went_seen_from_time_0(env, calm):
    batch = calm.take(np.arange(9))
    observations, states = replayed(env, 10 + STEPS * STRIDE)
    for row in range(9):
        moment, world = divmod(row, 3)
        now = states[5 * moment].actors[world]
        np.testing.assert_array_equal(batch.observation["ego"][row], observations[5 * moment]["ego"][world])
        for k in range(STEPS):
            then = states[5 * moment + STRIDE * (k + 1)].actors[world, 0]
            cos, sin = np.cos(now["heading"][0]), np.sin(now["heading"][0])
            dx, dy = then["x"] - now["x"][0], then["y"] - now["y"][0]
            turn = (then["heading"] - now["heading"][0] + np.pi) % (2 * np.pi) - np.pi
            expected = (dx * cos + dy * sin, dy * cos - dx * sin, turn)
            np.testing.assert_allclose(batch.expert[row, k], expected, atol=1e-5)


def test_others_are_in_the_order_of_the_observation(calm):
    batch = everything(calm)
    seen = batch.observation["actors"].unflatten(1, (-1, 9))
    is_there = batch.observation["actors_mask"] > 0
    assert torch.equal(batch.sizes, seen[..., 6:8])
    assert torch.equal(batch.are_pedestrians, seen[..., 8] > 0)
    assert not batch.actors_known[~is_there].any()
    # Half a second later everybody is near to where its speed would take it.
    first = batch.actors_known[..., 0]
    away = (batch.actors[:, :, 0, :2] - seen[..., :2] - 0.5 * seen[..., 4:6]).norm(dim=-1)
    assert first.sum() > 50
    assert away[first].max() < 1.5


def test_what_is_unknown_stays_unknown_and_is_zero(calm):
    batch = everything(calm)
    for known, poses in ((batch.expert_known, batch.expert), (batch.actors_known, batch.actors)):
        assert (known[..., 1:] <= known[..., :-1]).all()
        assert (poses[~known] == 0).all()
    assert batch.expert_known[:, 0].all()
    assert not batch.expert_known.all(), "some episode ends within a future"
    assert (batch.actors_known <= batch.expert_known[:, None]).all()


def test_nothing_before_a_moment_depends_on_what_comes_after(env):
    observations, states = replayed(env, 4 + STEPS * STRIDE)
    calm = np.zeros(3, np.bool_)
    now, *frames = (frame_of(state, calm) for state in states[4:])
    later = [frame._replace(poses=frame.poses + 9.0, kinds=0 * frame.kinds) for frame in frames[STRIDE:]]
    whole, changed = (
        samples_of(observations[4], now, following, STRIDE) for following in (frames, frames[:STRIDE] + later)
    )
    for name, array in whole.items():
        if name.startswith(SEEN) or name in ("level", "sizes", "are_pedestrians", "expert_known"):
            np.testing.assert_array_equal(changed[name], array)
    for name in ("expert", "actors", "actors_known"):
        axis = 1 if name == "expert" else 2
        np.testing.assert_array_equal(np.take(changed[name], 0, axis), np.take(whole[name], 0, axis))
        assert not np.array_equal(changed[name], whole[name])


def test_the_same_seed_collects_the_same(env):
    first, second, other = (everything(collect(env, 12, seed=seed)) for seed in (3, 3, 4))
    assert torch.equal(first.expert, second.expert)
    assert not torch.equal(first.expert, other.expert)


def test_a_disturbed_expert_is_off_its_path_more_often_but_its_futures_are_its_own(env):
    noise = Disturbance(share=1.0, turn=0.4, seconds=(0.5, 1.0), rest=(2.0, 3.0))
    strayed = everything(collect(env, 60, noise=noise))
    calm = everything(collect(env, 60, noise=None))
    offset, error = (strayed.observation["ego"][:, k].abs() for k in (4, 5))
    assert offset.mean() > 2.0 * calm.observation["ego"][:, 4].abs().mean()
    # Back towards the path: the expert turns against its error.
    turned = strayed.expert[:, 1, 2]
    astray = (error > 0.1) & strayed.expert_known[:, 1] & (strayed.observation["ego"][:, 0] > 3.0)
    assert astray.any()
    assert (turned[astray] * strayed.observation["ego"][astray, 5] < 0).float().mean() > 0.7


def test_phases_begin_calm_and_return_to_it():
    plan = Disturbance(share=0.5, seconds=(0.2, 0.4), rest=(0.5, 1.0))
    phases = Phases(plan, 4, step_seconds=0.1, rng=np.random.default_rng(0))
    active = []
    for step in range(60):
        phases.advance(np.full(4, step == 30))
        active.append(phases.active.copy())
    active = np.array(active)
    assert not active[:, 2:].any(), "half of the worlds are left alone"
    assert 0.1 < active[:, :2].mean() < 0.5
    assert not active[30].any()


def test_futures_are_saved_and_loaded_whole(calm, tmp_path):
    calm.save(tmp_path / "futures.npz")
    again = Futures.load(tmp_path / "futures.npz", capacity=len(calm) + 5)
    assert len(again) == len(calm)
    assert again.dt == calm.dt
    assert np.array_equal(again.levels, calm.levels)
    first, second = everything(calm), everything(again)
    for key, array in first.observation.items():
        assert torch.equal(array, second.observation[key])
    assert torch.equal(first.actors, second.actors)
    np.savez(tmp_path / "other.npz", expert=np.zeros(3))
    with pytest.raises(ValueError, match=r"expected futures with \['dt', 'total'\], found \['expert'\]"):
        Futures.load(tmp_path / "other.npz")


def test_twenty_thousand_samples_are_small(env, calm):
    kept = sum(column.values.nbytes for column in calm._columns.values()) / calm.capacity
    cells = np.prod(calm.take(np.arange(1)).observation["occupancy"].shape)
    assert kept < cells / 8 + 1500
    with pytest.raises(ValueError, match=r"dt: expected a multiple of 0.1 s, got 0.25"):
        collect(env, dt=0.25)
