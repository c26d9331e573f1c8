"""Splits are disjoint, a level is a world whatever the seed, and a number of levels is kept to."""

from itertools import chain

import numpy as np
import pytest
from bitwise import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds_for_tests import NUM_LISTED, every_id, every_world

from envs.core.levels import LEVELS_PER_SPLIT, SPLITS, listed_levels, procedural_levels

some = settings(max_examples=10, deadline=None)


def drawn_levels(world, count, **arguments):
    """Levels of many first episodes."""
    _, infos = world.batch(count, **arguments).reset(seed=0)
    return infos["level"]


def many(world, count):
    """So many draws, or a tenth where roads have to be built for each."""
    return count // 10 if world.is_road and not world.is_listed else count


@every_world
def test_splits_share_no_level(world):
    count = many(world, 200)
    drawn = {split: set(drawn_levels(world, count, split=split).tolist()) for split in SPLITS}
    assert not drawn["train"] & drawn["validation"]
    assert not drawn["train"] & drawn["test"]
    assert not drawn["validation"] & drawn["test"]
    assert all(drawn.values())
    if not world.is_listed:
        for split, levels in drawn.items():
            assert {level // LEVELS_PER_SPLIT for level in levels} == {SPLITS.index(split)}
            assert len(levels) > 0.95 * count - 1


@every_world
def test_the_union_of_splits_is_all(world):
    drawn = set(drawn_levels(world, many(world, 600), split="all").tolist())
    if world.is_listed:
        assert drawn == set(range(NUM_LISTED))
    else:
        assert {level // LEVELS_PER_SPLIT for level in drawn} == {0, 1, 2}


@every_world
@pytest.mark.parametrize("num_levels", [1, 3])
def test_only_the_first_so_many_levels_are_drawn(world, num_levels):
    levels = drawn_levels(world, 100, split="train", num_levels=num_levels)
    assert set(levels.tolist()) == set(range(num_levels))


@every_id
def test_episodes_of_one_seed_go_through_many_levels(world):
    env = world.single()
    levels = [env.reset(seed=4 if k == 0 else None)[1]["level"] for k in range(20)]
    assert len(set(levels)) == 20 or (world.is_listed and len(set(levels)) > 5)


@every_world
@some
@given(level=st.integers(0, 11), seed=st.integers(0, 2**63), other=st.integers(0, 2**63))
def test_a_level_alone_decides_how_an_episode_begins(world, level, seed, other):
    env = world.single()
    observation, info = env.reset(seed=seed, options={"level": level})
    assert info == {"level": level}
    again, _ = world.single().reset(seed=other, options={"level": level})
    assert_same(observation, again)
    assert_same(observation, env.reset(options={"level": np.int64(level)})[0])
    many, infos = world.parallel(1).reset(seed=other, options={"level": level})
    assert_same(observation, many["agent_0"])
    assert infos["agent_0"] == info


@every_world
@pytest.mark.parametrize("num_agents", [None, 3])
def test_a_level_puts_every_agent_in_its_place(world, num_agents):
    first, _ = world.parallel(num_agents).reset(seed=1, options={"level": 8})
    second, _ = world.parallel(num_agents).reset(seed=2, options={"level": 8})
    assert_same(first, second)


@every_id
def test_different_levels_look_different(world):
    env = world.single()
    count = NUM_LISTED if world.is_listed else 30
    key = "position" if world.is_particle else "occupancy"
    views = {env.reset(options={"level": k})[0][key].tobytes() for k in range(count)}
    assert len(views) >= count - 1


@every_id
def test_a_picked_level_does_not_stop_the_seeds_sequence(world):
    env, other = world.single(), world.single()
    env.reset(seed=6)
    env.reset(options={"level": 1})
    other.reset(seed=6)
    other.reset()
    assert env.reset()[1] == other.reset()[1]


@every_id
def test_without_a_seed_the_first_episode_is_fresh(world):
    levels = {world.single().reset()[1]["level"] for _ in range(10)}
    first, second = world.batch(4).reset()[1]["level"], world.batch(4).reset()[1]["level"]
    both = {*first.tolist(), *second.tolist()}
    assert (len(levels) > 8 and len(both) > 6) or (world.is_listed and min(len(levels), len(both)) > 1)


@given(st.lists(st.integers(0, 60), min_size=40, max_size=80))
def test_levels_of_one_group_are_never_split(groups):
    groups = [*groups, 0, 8, 9]
    shares = {split: listed_levels(split, None, groups).ids.tolist() for split in SPLITS}
    everyone = list(range(len(groups)))
    assert sorted(chain.from_iterable(shares.values())) == everyone == listed_levels("all", None, groups).ids.tolist()
    of_group = {split: {groups[k] for k in share} for split, share in shares.items()}
    assert not of_group["train"] & of_group["test"]
    assert not of_group["train"] & of_group["validation"]
    assert not of_group["validation"] & of_group["test"]


def test_a_split_without_levels_is_an_error():
    with pytest.raises(ValueError, match=r"'test' holds none of the 5 levels.*expected at least 10.*split='all'"):
        listed_levels("test", None, range(5))


def test_unknown_splits_name_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown split 'tests'\. Did you mean 'test'\? Known splits: \['train'"):
        procedural_levels("tests", None)
