"""One seed is one episode, to the last bit, behind every face, in every batch and on any number of threads."""

import numpy as np
import pytest
from bitwise import assert_same
from contracts.traces import choose_actions, go_on, go_on_batch, play_batch, play_parallel, play_single
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds_for_tests import every_world

SHORT = {"max_steps": 4}
seeds = st.integers(0, 2**63 - 1)
few = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def drawn(world, data):
    """The world with short episodes, in a drawn size where size is an argument."""
    world = world.having(**SHORT)
    side = st.integers(6, 13)
    return world.having(size=data.draw(st.tuples(side, side), "size")) if world.has_size else world


@every_world
@few
@given(st.data(), seeds)
def test_a_seed_gives_the_same_episodes_every_time(world, data, seed):
    world = drawn(world, data)
    actions = choose_actions(world.single(), seed, 14)
    env = world.single()
    first = play_single(env, seed, actions)
    assert_same(first, play_single(env, seed, actions))
    assert_same(first, play_single(world.single(), seed, actions))
    assert sum(moment.is_last for moment in first) >= 2


@every_world
@few
@given(st.data(), seeds, st.integers(1, 5))
def test_slot_i_of_a_batch_plays_the_single_env_of_seed_plus_i(world, data, seed, num_envs):
    world = drawn(world, data)
    env = world.single()
    actions = [choose_actions(env, seed + i, 14) for i in range(num_envs)]
    lanes = [play_single(env, seed + i, actions[i]) for i in range(num_envs)]
    for num_threads in {1, data.draw(st.integers(2, 3), "num_threads")}:
        batch = world.batch(num_envs, num_threads=num_threads)
        assert_same(lanes, play_batch(batch, seed, actions))
        batch.close()


@every_world
@few
@given(st.data(), seeds)
def test_neither_position_nor_company_matters(world, data, seed):
    world = drawn(world, data)
    actions = choose_actions(world.single(), seed, 10)
    lane = play_single(world.single(), seed, actions)
    num_envs = data.draw(st.integers(2, 6), "num_envs")
    place = data.draw(st.integers(0, num_envs - 1), "place")
    company = [data.draw(seeds) for _ in range(num_envs)]
    company[place] = seed
    batch = world.batch(num_envs)
    batch.action_space.seed(0)
    theirs = [list(row) for row in zip(*(batch.action_space.sample() for _ in actions), strict=True)]
    theirs[place] = actions
    assert_same(lane, play_batch(batch, company, theirs)[place])


@every_world
@few
@given(st.data(), seeds)
def test_a_parallel_env_with_one_agent_is_the_single_env(world, data, seed):
    world = drawn(world, data)
    actions = choose_actions(world.single(), seed, 14)
    assert_same(play_single(world.single(), seed, actions), play_parallel(world.parallel(1), seed, actions))


@every_world
@few
@given(st.data(), seeds)
def test_a_state_given_to_a_fresh_env_has_the_same_future(world, data, seed):
    world = drawn(world, data)
    env = world.single()
    actions = choose_actions(env, seed, 14)
    past = data.draw(st.integers(0, 13), "past")
    before = play_single(env, seed, actions[:past])[-1]
    state = env.get_state()
    future = go_on(env, actions[past:], is_over=before.is_last)
    fresh = world.single()
    assert_same(before.observation, fresh.set_state(state))
    assert_same(state, fresh.get_state())
    assert_same(future, go_on(fresh, actions[past:], is_over=before.is_last))


@every_world
@few
@given(st.data(), seeds)
def test_a_batch_of_states_has_the_same_future_on_other_threads_and_slot_by_slot(world, data, seed):
    world = drawn(world, data)
    actions = [choose_actions(world.single(), seed + i, 12) for i in range(3)]
    past = data.draw(st.integers(0, 11), "past")
    early, late = [row[:past] for row in actions], [row[past:] for row in actions]
    batch, fresh, env = world.batch(3), world.batch(3, num_threads=2), world.single()
    before = [lane[-1] for lane in play_batch(batch, seed, early)]
    state = batch.get_state()
    future = go_on_batch(batch, late)
    there = fresh.set_state(state)
    assert_same([moment.observation for moment in before], [{k: v[i] for k, v in there.items()} for i in range(3)])
    assert_same(future, go_on_batch(fresh, late))
    for i in range(3):
        assert_same(before[i].observation, env.set_state(type(state)(*(array[i : i + 1] for array in state))))
        assert_same(future[i], go_on(env, late[i], is_over=before[i].is_last))


@every_world
@pytest.mark.parametrize("num_agents", [None, 3])
def test_a_state_of_many_agents_has_the_same_future(world, num_agents):
    world = world if world.is_grid else world.having(max_steps=25)
    env, fresh = world.parallel(num_agents), world.parallel(num_agents)
    for seed in range(3):
        env.reset(seed=seed)
        for _ in range(4 + 3 * seed):
            observation = env.step(env.oracle_action())[0] if env.agents else env.reset()[0]
        state, agents = env.get_state(), list(env.agents)
        there = fresh.set_state(state)
        assert fresh.agents == agents
        assert_same({agent: observation[agent] for agent in agents}, there)
        while env.agents:
            advice = env.oracle_action()
            assert_same(advice, fresh.oracle_action())
            assert_same(env.step(advice), fresh.step(advice))
            assert env.agents == fresh.agents
        assert_same(env.reset(), fresh.reset())


@every_world
def test_the_oracle_of_a_batch_is_the_oracle_of_its_slots(world):
    batch, env = world.batch(4), world.single()
    batch.reset(seed=5)
    for i, advice in enumerate(batch.oracle_action()):
        env.reset(seed=5 + i)
        assert_same(advice, env.oracle_action())


@every_world
def test_what_was_handed_out_never_changes_again(world):
    env, batch = world.having(**SHORT).single(), world.having(**SHORT).batch(2, autoreset_mode="SAME_STEP")
    env.action_space.seed(0)
    batch.action_space.seed(0)
    for face, over in ((env, lambda end: bool(end[2] or end[3])), (batch, lambda end: False)):
        handed, copies, is_over = [], [], True
        face.reset(seed=0)
        for _ in range(12):
            result = face.reset() if is_over else face.step(face.action_space.sample())
            is_over = len(result) == 5 and over(result)
            handed.append(result)
            copies.append(_copy(result))
        assert_same(copies, handed)


def _copy(item):
    if isinstance(item, dict):
        return {key: _copy(value) for key, value in item.items()}
    if isinstance(item, np.ndarray) and item.dtype == object:
        return np.array([_copy(value) for value in item], dtype=object)
    return tuple(map(_copy, item)) if isinstance(item, tuple) else np.copy(item)
