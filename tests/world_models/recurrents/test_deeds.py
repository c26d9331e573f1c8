"""Motions step by step and motions from here are two ways to say the same."""

import torch

from world_models.recurrents.deeds import Choices, by_step, from_here


def test_steps_put_together_again_are_the_way_from_here() -> None:
    motions = torch.randn(5, 3, 8, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(from_here(by_step(motions)[..., :3]), motions[..., :3])


def test_a_step_is_seen_from_where_it_begins() -> None:
    quarter = torch.pi / 2
    motions = torch.tensor([[2.0, 0.0, quarter, 1.0, 0.0, 0.0], [2.0, 3.0, quarter, 1.0, 0.0, 0.0]])
    expected = torch.tensor([[2.0, 0.0, quarter], [3.0, 0.0, 0.0]])
    assert torch.allclose(by_step(motions)[:, :3], expected, atol=1e-6)


def test_a_choice_is_a_one_in_its_place() -> None:
    numbers, motions = Choices(3).numbers(None, torch.tensor([[[2, 0]]]))
    assert numbers.tolist() == [[[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]]
    assert motions is None
