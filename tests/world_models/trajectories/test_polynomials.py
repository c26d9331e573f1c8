"""Polynomials keep what they were told at both ends."""

import torch

from world_models.trajectories.polynomials import evaluate, evaluate_until, quartic, quintic

ENDS = torch.tensor([[1.0, -2.0, 3.0], [0.0, 5.0, -1.0], [-4.0, 0.0, 0.0]], dtype=torch.float64)
LENGTH = torch.tensor([0.5, 2.0, 7.0], dtype=torch.float64)


def both_ends(terms):
    return (torch.stack(evaluate(terms, at[:, None]), -1)[:, 0] for at in (0.0 * LENGTH, LENGTH))


def test_a_quintic_has_the_values_slopes_and_bends_asked_for():
    start, end = ENDS, ENDS.flip(0)
    begins, ends = both_ends(quintic(start, end, LENGTH))
    torch.testing.assert_close(begins, start)
    torch.testing.assert_close(ends, end, atol=1e-11, rtol=0)


def test_a_quartic_has_the_slope_and_bend_asked_for_and_a_free_end():
    begins, ends = both_ends(quartic(ENDS, ENDS[:, 1:].flip(0), LENGTH))
    torch.testing.assert_close(begins, ENDS)
    torch.testing.assert_close(ends[:, 1:], ENDS[:, 1:].flip(0), atol=1e-11, rtol=0)


def test_behind_its_end_it_goes_straight_on():
    terms = quintic(ENDS, ENDS.flip(0), LENGTH)
    value, slope, bend = evaluate_until(terms, (LENGTH + 2.0)[:, None], LENGTH)
    torch.testing.assert_close(value[:, 0], ENDS.flip(0)[:, 0] + 2.0 * ENDS.flip(0)[:, 1], atol=1e-11, rtol=0)
    torch.testing.assert_close(slope[:, 0], ENDS.flip(0)[:, 1], atol=1e-11, rtol=0)
    assert (bend == 0).all()
