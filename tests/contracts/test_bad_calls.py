"""Resets and states that make no sense are refused in words, and the episode goes on as if nothing had been asked."""

import re

import numpy as np
import pytest
from bitwise import assert_same
from gymnasium.error import ResetNeeded
from worlds_for_tests import CASES, World, every_id, every_world

SCENARIOS = [case for case in CASES if case.variant == "scenario"]
LISTED = [*SCENARIOS, *(case for case in CASES if str(case) == "Recorded-v0-plain")]
NUM_ENVS = 3


@pytest.fixture
def faces(world):
    """The three faces of a world in the middle of an episode."""
    found = (world.single(), world.batch(NUM_ENVS), world.parallel(2))
    for face in found:
        face.reset(seed=0)
        face.step(face.oracle_action())
    return found


def refuse(face, expected, error=ValueError, /, **wrong):
    """A reset that fails with these words and leaves every bit alone."""
    before, left = face.get_state(), [np.copy(array) for array in face.worlds.output]
    with pytest.raises(error, match=re.escape(expected)):
        face.reset(**wrong)
    assert_same(before, face.get_state())
    assert_same(left, list(face.worlds.output))


@every_id
def test_unknown_options_name_the_nearest(faces):
    for face in faces:
        refuse(
            face,
            "Unknown reset option 'levl'. Did you mean 'level'? Known reset options: ['level'",
            options={"levl": 1},
        )
        refuse(face, "Unknown reset option 'levels'. Did you mean 'level'?", seed=5, options={"level": 1, "levels": 2})
    for face in (faces[0], faces[2]):
        refuse(face, "Unknown reset option 'reset_mask'", options={"reset_mask": np.ones(1, bool)})


@every_id
@pytest.mark.parametrize("options", ["level", 5, ["level"], True])
def test_options_are_a_dict(faces, options):
    for face in faces:
        refuse(face, f"Reset options: expected a dict or None, got {options!r}", options=options)


@every_id
@pytest.mark.parametrize("level", [-1, -(2**40), 1.0, np.nan, "3", True, [[1]], 2**63, 2**64, object()])
def test_levels_are_whole_numbers(faces, level):
    env, batch, many = faces
    for face in (env, many):
        refuse(face, f"Option 'level': expected a whole number >= 0, got {level!r}", seed=9, options={"level": level})
    words = f"Option 'level': expected whole numbers >= 0 of shape () or ({NUM_ENVS},), got {level!r}"
    refuse(batch, words, seed=9, options={"level": level})


@every_id
def test_a_batch_takes_one_level_or_one_for_each(faces):
    _, batch, _ = faces
    for levels in ([1, 2], [1, 2, 3, 4], [1, -2, 3], [0.0, 1.0, 2.0]):
        refuse(batch, f"of shape () or ({NUM_ENVS},), got {levels!r}", options={"level": levels})


@pytest.mark.parametrize("world", LISTED, indirect=True, ids=str)
@pytest.mark.parametrize("level", [12, 13, 2**62])
def test_levels_beyond_those_in_a_file_do_not_exist(faces, level):
    expected = f"Level {level} does not exist: expected 0 to 11, the"
    for face in faces:
        refuse(face, expected, seed=9, options={"level": level})
    refuse(faces[1], expected, seed=9, options={"level": [0, level, 1]})


@every_id
@pytest.mark.parametrize("seed", [-1, 1.5, np.nan, "7", True, 2**64, {}, (1, 2)])
def test_seeds_are_whole_numbers(faces, seed):
    env, batch, many = faces
    for face in (env, many):
        refuse(face, f"Seed: expected None or a whole number in [0, 2**64), got {seed!r}", seed=seed)
    refuse(batch, "Expected one seed or 3, got 2" if seed == (1, 2) else f"in [0, 2**64), got {seed!r}", seed=seed)


@every_id
def test_a_batch_takes_one_seed_or_one_for_each(faces):
    _, batch, _ = faces
    refuse(batch, "Expected one seed or 3, got 4", seed=[1, 2, 3, 4])
    for wrong in (-1, 1.5, "a"):
        refuse(batch, f"in [0, 2**64), got {wrong!r}", seed=[1, wrong, 3])


@every_id
def test_every_whole_number_is_a_seed(world):
    env, batch, many = world.single(), world.batch(2), world.parallel(1)
    for seed in (0, 2**63, 2**64 - 2, np.int64(5), np.uint64(2**64 - 2)):
        level = env.reset(seed=int(seed))[1]["level"]
        assert batch.reset(seed=seed)[1]["level"][0] == level
        assert many.reset(seed=seed)[1]["agent_0"]["level"] == level
    assert batch.reset(seed=[3, None])[1]["level"][0] == env.reset(seed=3)[1]["level"]


@every_id
@pytest.mark.parametrize("mask", [[True], np.ones(3), np.ones(3, int), "abc", [True, False, 1], np.ones((1, 3), bool)])
def test_masks_are_one_bool_for_each_world(faces, mask):
    found = np.asarray(mask)
    expected = f"Option 'reset_mask': expected bool (3,), got {found.dtype}{found.shape}"
    refuse(faces[1], expected, options={"reset_mask": mask})


@every_id
def test_the_first_reset_is_of_all_worlds(world):
    batch = world.batch(3)
    refuse(
        batch, "The first reset must be of all worlds", ResetNeeded, options={"reset_mask": np.array([1, 0, 1], bool)}
    )
    batch.reset(options={"reset_mask": np.ones(3, bool)})


@every_id
def test_states_of_another_make_are_refused(world, faces):
    others = (world.batch(2), world.single(), world.parallel(9))
    for face, other in zip(faces, others, strict=True):
        state = face.get_state()
        first = state._fields[0]
        wrong = [None, 5, {}, tuple(state), list(state), state[0], other.get_state()]
        wrong += [state._replace(**{name: getattr(state, name)[None]}) for name in state._fields]
        wrong += [
            state._replace(**{name: np.zeros(np.shape(part), np.complex64)}) for name, part in state._asdict().items()
        ]
        wrong += [state._replace(**{first: None}), state._replace(**{first: "x"})]
        for item in wrong:
            with pytest.raises(
                ValueError, match=r"Expected a \w+State, got \w+\.|State field '\w+': expected .*, got .*\["
            ):
                face.set_state(item)
            assert_same(state, face.get_state())


@every_world
def test_states_of_worlds_that_cannot_be_are_refused(world, faces):
    if not world.is_grid:
        pytest.skip("cells are of grids")
    for face in faces:
        state = face.get_state()
        rows, cols = face.config.shape
        for name in ("cell", "start", "goal"):
            for stray in ([-1, 0], [rows, 0], [0, cols]):
                cells = getattr(state, name).copy()
                cells[-1, -1] = stray
                expected = f"State field '{name}': expected cells of a grid of ({rows}, {cols}), got {stray}"
                with pytest.raises(ValueError, match=re.escape(expected)):
                    face.set_state(state._replace(**{name: cells}))
        if face.config.terrain_costs:
            with pytest.raises(ValueError, match="State field 'terrain': expected classes below 4, got 255"):
                face.set_state(state._replace(terrain=np.full_like(state.terrain, 255)))
        assert_same(state, face.get_state())


@every_id
def test_a_state_handed_out_or_in_is_a_copy(faces):
    for face in faces:
        state = face.get_state()
        kept = type(state)(*(array.copy() for array in state))
        face.step(face.oracle_action())
        assert_same(kept, state)
        face.set_state(state)
        for array in state:
            array[...] = 0
        assert_same(kept, face.get_state())


def test_where_no_level_can_be_drawn_nobody_goes_on():
    world = World("GridNav-v0", {"generator": "uniform", "density": 1.0})
    expected = r"Level \d+: no draw gave 2 or more connected free cells on 16 x 16\. Fewer actors, a lower density"
    for face in (world.single(), world.batch(2, num_threads=2), world.parallel(1)):
        with pytest.raises(ValueError, match=expected):
            face.reset(seed=0)
        with pytest.raises(ResetNeeded):
            face.step(0)


@pytest.mark.parametrize("world", SCENARIOS, indirect=True, ids=str)
def test_a_reset_that_fails_leaves_no_half_made_world(world, tmp_path):
    walled = tmp_path / "walled.map"
    walled.write_text("type octile\nheight 6\nwidth 6\nmap\n......\n......\n@@@@@@\n......\n......\n......\n")
    rows = ["version 1", "0\twalled.map\t6\t6\t0\t0\t5\t0\t5", "0\twalled.map\t6\t6\t0\t0\t5\t5\t0"]
    (tmp_path / "walled.scen").write_text("\n".join(rows) + "\n")
    walled_off = world.having(map=str(walled), scenario=str(tmp_path / "walled.scen"))
    for face in (walled_off.single(), walled_off.batch(2, autoreset_mode="DISABLED"), walled_off.parallel(1)):
        face.reset(seed=0, options={"level": 0})
        with pytest.raises(ValueError, match="Level 1: no way leads from its start to its goal"):
            face.reset(options={"level": 1})
        with pytest.raises(ResetNeeded):
            face.step(face.oracle_action())
        face.reset(options={"level": 0})
        face.step(face.oracle_action())
