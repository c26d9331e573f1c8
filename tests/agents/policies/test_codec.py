"""Codecs: what is written is read again; what lies outside the space is brought into it."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

from agents.policies.codec import BoxCodec, MoveCodec, OneHotCodec, codec_for
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW

BOX = spaces.Box(np.array([[-1.0, 0.0]], np.float32), np.array([[3.0, 10.0]], np.float32))


@pytest.mark.parametrize("discrete", ["one-hot", "moves"])
@pytest.mark.parametrize("count", [4, 5, 8, 9])
def test_every_choice_comes_back(count, discrete):
    codec = codec_for(spaces.Discrete(count), discrete=discrete)
    actions = torch.arange(count).view(1, -1)
    numbers = codec(actions)
    assert numbers.shape == (1, count, codec.size)
    assert numbers.abs().max() <= 1.0
    assert codec.decode(numbers).tolist() == actions.tolist()


@pytest.mark.parametrize("discrete", ["one-hot", "moves"])
def test_all_choices_are_known_where_they_can_be_counted(discrete):
    codec = codec_for(spaces.Discrete(5), discrete=discrete)
    assert codec.choices is not None
    assert torch.equal(codec.choices, codec(torch.arange(5).view(1, -1))[0])
    assert BoxCodec(BOX).choices is None


def test_what_averages_left_and_right_stays():
    codec = MoveCodec(spaces.Discrete(5))
    left, right = (int(np.flatnonzero((MOVE_ROW == 0) & (way == MOVE_COL))[0]) for way in (-1, 1))
    mean = codec(torch.tensor([[left], [right]])).mean(dim=0, keepdim=True)
    assert codec.decode(mean).item() == 4


def test_box_actions_come_back_and_span_minus_one_to_one():
    rng = np.random.default_rng(0)
    codec = BoxCodec(BOX)
    actions = rng.uniform([[0.0, 2.0]], [[1.0, 9.0]], (50, 7, 1, 2)).astype(np.float32)
    codec.measure(torch.from_numpy(actions.reshape(-1, 1, 2)))
    numbers = codec(torch.from_numpy(actions))
    assert numbers.shape == (50, 7, 2)
    assert numbers.amin(dim=(0, 1)).tolist() == pytest.approx([-1.0, -1.0], abs=1e-5)
    assert numbers.amax(dim=(0, 1)).tolist() == pytest.approx([1.0, 1.0], abs=1e-5)
    assert codec.decode(numbers) == pytest.approx(actions, abs=1e-5)


def test_box_actions_are_cut_off_at_the_space():
    codec = BoxCodec(BOX)
    assert codec.decode(torch.tensor([[[-9.0, 9.0]]])).tolist() == [[[[-1.0, 10.0]]]]


def test_a_number_that_never_varies_is_neither_blown_up_nor_lost():
    codec = BoxCodec(BOX)
    codec.measure(torch.tensor([[[0.5, 3.0]], [[0.5, 4.0]]]))
    numbers = codec(torch.tensor([[[[0.5, 3.5]]]]))
    assert numbers.tolist() == [[[0.0, 0.0]]]
    assert torch.isfinite(codec(torch.tensor([[[[0.6, 3.5]]]]))).all()
    assert codec.decode(numbers)[0, 0, 0].tolist() == [0.5, 3.5]


def test_other_spaces_and_names_are_refused():
    with pytest.raises(ValueError, match="Expected Discrete actions or a Box of them"):
        codec_for(spaces.MultiDiscrete([2, 2]))
    with pytest.raises(ValueError, match="Did you mean 'moves'"):
        codec_for(spaces.Discrete(4), discrete="move")
    with pytest.raises(ValueError, match="Moves are 4 or 8"):
        codec_for(spaces.Discrete(6), discrete="moves")
    assert isinstance(codec_for(spaces.Discrete(6)), OneHotCodec)
