"""Worlds travel: as specs through pickles and JSON, into forked and spawned workers, after threads have run."""

import copy
import multiprocessing
import pickle
from functools import partial

import gymnasium
import numpy as np
import pytest
from bitwise import assert_same
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv
from worlds_for_tests import PLAIN_CASES, every_id, every_world, open_case

has_fork = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")

SPAWNED = [case for case in PLAIN_CASES if case.name in ("Recorded-v0", "Particle-v0")]
"""Processes take long to begin: one world with images, files and routes, and one with numbers alone."""


def env_fns(world, count):
    """Factories that any process can unpickle and run: the id imports what registers it."""
    return [partial(gymnasium.make, f"envs:{world.id}", **world.arguments) for _ in range(count)]


def assert_plays_alike(one, other, steps=12):
    """Two vector envs over the same worlds, step by step."""
    one.action_space.seed(0)
    assert_same(one.reset(seed=2), other.reset(seed=2))
    for _ in range(steps):
        actions = one.action_space.sample()
        assert_same(one.step(actions), other.step(actions))


@every_id
@has_fork
def test_forked_workers_play_the_same_episodes(world):
    short = world.having(max_steps=5)
    workers = AsyncVectorEnv(env_fns(short, 2), context="fork")
    try:
        assert_plays_alike(SyncVectorEnv(env_fns(short, 2)), workers)
    finally:
        workers.close()


@pytest.mark.parametrize("world", SPAWNED, indirect=True, ids=str)
@pytest.mark.parametrize("shared_memory", [True, False])
def test_spawned_workers_play_the_same_episodes(world, shared_memory):
    short = world.having(max_steps=5)
    short = short if world.is_particle else short.having(observe=("occupancy", "ego", "actors"))
    workers = AsyncVectorEnv(env_fns(short, 2), context="spawn", shared_memory=shared_memory)
    try:
        assert_plays_alike(SyncVectorEnv(env_fns(short, 2)), workers)
    finally:
        workers.close()


def _play_on(batch, fresh, actions, channel):
    """In a child: what an inherited batch and a new one give."""
    fresh.reset(seed=1)
    channel.send((batch.step(actions), fresh.step(actions)))


@every_id
@has_fork
def test_a_fork_taken_after_threads_ran_has_threads_of_its_own(world):
    batch = world.batch(6, num_threads=3)
    batch.reset(seed=0)
    for _ in range(3):
        batch.step(batch.oracle_action())
    fork = multiprocessing.get_context("fork")
    mine, theirs = fork.Pipe()
    actions = batch.oracle_action()
    child = fork.Process(target=_play_on, args=(batch, world.batch(6, num_threads=2), actions, theirs), daemon=True)
    child.start()
    assert mine.poll(60), "the forked child did not answer: it waits for threads that only its parent has"
    inherited, new = mine.recv()
    child.join(30)
    assert child.exitcode == 0
    assert_same(batch.step(actions), inherited)
    fresh = world.batch(6)
    fresh.reset(seed=1)
    assert_same(fresh.step(actions), new)


@every_world
def test_specs_survive_copies_pickles_and_json(world):
    spec = gymnasium.make(world.id, **world.arguments).spec
    copies = [copy.deepcopy(spec), pickle.loads(pickle.dumps(spec)), EnvSpec.from_json(spec.to_json())]
    first = gymnasium.make(spec).reset(seed=4)
    for other in copies:
        env = gymnasium.make(other)
        assert env.unwrapped.config == world.single().config
        assert_same(first, env.reset(seed=4))


@every_world
def test_states_survive_pickles(world):
    env, other = world.single(), world.single()
    env.reset(seed=0)
    assert_same(env.set_state(env.get_state()), other.set_state(pickle.loads(pickle.dumps(env.get_state()))))
    advice = env.oracle_action()
    assert_same(env.step(advice), other.step(advice))


@every_id
def test_configs_are_hashable_values_that_survive_pickles(world):
    config = world.single().config
    assert pickle.loads(pickle.dumps(config)) == config == world.single().config
    assert hash(config) == hash(world.single().config)


@every_id
def test_closing_twice_is_fine_and_a_closed_batch_starts_new_threads(world):
    batch, twin = world.batch(4, num_threads=2), world.batch(4)
    batch.reset(seed=0)
    twin.reset(seed=0)
    batch.close()
    batch.close()
    advice = twin.oracle_action()
    assert_same(batch.step(advice), twin.step(advice))


def test_many_batches_leave_no_threads_behind(world_files):
    import gc
    import threading

    world = open_case(PLAIN_CASES[0], world_files)
    before = threading.active_count()
    for _ in range(5):
        batch = world.batch(4, num_threads=3)
        batch.reset(seed=0)
        batch.step(np.zeros(4, np.int64))
        del batch
    gc.collect()
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread():
            thread.join(1)
    assert threading.active_count() <= before
