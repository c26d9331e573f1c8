"""Gymnasium's wrappers work over every environment as they are."""

import gymnasium
import numpy as np
import pytest
from bitwise import assert_same
from gymnasium import wrappers
from gymnasium.wrappers import vector as vector_wrappers
from worlds_for_tests import every_id, every_world

pytestmark = [pytest.mark.filterwarnings("error::UserWarning"), pytest.mark.usefixtures("loud")]


def make(world, **arguments):
    """The env as users get it, in gymnasium's passive checker and order enforcer."""
    return gymnasium.make(world.id, **world.arguments | arguments)


def rollout(env, seed=0, limit=60):
    """Everything that one episode of the oracle gives."""
    env.reset(seed=seed)
    steps = []
    for _ in range(limit):
        steps.append(env.step(env.unwrapped.oracle_action()))
        if steps[-1][2] or steps[-1][3]:
            break
    return steps


@every_world
def test_statistics_of_an_episode_are_its_sums(world):
    *_, last = steps = rollout(wrappers.RecordEpisodeStatistics(make(world, max_steps=20)))
    assert last[4]["episode"]["l"] == len(steps) == last[4]["metrics"]["length"]
    assert last[4]["episode"]["r"] == pytest.approx(sum(step[1] for step in steps), abs=1e-5)


@every_world
@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
def test_statistics_of_a_batch_are_those_of_its_single_envs(world, mode):
    short = world.having(max_steps=20)
    batch = vector_wrappers.RecordEpisodeStatistics(short.batch(3, autoreset_mode=mode))
    alone = [rollout(wrappers.RecordEpisodeStatistics(make(short)), seed=i)[-1][4]["episode"] for i in range(3)]
    batch.reset(seed=0)
    found = {}
    for _ in range(25):
        *_, infos = batch.step(batch.unwrapped.oracle_action())
        for i in np.flatnonzero(infos.get("_episode", np.zeros(3, bool))):
            found.setdefault(i, {name: infos["episode"][name][i] for name in "rl"})
    for i in range(3):
        assert found[i]["l"] == alone[i]["l"]
        assert found[i]["r"] == pytest.approx(alone[i]["r"], abs=1e-5)


@every_world
def test_frames_stack(world):
    plain, stacked = make(world), wrappers.FrameStackObservation(make(world), 3)
    first, _ = plain.reset(seed=0)
    pile, _ = stacked.reset(seed=0)
    assert stacked.observation_space.contains(pile)
    assert_same(first, {key: value[-1] for key, value in pile.items()})
    action = plain.unwrapped.oracle_action()
    after, pile = plain.step(action)[0], stacked.step(action)[0]
    assert_same(after, {key: value[-1] for key, value in pile.items()})
    assert_same(first, {key: value[-2] for key, value in pile.items()})


@every_world
def test_flattened_observations_hold_everything(world):
    plain, flat = make(world), wrappers.FlattenObservation(make(world))
    first, _ = plain.reset(seed=0)
    vector, _ = flat.reset(seed=0)
    assert flat.observation_space.contains(vector)
    space = plain.observation_space
    again = gymnasium.spaces.unflatten(space, vector)
    assert_same({key: value.astype(space[key].dtype) for key, value in again.items()}, first)


@every_id
def test_batches_flatten_as_single_envs_do(world):
    alone, _ = wrappers.FlattenObservation(make(world)).reset(seed=1)
    many, _ = vector_wrappers.FlattenObservation(world.batch(2)).reset(seed=0)
    assert_same(alone, many[1])


@every_world
def test_an_outer_time_limit_truncates(world):
    env = wrappers.TimeLimit(make(world), 1)
    env.reset(seed=0)
    *_, terminated, truncated, _ = env.step(env.unwrapped.oracle_action())
    assert truncated
    inner = gymnasium.make(world.id, max_episode_steps=1, **world.arguments)
    inner.reset(seed=0)
    assert inner.step(inner.unwrapped.oracle_action())[3]
    assert not terminated or len(rollout(make(world))) == 1


@every_world
def test_rewards_can_be_transformed_and_clipped(world):
    plain = rollout(make(world))
    doubled = rollout(wrappers.TransformReward(make(world), lambda reward: 2 * reward))
    clipped = rollout(wrappers.ClipReward(make(world), -0.001, 0.5))
    assert [step[1] for step in doubled] == [2 * step[1] for step in plain]
    assert [step[1] for step in clipped] == [float(np.clip(step[1], -0.001, 0.5)) for step in plain]
    batch = vector_wrappers.ClipReward(world.batch(2), -0.001, 0.5)
    batch.reset(seed=0)
    assert (abs(batch.step(batch.unwrapped.oracle_action())[1]) <= 0.5).all()


@every_world
@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
def test_infos_of_a_batch_as_a_list_are_those_of_its_single_envs(world, mode):
    short = world.having(max_steps=5)
    batch, envs = vector_wrappers.DictInfoToList(short.batch(3, autoreset_mode=mode)), [make(short) for _ in range(3)]
    _, infos = batch.reset(seed=0)
    assert_same(infos, [env.reset(seed=i)[1] for i, env in enumerate(envs)])
    for _ in range(5):
        advice = batch.unwrapped.oracle_action()
        steps = [env.step(action) for env, action in zip(envs, advice, strict=True)]
        *_, infos = batch.step(advice)
        for step, info in zip(steps, infos, strict=True):
            assert_same(step[4], info.get("final_info", info))
        if any(step[2] or step[3] for step in steps):
            break


@every_id
def test_a_single_key_can_be_picked(world):
    key = "position" if world.is_particle else "occupancy"
    env = wrappers.FilterObservation(make(world), [key])
    assert set(env.reset(seed=0)[0]) == {key}
    space = env.observation_space[key]
    bare = wrappers.TransformObservation(env, lambda seen: seen[key], space)
    assert space.contains(bare.reset(seed=0)[0])


@every_id
def test_the_vector_face_takes_gymnasiums_wrappers_through_make_vec(world):
    batch = gymnasium.make_vec(
        world.id,
        num_envs=2,
        vectorization_mode="sync",
        wrappers=[wrappers.FlattenObservation],
        **world.arguments,
    )
    observation, _ = batch.reset(seed=0)
    assert observation.ndim == 2
