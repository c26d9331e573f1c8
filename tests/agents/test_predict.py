"""The one verb: stable-baselines3's signature, batches, rows that do not know of each other, nothing kept."""

import copy
import inspect
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from agents_for_tests import (
    SEARCHERS,
    every_agent,
    every_drawer,
    every_learner,
    every_watcher,
    every_world,
    open_world,
    rows,
    tiny,
    watch,
)
from bitwise import assert_same
from stable_baselines3.common.base_class import BaseAlgorithm

BATCH = 5
ways = pytest.mark.parametrize("deterministic", [True, False], ids=["deterministic", "sampled"])


def play(agent, observations, deterministic, starts=None):
    """Actions of every step, and the state after the last one."""
    actions, state = [], None
    for step, observation in enumerate(observations):
        start = None if starts is None else starts[step]
        action, state = agent.predict(observation, state, start, deterministic)
        actions.append(action)
    return actions, state


@every_agent
def test_the_signature_is_stable_baselines3s(name):
    expected = inspect.signature(BaseAlgorithm.predict).parameters
    found = inspect.signature(tiny(name, open_world()).predict).parameters
    assert list(found) == list(expected)[1:]  # without self
    for key, parameter in found.items():
        assert (parameter.default, parameter.kind) == (expected[key].default, expected[key].kind)


@every_world
@every_agent
@ways
def test_actions_lie_in_the_action_space(name, world, deterministic):
    worlds = open_world(world, num_envs=BATCH)
    agent = tiny(name, worlds)
    observation, _ = worlds.reset(seed=0)
    state, begins = None, np.ones(BATCH, bool)
    for _ in range(10):
        action, state = agent.predict(observation, state, begins, deterministic)
        assert worlds.action_space.contains(action)
        observation, _, terminated, truncated, _ = worlds.step(action)
        begins = terminated | truncated


@every_world
@every_watcher
@ways
def test_one_observation_is_a_batch_of_one_without_its_axis(name, world, deterministic):
    agent = tiny(name, open_world(world))
    state = alone_state = None
    for batch in watch(open_world(world, num_envs=1), 6):
        action, state = agent.predict(batch, state, None, deterministic)
        alone, alone_state = agent.predict(rows(batch, 0), alone_state, None, deterministic)
        assert np.shape(alone) == agent.action_space.shape
        assert agent.action_space.contains(alone)
        assert_same(np.asarray(alone), action[0])
        assert_same(state, alone_state)


@every_world
@every_watcher
@ways
def test_a_row_does_not_depend_on_the_rows_behind_it(name, world, deterministic):
    """What a row draws is numbered by its place in the batch; beyond that no row knows of another."""
    agent = tiny(name, open_world(world))
    observations = watch(open_world(world, num_envs=BATCH), 6)
    actions, state = play(agent, observations, deterministic)
    for size in range(1, BATCH):
        fewer, fewer_state = play(agent, [rows(seen, slice(size)) for seen in observations], deterministic)
        assert_same(fewer, [action[:size] for action in actions])
        assert (fewer_state is None) == (state is None)
        for part, other in zip(fewer_state or (), state or (), strict=True):
            # Products of matrices of other sizes may differ in their last bits; a chunk of actions is such a product.
            assert np.array_equal(part, other[:size]) or part == pytest.approx(other[:size], abs=1e-3)


@every_world
@every_learner
def test_a_batch_decides_as_each_observation_alone(name, world):
    """Where nothing is drawn; what is drawn, is drawn for the row."""
    agent = tiny(name, open_world(world))
    for observation in watch(open_world(world, num_envs=BATCH), 4):
        if name in SEARCHERS:  # plans may cost so alike that the last bits of a product of matrices choose
            assert_plans_cost_the_same(agent, observation)
            continue
        together, _ = agent.predict(observation, deterministic=True)
        if getattr(agent, "sampler", None) is not None:
            pytest.skip("drawn even so: noise is numbered by the row")
        assert [agent.predict(rows(observation, i), deterministic=True)[0] for i in range(BATCH)] == together.tolist()


def assert_plans_cost_the_same(agent, observation):
    """In a batch as alone: the best plans, and the plan that was chosen."""
    together = agent.decider.decide(observation, None, None, drawn=False).plan
    for i in range(BATCH):
        alone = agent.decider.decide(rows(observation, slice(i, i + 1)), None, None, drawn=False).plan
        assert alone.cost.numpy() == pytest.approx(together.cost[i : i + 1].numpy(), rel=1e-4, abs=1e-4)
        expected = together.candidate_costs[i].numpy()
        assert alone.candidate_costs[0].numpy() == pytest.approx(expected, rel=1e-4, abs=1e-4)


@every_drawer
def test_rows_and_steps_draw_anew(name):
    """The same observation in every row: rows differ, and so do the steps of a row."""
    agent = tiny(name, open_world())
    observation = {key: np.repeat(array[None], 64, axis=0) for key, array in watch(open_world(), 1)[0].items()}
    actions, _ = play(agent, [observation] * 20, False)
    assert len({action.tobytes() for action in actions}) == 20
    assert len({column.tobytes() for column in np.stack(actions, axis=1)}) == 64


@every_world
@every_watcher
def test_beginning_one_row_leaves_the_others_bit_identical(name, world):
    agent = tiny(name, open_world(world))
    observations = watch(open_world(world, num_envs=BATCH), 8)
    quiet = [np.zeros(BATCH, bool)] * 8
    begun = [np.arange(BATCH) == 2 if step == 4 else np.zeros(BATCH, bool) for step in range(8)]
    actions, state = play(agent, observations, False, quiet)
    again, again_state = play(agent, observations, False, begun)
    others = np.arange(BATCH) != 2
    for action, other in zip(actions, again, strict=True):
        assert_same(action[others], other[others])
    assert_same(tuple(part[others] for part in state), tuple(part[others] for part in again_state))
    assert any(part[2].tobytes() != other[2].tobytes() for part, other in zip(state, again_state, strict=True))


@every_watcher
def test_no_flags_are_flags_that_say_no(name):
    agent, observations = tiny(name, open_world()), watch(open_world(num_envs=BATCH), 4)
    assert_same(play(agent, observations, False), play(agent, observations, False, [np.zeros(BATCH, bool)] * 4))


@every_drawer
def test_a_new_episode_draws_other_actions_than_the_last(name):
    agent = tiny(name, open_world())
    observation = {key: np.repeat(array[None], 64, axis=0) for key, array in watch(open_world(), 1)[0].items()}
    (first, second), _ = play(agent, [observation] * 2, False, [None, np.ones(64, bool)])
    assert not np.array_equal(first, second)


@every_drawer
def test_the_seed_decides_what_is_drawn(name):
    observations = watch(open_world(num_envs=64), 2)
    first, same, other = (play(tiny(name, open_world(), seed=seed), observations, False) for seed in (1, 1, 2))
    assert_same(first, same)
    assert any(not np.array_equal(*pair) for pair in zip(first[0], other[0], strict=True))


@every_agent
def test_every_row_of_a_state_belongs_to_a_row_of_the_batch(name):
    worlds = open_world(num_envs=BATCH)
    agent = tiny(name, worlds)
    _, state = agent.predict(worlds.reset(seed=0)[0])
    assert state is None or all(len(part) == BATCH for part in state)


@every_agent
@ways
@pytest.mark.usefixtures("unchecked")
def test_deciding_touches_no_global_generator(name, deterministic):
    worlds = open_world(num_envs=BATCH)
    agent, (observation, _) = tiny(name, worlds), worlds.reset(seed=0)
    before = torch.get_rng_state().numpy(), np.random.get_state()[1:], random.getstate()  # noqa: NPY002
    _, state = agent.predict(observation, None, np.ones(BATCH, bool), deterministic)
    agent.predict(observation, state, None, deterministic)
    agent.explain(observation)
    assert_same(before, (torch.get_rng_state().numpy(), np.random.get_state()[1:], random.getstate()))  # noqa: NPY002


@every_agent
@pytest.mark.usefixtures("unchecked")
def test_making_an_agent_touches_no_global_generator(name):
    env = open_world()
    before = torch.get_rng_state().numpy(), np.random.get_state()[1:], random.getstate()  # noqa: NPY002
    tiny(name, env)
    assert_same(before, (torch.get_rng_state().numpy(), np.random.get_state()[1:], random.getstate()))  # noqa: NPY002


@every_agent
def test_an_agent_keeps_nothing_of_an_episode(name, trained):
    worlds = open_world(num_envs=BATCH)
    for agent in (tiny(name, worlds), trained(name).bound_to(worlds)):
        observation, _ = worlds.reset(seed=0)
        before, attributes, state = pickle.dumps(agent), set(vars(agent)), None
        for deterministic in (True, False):
            action, state = agent.predict(observation, state, None, deterministic)
            agent.explain(observation, state)
            observation = worlds.step(action)[0]
        assert pickle.dumps(agent) == before
        assert set(vars(agent)) == attributes


@every_agent
@ways
def test_an_agent_pickled_in_mid_episode_goes_on_as_it_would_have(name, deterministic, trained):
    worlds = open_world(num_envs=BATCH)
    agent = trained(name).bound_to(worlds)
    observation, _ = worlds.reset(seed=0)
    action, state = agent.predict(observation, None, None, deterministic)
    observation = worlds.step(action)[0]
    for twin, twin_state in (pickle.loads(pickle.dumps((agent, state))), copy.deepcopy((agent, state))):
        expected = agent.predict(observation, state, None, deterministic)
        assert_same(twin.bound_to(worlds).predict(observation, twin_state, None, deterministic), expected)


@every_watcher
@ways
def test_two_threads_may_ask_the_same_agent(name, deterministic, trained):
    agent, observations = trained(name), watch(open_world(num_envs=BATCH), 40)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda seen: agent.predict(seen, None, None, deterministic), observations))
    assert_same(found, [agent.predict(seen, None, None, deterministic) for seen in observations])


@every_agent
def test_observations_are_not_written_to(name):
    worlds = open_world(num_envs=BATCH)
    agent, (observation, _) = tiny(name, worlds), worlds.reset(seed=0)
    before = copy.deepcopy(observation)
    for array in observation.values():
        array.setflags(write=False)
    agent.predict(observation)
    agent.explain(observation)
    assert_same(before, observation)


@every_watcher
def test_states_are_not_written_to(name):
    """The caller may keep a state and come back to it."""
    agent, observations = tiny(name, open_world()), watch(open_world(num_envs=BATCH), 3)
    _, state = play(agent, observations[:2], False)
    kept = copy.deepcopy(state)
    first = agent.predict(observations[2], state, np.arange(BATCH) == 1)
    assert_same(state, kept)
    assert_same(first, agent.predict(observations[2], state, np.arange(BATCH) == 1))
