"""Max-plus propagation: the fixed point that brute force finds, and its gradient."""

from itertools import product

import pytest
import torch

from agents.networks.propagation import FAR, SHIFTS, MaxPlus


def twin(price, source, rounds):
    """The definition, cell by cell."""
    value = source
    for _ in range(rounds):
        value = torch.stack([best_offer(value, price, source, cell) for cell in cells(source)]).view(source.shape)
    return value


def cells(source):
    return list(product(range(source.shape[0]), range(source.shape[1])))


def best_offer(value, price, source, cell):
    offers = [source[cell]]
    for k, (i, j) in enumerate(SHIFTS):
        row, col = cell[0] + i - 1, cell[1] + j - 1
        if 0 <= row < source.shape[0] and 0 <= col < source.shape[1]:
            offers.append(value[row, col] - price[k][cell])
    return torch.stack(offers).max()


def draw(seed, batch=1, maps=1, rows=4, cols=5):
    """(price, source) without ties, prices well above rounding."""
    generator = torch.Generator().manual_seed(seed)
    price = 0.1 + torch.rand(batch, maps, 8, rows, cols, generator=generator, dtype=torch.float64)
    return price, 3.0 * torch.rand(batch, maps, rows, cols, generator=generator, dtype=torch.float64)


def spread(price, source, limit=1000):
    return MaxPlus.apply(price, source, limit)


def loop(price, source, rounds):
    """Batches and maps one by one through the twin."""
    whole = [[twin(price[b, m], source[b, m], rounds) for m in range(price.shape[1])] for b in range(price.shape[0])]
    return torch.stack([torch.stack(maps) for maps in whole])


@pytest.mark.parametrize("rounds", [1, 2, 3, 20])
@pytest.mark.parametrize("seed", range(5))
def test_values_after_so_many_rounds_are_the_twins(seed, rounds):
    price, source = draw(seed, batch=2, maps=2)
    assert torch.equal(spread(price, source, rounds), loop(price, source, rounds))


@pytest.mark.parametrize("seed", range(10))
def test_a_settled_value_is_the_best_source_less_the_cheapest_way_to_it(seed):
    """By brute force: Floyd and Warshall over all pairs of cells."""
    price, source = draw(seed)
    listed = cells(source[0, 0])
    way = torch.full((len(listed), len(listed)), torch.inf, dtype=torch.float64).fill_diagonal_(0.0)
    for here, cell in enumerate(listed):
        for k, (i, j) in enumerate(SHIFTS):
            after = (cell[0] + i - 1, cell[1] + j - 1)
            if after in listed:
                way[here, listed.index(after)] = price[0, 0, k][cell]
    for middle in range(len(listed)):
        way = torch.minimum(way, way[:, middle, None] + way[None, middle])
    expected = (source.flatten()[None] - way).amax(dim=1)
    assert torch.allclose(spread(price, source).flatten(), expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed):
    price, source = (tensor.requires_grad_() for tensor in draw(seed, rows=3, cols=4))
    assert torch.autograd.gradcheck(spread, (price, source), eps=1e-7, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_the_unrolled_twin(seed):
    weight = draw(seed + 100, batch=2, maps=2)[1]
    found = []
    for function in (spread, lambda price, source: loop(price, source, 20)):
        price, source = (tensor.requires_grad_() for tensor in draw(seed, batch=2, maps=2))
        found.append(torch.autograd.grad((function(price, source) * weight).sum(), (price, source)))
    for ours, expected in zip(*found, strict=True):
        assert torch.allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("least", [1e-3, 0.1])
def test_every_value_hangs_on_exactly_one_source(least, dtype):
    """Even among ties: the sources' derivatives of all values add up to the number of cells."""
    price = torch.full((1, 1, 8, 9, 9), least, dtype=dtype, requires_grad=True)
    source = torch.zeros(1, 1, 9, 9, dtype=dtype)
    source[0, 0, 2, 3] = 100.0
    source.requires_grad_()
    by_price, by_source = torch.autograd.grad(spread(price, source).sum(), (price, source))
    assert by_source.sum() == 81
    steps = sum(max(abs(row - 2), abs(col - 3)) for row, col in product(range(9), range(9)))
    assert by_price.sum() == -steps


def test_nothing_comes_from_beyond_the_border():
    price = torch.full((1, 1, 8, 3, 3), 1.0, dtype=torch.float64)
    source = torch.full((1, 1, 3, 3), -0.5 * FAR, dtype=torch.float64)
    assert torch.equal(spread(price, source), source)


def test_a_map_does_not_know_of_the_others():
    price, source = draw(0, batch=3, maps=2)
    together = spread(price, source)
    for b, m in product(range(3), range(2)):
        alone = spread(price[b : b + 1, m : m + 1], source[b : b + 1, m : m + 1])
        assert torch.equal(alone[0, 0], together[b, m])


def test_higher_sources_never_lower_a_value_and_higher_prices_never_raise_one():
    price, source = draw(1)
    value, bump = spread(price, source), draw(2)
    assert (spread(price, source + bump[1]) >= value).all()
    assert (spread(price + bump[0], source) <= value).all()
    assert torch.allclose(spread(price, source + 7.0), value + 7.0, atol=1e-12)
