"""The native batch does what gymnasium's SyncVectorEnv does over single envs, infos and masks included."""

import numpy as np
import pytest
from bitwise import assert_same
from contracts.traces import choose_actions, lane_info
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds_for_tests import every_id, every_world

NUM_ENVS = 3
STEPS = 14
seeds = st.one_of(st.integers(0, 2**32), st.lists(st.integers(0, 2**32), min_size=NUM_ENVS, max_size=NUM_ENVS))
few = settings(max_examples=3, deadline=None)


def both(world, mode):
    """Our batch and gymnasium's, of episodes that end every few steps."""
    short = world.having(max_steps=4)
    return short.batch(NUM_ENVS, autoreset_mode=mode), short.loop(NUM_ENVS, mode)


def joint_actions(world, seed):
    """Actions [time lane], some of them the oracle's, so that both ends of an episode occur."""
    env = world.having(max_steps=4).single()
    first = seed if isinstance(seed, int) else seed[0]
    return np.stack([choose_actions(env, first + i, STEPS) for i in range(NUM_ENVS)], axis=1)


def assert_same_infos(ours, theirs, where="infos"):
    """The same keys, and wherever gymnasium's mask holds, the same values of the same type."""
    assert set(ours) == set(theirs), f"{where}: {sorted(ours)} against {sorted(theirs)}"
    for key in theirs:
        if key.startswith("_"):
            assert_same(ours[key], theirs[key], f"{where}[{key!r}]")
        elif isinstance(theirs[key], dict):
            assert_same_infos(ours[key], theirs[key], f"{where}[{key!r}]")
        else:
            assert (ours[key].dtype, ours[key].shape) == (theirs[key].dtype, theirs[key].shape)
            mask = theirs[f"_{key}"]
            assert_same(ours[key][mask], theirs[key][mask], f"{where}[{key!r}]")


@every_world
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@few
@given(seed=seeds)
def test_autoreset_is_gymnasiums(world, mode, seed):
    ours, theirs = both(world, mode)
    actions = joint_actions(world, seed)
    (our_first, our_infos), (their_first, their_infos) = ours.reset(seed=seed), theirs.reset(seed=seed)
    assert_same(our_first, their_first)
    assert_same_infos(our_infos, their_infos)
    ends = 0
    for now in actions:
        *our_step, our_infos = ours.step(now)
        *their_step, their_infos = theirs.step(now)
        assert_same(our_step, their_step)
        assert_same_infos(our_infos, their_infos)
        ends += int((our_step[2] | our_step[3]).sum())
    assert ends >= 2 * NUM_ENVS


@every_world
@few
@given(seed=seeds, data=st.data())
def test_resets_by_mask_are_gymnasiums(world, seed, data):
    ours, theirs = both(world, AutoresetMode.DISABLED)
    actions = joint_actions(world, seed)
    assert_same(ours.reset(seed=seed)[0], theirs.reset(seed=seed)[0])
    for now in actions:
        *our_step, our_infos = ours.step(now)
        *their_step, their_infos = theirs.step(now)
        assert_same(our_step, their_step)
        assert_same_infos(our_infos, their_infos)
        ended = our_step[2] | our_step[3]
        asked = ended | np.array(data.draw(st.lists(st.booleans(), min_size=NUM_ENVS, max_size=NUM_ENVS), "asked"))
        if not asked.any():
            continue
        again = data.draw(st.one_of(st.none(), st.integers(0, 2**32)), "seed")
        our_first, our_infos = ours.reset(seed=again, options={"reset_mask": asked})
        their_first, their_infos = theirs.reset(seed=again, options={"reset_mask": asked.copy()})
        assert_same(our_first, their_first)
        assert_same_infos(our_infos, their_infos)


@every_world
def test_resetting_some_lanes_leaves_every_bit_of_the_others(world):
    batch = world.batch(4, autoreset_mode="DISABLED")
    batch.reset(seed=3)
    batch.step(batch.oracle_action())
    before, seen = batch.get_state(), batch.set_state(batch.get_state())
    mask = np.array([True, False, False, True])
    after, infos = batch.reset(seed=99, options={"reset_mask": mask})
    for name, old, new in zip(before._fields, before, batch.get_state(), strict=True):
        assert_same(old[~mask], new[~mask], name)
    assert_same({key: value[~mask] for key, value in seen.items()}, {key: value[~mask] for key, value in after.items()})
    assert_same(infos["_level"], mask)
    fresh = world.batch(4)
    first, _ = fresh.reset(seed=99)
    assert_same({key: value[mask] for key, value in first.items()}, {key: value[mask] for key, value in after.items()})


@every_world
def test_levels_can_be_picked_lane_by_lane(world):
    levels = np.array([7, 11 if world.is_listed else 2**62, 0])
    batch, env = world.batch(3), world.single()
    observation, infos = batch.reset(seed=1, options={"level": levels})
    assert_same(infos["level"], levels)
    for i in range(3):
        alone, info = env.reset(seed=1 + i, options={"level": int(levels[i])})
        assert info == {"level": levels[i]}
        assert_same(alone, {key: value[i] for key, value in observation.items()})


@every_id
def test_the_modes_go_by_name_value_and_member(world):
    for name in ("NEXT_STEP", "NextStep", AutoresetMode.NEXT_STEP):
        assert world.batch(1, autoreset_mode=name).metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP


@every_id
@pytest.mark.parametrize("mode", ["SAME_STEP", "DISABLED"])
def test_without_next_step_nobody_steps_a_world_that_is_over(world, mode):
    over, batch = world.having(max_steps=1).batch(2, autoreset_mode="DISABLED"), world.batch(2, autoreset_mode=mode)
    over.reset(seed=0)
    over.step(over.oracle_action())
    batch.reset(seed=0)
    batch.set_state(over.get_state())
    with pytest.raises(ResetNeeded, match=r"envs \[0, 1\] have ended: reset them first"):
        batch.step(np.zeros_like(batch.action_space.sample()))


@every_id
def test_same_step_keeps_the_last_infos_apart_from_the_first_ones(world):
    batch = world.having(max_steps=1).batch(2, autoreset_mode="SAME_STEP")
    batch.reset(seed=0)
    *_, infos = batch.step(batch.oracle_action())
    for i in range(2):
        info = lane_info(infos, i)
        assert set(info) == {"level", "final_obs", "final_info"}
        assert set(info["final_info"]) == {"reward_terms", "metrics"}
        assert batch.single_observation_space.contains(info["final_obs"])
