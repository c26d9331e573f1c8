"""Windows are stretches of what was recorded, and end where episodes end."""

import numpy as np
import pytest
import torch
from bitwise import assert_same

from agents.experience.recorder import Recorder
from agents.experience.store import SEEN, Experience

LENGTHS = (3, 1, 5, 2)


def frame(episode, step):
    """Numbers that tell where they are from; row [1 ...]."""
    rng = np.random.default_rng([episode, step])
    return {
        f"{SEEN}occupancy": rng.integers(0, 2, (1, 2, 3, 11)).astype(np.int8),
        f"{SEEN}ego": np.array([[episode, step]], np.float32),
        "to_go": np.array([10.0 * episode + step], np.float32),
    }


@pytest.fixture(scope="module")
def experience():
    """Four episodes, recorded side by side, a step of each in turn; and one that never got anywhere."""
    recorder = Recorder(100)
    numbers = recorder.begin(level=np.array([7, 8, 7, 9, 5]), seed=np.arange(5), behaviour=np.arange(5) % 4)
    for step in range(max(LENGTHS) + 1):
        for episode, length in enumerate((*LENGTHS, 0)):
            if step > length:
                continue
            rows = recorder.add(numbers[[episode]], frame(episode, step))
            if step < length:
                done = {"actions": np.array([100 * episode + step]), "rewards": np.array([-0.5 * step])}
                recorder.note(rows, **done, terminated=np.array([step == length - 1]))
    return recorder.experience()


def test_a_row_is_a_step_and_episodes_have_a_frame_more_than_steps(experience):
    assert len(experience) == sum(LENGTHS)
    assert experience.lengths.tolist() == list(LENGTHS)
    assert experience.levels.tolist() == [7] * 3 + [8] + [7] * 5 + [9] * 2
    assert experience.ages.tolist() == [0, 1, 2, 0, 0, 1, 2, 3, 4, 0, 1]
    assert len(experience.arrays()["to_go"]) == sum(LENGTHS) + len(LENGTHS)


@pytest.mark.parametrize("frames", [2, 4, 9])
def test_a_window_is_what_was_recorded_and_repeats_the_last_frame_of_an_episode(experience, frames):
    windows = experience.windows(np.arange(len(experience)), frames)
    starts = [(episode, step) for episode, length in enumerate(LENGTHS) for step in range(length)]
    for row, (episode, first) in enumerate(starts):
        length = LENGTHS[episode]
        for t in range(frames):
            expected = frame(episode, min(first + t, length))
            for key in ("occupancy", "ego"):
                assert_same(windows.observation[key][row, t].numpy(), expected[SEEN + key][0])
            assert windows.to_go[row, t] == expected["to_go"][0]
        for t in range(frames - 1):
            step = first + t
            assert windows.is_real[row, t] == (step < length)
            assert windows.actions[row, t] == (100 * episode + step if step < length else 0)
            assert windows.rewards[row, t] == (-0.5 * step if step < length else 0)
            assert windows.terminated[row, t] == (step == length - 1)


def test_a_window_has_two_frames_at_least(experience):
    with pytest.raises(ValueError, match="frames: expected at least 2, got 1"):
        experience.windows(np.arange(2), 1)


def test_some_keys_can_be_taken_alone(experience):
    assert experience.keys == ("occupancy", "ego")
    assert list(experience.windows(np.arange(2), 3, keys=["ego"]).observation) == ["ego"]


def test_validation_shares_no_level_with_the_rest(experience):
    for share in (0.01, 0.4, 0.99):
        learn, validate = experience.apart(share)
        assert sorted([*learn, *validate]) == list(range(len(experience)))
        assert not set(experience.levels[learn]) & set(experience.levels[validate])
        assert len(learn)
        assert len(validate)
    with pytest.raises(ValueError, match=r"a share in \(0, 1\) of two levels or more, got 1.0 of 3"):
        experience.apart(1.0)


def test_a_part_draws_from_its_own_rows(experience):
    part = experience.only(np.array([4, 9]))
    assert len(part) == 2
    drawn = part.sample(50, 3, np.random.default_rng(0))
    assert {tuple(row) for row in drawn.observation["ego"][:, 0].tolist()} == {(2.0, 0.0), (3.0, 0.0)}
    everywhere = experience.sample(200, 2, np.random.default_rng(0)).observation["ego"][:, 0]
    assert len({tuple(row) for row in everywhere.tolist()}) == len(experience)


def test_equal_generators_draw_equal_windows(experience):
    one, other = (experience.sample(9, 4, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(one.actions, other.actions)


def test_it_is_saved_and_loaded_whole(experience, tmp_path):
    experience.save(tmp_path / "experience.npz")
    again = Experience.load(tmp_path / "experience.npz")
    assert_same(again.arrays(), experience.arrays())
    rows = np.arange(len(experience))
    one, other = experience.windows(rows, 5), again.windows(rows, 5)
    for key, array in one.observation.items():
        assert_same(other.observation[key].numpy(), array.numpy())
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    with pytest.raises(ValueError, match=r"expected experience with 'episode/length', found \['poses'\]"):
        Experience.load(tmp_path / "other.npz")


def test_images_are_packed(experience):
    assert experience.arrays()[f"{SEEN}occupancy.bits"].shape == (15, 2, 3, 2)
