"""Whatever is no action is refused by every face, in words, before anything has changed."""

import re

import numpy as np
import pytest
from bitwise import assert_same
from gymnasium.error import ResetNeeded
from worlds_for_tests import PLAIN_CASES, every_id, every_world

DISCRETE = [case for case in PLAIN_CASES if case.name.startswith("Grid")]
every_discrete = pytest.mark.parametrize("world", DISCRETE, indirect=True, ids=str)

BAD = {
    "nan": (np.nan, "expected integers in [0, {n}), got dtype float64: nan"),
    "float": (1.0, "expected integers in [0, {n}), got dtype float64: 1.0"),
    "float32": (np.float32(1), "expected integers in [0, {n}), got dtype float32"),
    "infinite": (np.inf, "expected integers in [0, {n}), got dtype float64: inf"),
    "bool": (True, "expected integers in [0, {n}), got dtype bool: True"),
    "numpy's bool": (np.bool_(False), "expected integers in [0, {n}), got dtype bool"),
    "None": (None, "expected integers in [0, {n}), got dtype object: None"),
    "string": ("1", "expected integers in [0, {n}), got dtype <U1: '1'"),
    "bytes": (b"1", "expected integers in [0, {n}), got dtype |S1: b'1'"),
    "complex": (1 + 0j, "expected integers in [0, {n}), got dtype complex128: (1+0j)"),
    "dict": ({}, "expected integers in [0, {n}), got dtype object: {{}}"),
    "enormous": (2**70, "expected integers in [0, {n}), got dtype object: 1180591620717411303424"),
    "too large": (99, "Action 99{at} is out of range: expected an integer in [0, {n})"),
    "one too large": (np.int64(8), "Action 8{at} is out of range: expected an integer in [0, {n})"),
    "unsigned": (np.uint8(255), "Action 255{at} is out of range: expected an integer in [0, {n})"),
    "negative": (-1, "Action -1{at} is out of range: expected an integer in [0, {n})"),
}
every_bad = pytest.mark.parametrize("bad", BAD)


def expect(bad, num_actions, at=""):
    return pytest.raises(ValueError, match=re.escape(BAD[bad][1].format(n=num_actions, at=at)))


def outputs(env):
    """What the last step left behind."""
    return [np.copy(array) for array in env.worlds.output]


def assert_untouched(env, before, left):
    assert_same(before, env.get_state())
    assert_same(left, outputs(env))


@every_discrete
@every_bad
def test_a_single_env_refuses(world, bad):
    env, twin = world.single(), world.single()
    env.reset(seed=0)
    twin.reset(seed=0)
    before, left = env.get_state(), outputs(env)
    with expect(bad, env.action_space.n):
        env.step(BAD[bad][0])
    assert_untouched(env, before, left)
    assert_same(env.step(0), twin.step(0))


@every_discrete
@every_bad
def test_a_batch_refuses_and_says_where(world, bad):
    batch, twin = world.batch(3), world.batch(3)
    batch.reset(seed=0)
    twin.reset(seed=0)
    before, left = batch.get_state(), outputs(batch)
    (value, message), num_actions = BAD[bad], batch.single_action_space.n
    is_out_of_range = "out of range" in message
    actions = [0, value, 0] if is_out_of_range else [value] * 3  # one of another type turns them all into it
    expected = f"{value} at (1,) is out of range" if is_out_of_range else f"expected integers in [0, {num_actions})"
    with pytest.raises(ValueError, match=re.escape(expected)):
        batch.step(actions)
    assert_untouched(batch, before, left)
    assert_same(batch.step([0, 1, 2]), twin.step([0, 1, 2]))


@every_discrete
@every_bad
def test_a_parallel_env_refuses_and_names_the_agent(world, bad):
    env, twin = world.parallel(3), world.parallel(3)
    env.reset(seed=0)
    twin.reset(seed=0)
    before, left = env.get_state(), outputs(env)
    good = dict.fromkeys(env.agents, 0)
    with expect(bad, env.action_space("agent_1").n) as caught:
        env.step(good | {"agent_1": BAD[bad][0]})
    assert str(caught.value).startswith("agent_1: ")
    assert_untouched(env, before, left)
    assert_same(env.step(good), twin.step(good))


@every_id
def test_another_shape_is_refused(world):
    env, batch = world.single(), world.batch(2)
    env.reset(seed=0)
    batch.reset(seed=0)
    shape = env.action_space.shape
    action = env.action_space.sample()
    for many in ([action], [action, action], np.zeros((1, 1, *shape), env.action_space.dtype)):
        with pytest.raises(ValueError, match=rf"expected shape {re.escape(str(shape))}, got \("):
            env.step(many)
    wrong = (action, [action], [action] * 3, [[action, action]], "ab", None, 0, np.zeros((2, 1, *shape), int))
    for actions in wrong:
        with pytest.raises(ValueError, match=rf"expected shape {re.escape(str((2, *shape)))}, got \("):
            batch.step(actions)


@every_discrete
def test_ragged_actions_are_refused(world):
    batch = world.batch(3)
    batch.reset(seed=0)
    with pytest.raises(ValueError, match=re.escape("expected integers of shape (3,), got [[0], [1, 2], [0]]")):
        batch.step([[0], [1, 2], [0]])


@every_id
def test_missing_and_unknown_agents_are_named(world):
    env = world.parallel(3)
    env.reset(seed=0)
    before, left = env.get_state(), outputs(env)
    everybody = {agent: env.action_space(agent).sample() for agent in env.agents}
    cases = {
        "No action for ['agent_1']: expected one for each of ['agent_0', 'agent_1', 'agent_2']": {
            agent: action for agent, action in everybody.items() if agent != "agent_1"
        },
        "No action for ['agent_0', 'agent_1', 'agent_2']": {},
        "Actions for unknown agents ['agent_3']. Known agents: ['agent_0', 'agent_1', 'agent_2']": everybody
        | {"agent_3": everybody["agent_0"]},
        "Actions: expected a dict with one for each of ['agent_0', 'agent_1', 'agent_2'], got [1, 2]": [1, 2],
        "Actions: expected a dict with one for each of ['agent_0', 'agent_1', 'agent_2'], got None": None,
    }
    for message, actions in cases.items():
        with pytest.raises(ValueError, match=re.escape(message)):
            env.step(actions)
    assert_untouched(env, before, left)


@every_id
def test_those_who_have_left_need_no_action_and_may_have_one(world):
    env, other = world.parallel(3), world.parallel(3)
    env.reset(seed=1)
    other.reset(seed=1)
    while len(env.agents) == len(env.possible_agents):
        advice = env.oracle_action()
        assert_same(env.step(advice), other.step(advice))
    gone = {agent: env.action_space(agent).sample() for agent in env.possible_agents if agent not in env.agents}
    if env.agents:
        advice = env.oracle_action()
        assert_same(env.step(advice), other.step(advice | gone))


@every_discrete
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint64, int])
def test_every_kind_of_integer_is_an_action(world, dtype):
    env, twin = world.single(), world.single()
    env.reset(seed=0)
    twin.reset(seed=0)
    assert_same(env.step(dtype(1)), twin.step(1))
    batch, pair = world.batch(2), world.batch(2)
    batch.reset(seed=0)
    pair.reset(seed=0)
    assert_same(batch.step(np.array([1, 2], dtype)), pair.step((1, 2)))


@every_id
def test_nobody_steps_before_the_first_reset(world):
    env, batch, many = world.single(), world.batch(2), world.parallel(2)
    for face in (env, batch, many):
        with pytest.raises(ResetNeeded, match=r"reset\(\) before step\(\)"):
            face.step(face.action_space.sample() if face is not many else {})
        with pytest.raises(ResetNeeded, match=r"reset\(\) before oracle_action\(\)"):
            face.oracle_action()


@every_world
def test_nobody_steps_after_the_end(world):
    short = world.having(max_steps=2)
    env, many, batch = short.single(), short.parallel(2), short.batch(2, autoreset_mode="DISABLED")
    env.reset(seed=0)
    many.reset(seed=0)
    batch.reset(seed=0)
    while not any(env.step(env.oracle_action())[2:4]):
        pass
    while many.agents:
        many.step(many.oracle_action())
    while not np.any(batch.step(batch.oracle_action())[2:4]):
        pass
    for face, action in ((env, env.action_space.sample()), (many, {}), (batch, batch.action_space.sample())):
        before = face.get_state()
        with pytest.raises(ResetNeeded, match="reset"):
            face.step(action)
        assert_same(before, face.get_state())
