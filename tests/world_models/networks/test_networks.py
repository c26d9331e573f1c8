"""Building blocks say the same of bytes and of shares, and cost no more than they must."""

import pytest
import torch

from world_models.networks.action_features import ActionFeatures, check_actions
from world_models.networks.coarse_decoder import CoarseDecoder
from world_models.networks.film import FilmBlock
from world_models.networks.numbers import Numbers
from world_models.networks.pixel_decoder import PixelDecoder
from world_models.networks.road_stem import FlatStem, RoadStem, as_shares, patches
from world_models.spec import Actions


def _bytes(*shape: int) -> torch.Tensor:
    return (torch.rand(*shape, generator=torch.Generator().manual_seed(0)) > 0.5).to(torch.uint8) * 255


@pytest.mark.parametrize("patch", [2, 3, 4])
def test_patches_are_the_squares_of_the_image_in_order(patch):
    images = _bytes(2, 3, 8, 12)
    found = patches(images, patch)
    padded = torch.nn.functional.pad(images, (0, -12 % patch, 0, -8 % patch))
    assert found.dtype == torch.uint8
    for row in range(found.shape[1]):
        for col in range(found.shape[2]):
            square = padded[:, :, row * patch : (row + 1) * patch, col * patch : (col + 1) * patch]
            assert torch.equal(found[:, row, col], square.flatten(1))


@pytest.mark.parametrize("stem", [RoadStem(3, 10, 12), FlatStem(3, 10, 12, size=5)])
def test_stems_see_the_same_in_bytes_as_in_shares(stem):
    images = _bytes(2, 3, 10, 12)
    torch.testing.assert_close(stem(images), stem(as_shares(images)))


def test_a_stem_has_the_shape_that_it_says():
    stem = RoadStem(3, 10, 12, width=8)
    assert stem(_bytes(2, 3, 10, 12)).shape == (2, *stem.shape) == (2, 8, 3, 3)


def test_numbers_that_were_measured_have_mean_0_and_spread_1_where_they_are_small():
    numbers = Numbers({"ego": (3,), "route": (2,), "occupancy": (1, 4, 4)})
    seen = {"ego": 5.0 + torch.randn(4000, 3), "route": -100.0 + 30.0 * torch.randn(4000, 2)}
    numbers.measure(seen)
    normal = torch.sinh(numbers(seen))
    torch.testing.assert_close(normal.mean(0), torch.zeros(5), atol=1e-3, rtol=0.0)
    torch.testing.assert_close(normal.std(0), torch.ones(5), atol=1e-2, rtol=0.0)


def test_numbers_of_frames_that_are_not_real_are_not_measured():
    numbers = Numbers({"ego": (1,)})
    is_real = torch.tensor([[True, True], [True, False]])
    numbers.measure({"ego": torch.tensor([[[1.0], [2.0]], [[3.0], [1e6]]])}, is_real)
    assert numbers.mean.item() == pytest.approx(2.0)


def test_a_number_that_never_varies_is_not_blown_up():
    numbers = Numbers({"ego": (1,)})
    numbers.measure({"ego": torch.full((8, 1), 7.0)})
    assert numbers({"ego": torch.full((1, 1), 7.0)}).item() == 0.0


def test_a_film_block_begins_as_the_identity_and_hears_its_condition_when_it_has_learned():
    block = FilmBlock(6, 8, 2)
    x, condition = torch.randn(4, 1, 6), torch.randn(4, 3, 2)
    torch.testing.assert_close(block(x, condition), x.expand(4, 3, 6))
    torch.nn.init.normal_(block.narrow.weight)
    found = block(x, condition)
    assert (found[:, 0] - found[:, 1]).abs().min() > 0.0


def test_actions_are_brought_to_one_hot_or_to_half_ranges():
    assert ActionFeatures(Actions("discrete", 3))(torch.tensor([[2]])).tolist() == [[[0.0, 0.0, 1.0]]]
    continuous = ActionFeatures(Actions("continuous", 2, (-2.0, 0.0), (2.0, 1.0)))
    torch.testing.assert_close(continuous(torch.tensor([2.0, 0.0])), torch.tensor([1.0, -1.0]))


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (torch.zeros(2, 5, 4, 2), r"expected discrete \[2, candidate, horizon\], got \[2, 5, 4, 2\]"),
        (torch.zeros(3, 5, 4, dtype=torch.long), r"expected discrete \[2, candidate, horizon\], got \[3, 5, 4\]"),
        (torch.zeros(2, 5, 4), "expected discrete ones, got float32"),
        (torch.zeros(2, 5, 0, dtype=torch.long), r"got \[2, 5, 0\]"),
    ],
)
def test_actions_of_another_shape_or_kind_are_refused(actions, message):
    with pytest.raises(ValueError, match=message):
        check_actions(actions, Actions("discrete", 4), 2)


def test_decoders_write_images_of_the_size_that_was_asked_for():
    assert PixelDecoder(6, (2, 10, 12))(torch.zeros(3, 5, 6)).shape == (3, 5, 2, 10, 12)
    coarse = CoarseDecoder(6, (2, 10, 12), coarse=2)
    found = coarse(torch.zeros(3, 5, 6))
    assert coarse.fine(found).shape == (3, 5, 2, 10, 12)
    torch.testing.assert_close(coarse.shares(coarse.fine(found)), found)
    with pytest.raises(ValueError, match=r"expected a divisor of the sides \(10, 12\), got 3"):
        CoarseDecoder(6, (2, 10, 12), coarse=3)
