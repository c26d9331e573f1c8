"""One block is a gated recurrent unit; several know nothing of each other."""

import pytest
import torch
from torch import nn

from world_models.recurrents.blocks import BlockGRU


def test_one_block_is_a_gated_recurrent_unit() -> None:
    theirs, ours = nn.GRUCell(5, 12), BlockGRU(5, 12, 1)
    with torch.no_grad():
        ours.hear.weight.copy_(theirs.weight_ih)
        ours.hear.bias.copy_(theirs.bias_ih)
        ours.keep.copy_(theirs.weight_hh.T[None])
        ours.keep_bias.copy_(theirs.bias_hh[None, None])
    told, memory = torch.randn(7, 5), torch.randn(7, 12)
    assert torch.allclose(ours(told, memory), theirs(told, memory), atol=1e-6)


def test_a_block_remembers_nothing_of_the_others() -> None:
    cell, told, memory = BlockGRU(5, 12, 3), torch.randn(1, 5), torch.randn(1, 12)
    other = memory.clone()
    other[:, 4:8] += 1.0
    is_changed = cell(told, other) != cell(told, memory)
    assert is_changed.flatten().tolist() == [False] * 4 + [True] * 4 + [False] * 4


def test_blocks_must_fill_the_memory() -> None:
    with pytest.raises(ValueError, match="blocks: expected a divisor of the width 12, got 5"):
        BlockGRU(4, 12, 5)
