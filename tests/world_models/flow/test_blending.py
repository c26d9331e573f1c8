"""Choices that hold something, mixed: few patches for many plans are what all cells would be."""

import torch

from world_models.flow.blending import LEAST, blended, in_patches, lively, mixed, preferred, spread
from world_models.flow.network import SIDE, Fields

BATCH, STEPS, MODES, ROWS, COLS = 2, 3, 2, 8, 12
PATCHES = ROWS * COLS // SIDE**2


def _fields() -> Fields:
    torch.manual_seed(0)
    ways = 2.0 * torch.randn(BATCH, STEPS, MODES, 2, ROWS, COLS)
    choices, new = torch.randn(BATCH, STEPS, MODES + 1, ROWS, COLS), torch.randn(BATCH, STEPS, 2, ROWS, COLS) - 6.0
    return Fields(ways, choices, new, ways[:, :, 0], torch.zeros(BATCH, 1, 1, 1))


def _now() -> torch.Tensor:
    now = torch.zeros(BATCH, 2, ROWS, COLS)
    now[:, 0, 2:5, 1:3], now[1, 1, 6, 9] = 1.0, 1.0
    return now


def test_shares_sum_to_one_and_occupancy_is_a_probability() -> None:
    shares, held = blended(_fields(), _now(), 1.0)
    torch.testing.assert_close(shares.sum(2), torch.ones(BATCH, STEPS, ROWS, COLS))
    occupancy = mixed(shares, held)
    assert occupancy.min() >= 0.0
    assert occupancy.max() <= 1.0


def test_one_still_mode_that_is_sure_keeps_what_is_there() -> None:
    fields = _fields()
    choices = torch.full_like(fields.choices, -30.0)
    choices[:, :, 0] = 30.0
    still = fields._replace(ways=torch.zeros_like(fields.ways), choices=choices)
    occupancy = mixed(*blended(still, _now(), 1.0))
    torch.testing.assert_close(occupancy, _now()[:, None].expand_as(occupancy), atol=1e-5, rtol=0)


def test_no_change_changes_nothing() -> None:
    shares, held = blended(_fields(), _now(), 1.0)
    occupancy = mixed(shares, held)
    places = lively(occupancy)
    changes = torch.zeros(len(places.row), 4, MODES + 1)
    found = preferred(occupancy, in_patches(shares, held)[tuple(places)], changes, places)
    torch.testing.assert_close(found, occupancy[:, None].expand_as(found))


def test_changed_logits_are_what_a_softmax_of_every_cell_says() -> None:
    fields = _fields()
    shares, held = blended(fields, _now(), 1.0)
    occupancy = mixed(shares, held)
    places = lively(occupancy)
    assert 0 < len(places.row) < BATCH * STEPS * PATCHES
    changes = torch.randn(len(places.row), 5, MODES + 1)
    found = preferred(occupancy, in_patches(shares, held)[tuple(places)], changes, places)
    for candidate in range(5):
        logits = fields.choices + spread(changes[:, candidate], places, tuple(fields.choices.shape))
        torch.testing.assert_close(found[:, candidate], mixed(logits.softmax(2), held))


def test_only_patches_in_which_somebody_may_be_are_lively() -> None:
    occupancy = torch.zeros(1, 2, 2, ROWS, COLS)
    occupancy[0, 1, 0, 5, 9], occupancy[0, 0, 1, 0, 0] = 2.0 * LEAST, 0.5 * LEAST
    assert [index.tolist() for index in lively(occupancy)] == [[0], [1], [5]]
