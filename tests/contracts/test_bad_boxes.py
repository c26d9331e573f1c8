"""Whatever is no action in a Box is refused by every face, in words, before anything has changed."""

import re

import numpy as np
import pytest
from bitwise import assert_same
from worlds_for_tests import CASES

BOXES = [case for case in CASES if str(case) in ("Highway-v0-plain", "Intersection-v0-trajectory", "Particle-v0-plain")]
every_box = pytest.mark.parametrize("world", BOXES, indirect=True, ids=str)

RANGE = "Action {value}{at} is out of range: expected a number in [{low:g}, {high:g}]"
DTYPE = "expected numbers, got dtype "
SHAPE = "expected shape {shape}, got "
BAD = {
    "nan": (np.nan, RANGE),
    "infinite": (np.inf, RANGE),
    "minus infinite": (-np.inf, RANGE),
    "too large": (1000.5, RANGE),
    "too small": (-1000.5, RANGE),
    "whole and too large": (1000, RANGE),
    "string": ("1", DTYPE + "<U"),
    "bytes": (b"1", DTYPE + "|S"),
    "None": (None, DTYPE + "object"),
    "complex": (0.5j, DTYPE + "complex128"),
    "enormous": (2**70, DTYPE + "object"),
    "dict": ({}, DTYPE + "object"),
}
"""What stands in the first place of the action, zeros in the others."""
every_bad = pytest.mark.parametrize("bad", BAD)
MISSHAPEN = {
    "None": None,
    "number": 0.5,
    "string": "left",
    "empty": [],
    "dict": {"acceleration": 1.0, "steering": 0.0},
    "too many": [0.0] * 7,
    "one": [0.0],
}


def action_with(value, shape):
    """A list of numbers with `value` in its first place."""
    action = np.zeros(shape, object)
    action[...] = 0.0
    action[(0,) * len(shape)] = value
    return action.tolist()


def expect(bad, space, lead=()):
    value, message = BAD[bad]
    first = (0,) * len(space.shape)
    value = float(value) if "range" in message else value
    words = message.format(
        value=value, at=f" at {(*lead, *first)}", low=space.low[first], high=space.high[first], shape=space.shape
    )
    return pytest.raises(ValueError, match=re.escape(words))


def outputs(env):
    """What the last step left behind."""
    return [np.copy(array) for array in env.worlds.output]


def begun(make):
    """Two of the same, in the same moment."""
    env, twin = make(), make()
    env.reset(seed=0)
    twin.reset(seed=0)
    return env, twin, env.get_state(), outputs(env)


def assert_untouched(env, before, left):
    assert_same(before, env.get_state())
    assert_same(left, outputs(env))


@every_box
@every_bad
def test_a_single_env_refuses(world, bad):
    env, twin, before, left = begun(world.single)
    space = env.action_space
    with expect(bad, space):
        env.step(action_with(BAD[bad][0], space.shape))
    assert_untouched(env, before, left)
    assert_same(env.step(np.zeros(space.shape)), twin.step(np.zeros(space.shape)))


@every_box
@every_bad
def test_a_batch_refuses_and_says_where(world, bad):
    batch, twin, before, left = begun(lambda: world.batch(3))
    space = batch.single_action_space
    good = np.zeros(space.shape).tolist()
    with expect(bad, space, lead=(1,)):
        batch.step([good, action_with(BAD[bad][0], space.shape), good])
    assert_untouched(batch, before, left)
    assert_same(batch.step([good] * 3), twin.step(np.zeros((3, *space.shape), np.float32)))


@every_box
@every_bad
def test_a_parallel_env_refuses_and_names_the_agent(world, bad):
    env, twin, before, left = begun(lambda: world.parallel(3))
    space = env.action_space("agent_1")
    good = dict.fromkeys(env.agents, np.zeros(space.shape))
    with expect(bad, space) as caught:
        env.step(good | {"agent_1": action_with(BAD[bad][0], space.shape)})
    assert str(caught.value).startswith("agent_1: ")
    assert_untouched(env, before, left)
    assert_same(env.step(good), twin.step(good))


@every_box
@pytest.mark.parametrize("wrong", MISSHAPEN)
def test_another_shape_is_refused_by_every_face(world, wrong):
    action = MISSHAPEN[wrong]
    env, _, before, left = begun(world.single)
    with pytest.raises(ValueError, match=re.escape(f"expected shape {env.action_space.shape}, got (")):
        env.step(action)
    assert_untouched(env, before, left)
    batch, _, before, left = begun(lambda: world.batch(2))
    with pytest.raises(ValueError, match=re.escape(f"expected shape {(2, *env.action_space.shape)}, got (")):
        batch.step(action)
    assert_untouched(batch, before, left)
    many, _, before, left = begun(lambda: world.parallel(2))
    with pytest.raises(ValueError, match=re.escape(f"agent_0: Actions: expected shape {env.action_space.shape}")):
        many.step({"agent_0": action, "agent_1": env.action_space.sample()})
    assert_untouched(many, before, left)


@every_box
def test_ragged_actions_are_refused(world):
    env, _, before, left = begun(world.single)
    with pytest.raises(ValueError, match=re.escape(f"expected numbers of shape {env.action_space.shape}, got [[0")):
        env.step([[0.0], [1.0, 0.5]])
    assert_untouched(env, before, left)
    batch, _, before, left = begun(lambda: world.batch(2))
    with pytest.raises(ValueError, match=re.escape(f"expected numbers of shape {(2, *env.action_space.shape)}")):
        batch.step([[0.0], [1.0, 0.5]])
    assert_untouched(batch, before, left)


@every_box
def test_just_beyond_the_bounds_is_refused_and_the_bounds_are_not(world):
    env = world.single()
    for bound, outside in ((env.action_space.low, -np.inf), (env.action_space.high, np.inf)):
        env.reset(seed=0)
        beyond = bound.astype(np.float64)
        beyond.flat[-1] = np.nextafter(beyond.flat[-1], outside)
        with pytest.raises(ValueError, match="out of range"):
            env.step(beyond)
        env.step(bound)


@every_box
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4", ">f8"])
def test_every_kind_of_float_is_an_action(world, dtype):
    env, twin, _, _ = begun(world.single)
    action = np.full(env.action_space.shape, 0.25)
    assert_same(env.step(action.astype(dtype)), twin.step(action.tolist()))
    batch, pair, _, _ = begun(lambda: world.batch(2))
    actions = np.full((2, *env.action_space.shape), 0.25)
    assert_same(batch.step(actions.astype(dtype)), pair.step(actions.tolist()))
    many, others, _, _ = begun(lambda: world.parallel(2))
    assert_same(
        many.step(dict.fromkeys(many.agents, action.astype(dtype))),
        others.step(dict.fromkeys(others.agents, tuple(action.tolist()))),
    )


@every_box
@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint8])
def test_whole_numbers_within_the_bounds_are_actions_too(world, dtype):
    env, twin, _, _ = begun(world.single)
    action = np.ones(env.action_space.shape)
    assert_same(env.step(action.astype(dtype)), twin.step(action))


@every_box
def test_no_bool_is_an_action(world):
    env, _, before, left = begun(world.single)
    with pytest.raises(ValueError, match="expected numbers, got dtype bool"):
        env.step(np.ones(env.action_space.shape, bool))
    assert_untouched(env, before, left)


@every_box
def test_an_action_is_copied_before_the_world_uses_it(world):
    env, twin, _, _ = begun(world.single)
    action = np.full(env.action_space.shape, 0.25, np.float32)
    kept = action.copy()
    result = env.step(action)
    action[...] = -1.0
    assert_same(result, twin.step(kept))
    assert_same(env.step(kept), twin.step(kept))
