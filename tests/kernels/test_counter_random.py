"""Random numbers are pure functions of (key, counter), and as even and unrelated as chance would have them."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import scaled
from scipy.stats import chi2, kstest

from envs.kernels.counter_random import below, bits, fold, mix, next_below, next_bits, next_unit, open_stream, unit

WORDS = st.integers(0, 2**64 - 1)
NUMBERS = scaled(20_000, 2_000)
PUBLISHED = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


def word(value):
    """Compiled kernels hand words back as Python's integers."""
    return np.uint64(value)


def words(key, count):
    return [word(bits(word(key), word(n))) for n in range(count)]


def deviation(counts):
    """Probability that even chances give counts as uneven as these."""
    expected = counts.sum() / counts.size
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), counts.size - 1)


@pytest.mark.parametrize("key", PUBLISHED)
def test_numbers_are_those_published_for_splitmix64(key):
    assert [int(number) for number in words(key, len(PUBLISHED[key]))] == PUBLISHED[key]


@given(WORDS, st.integers(0, 2**40))
def test_numbers_equal_the_twins_for_every_key_and_counter(key, counter):
    assert int(bits(word(key), word(counter))) == naive.bits(key, counter)


@given(WORDS)
def test_a_stream_draws_the_numbers_of_its_key_in_order(key):
    stream = np.zeros(2, np.uint64)
    open_stream(stream, word(key))
    assert [int(next_bits(stream)) for _ in range(5)] == [naive.bits(key, n) for n in range(5)]
    assert stream.tolist() == [key, 5]


@given(WORDS, st.lists(st.one_of(st.none(), st.integers(1, 2**31 - 1)), min_size=1, max_size=8))
def test_floats_and_integers_of_a_stream_equal_the_twins(key, limits):
    stream, twin = np.zeros(2, np.uint64), naive.Stream(key)
    open_stream(stream, word(key))
    for limit in limits:
        if limit is None:
            assert next_unit(stream) == twin.unit()
        else:
            assert next_below(stream, limit) == twin.below(limit)


@given(WORDS, st.integers(1, 2**31 - 1))
def test_integers_stay_below_their_limit(key, limit):
    assert 0 <= below(word(key), limit) < limit


@pytest.mark.parametrize("limit", [1, 7, 2**31 - 1])
def test_the_least_and_the_largest_word_give_the_least_and_the_largest_number(limit):
    assert below(word(0), limit) == 0
    assert below(word(2**64 - 1), limit) == limit - 1
    assert unit(word(0)) == 0.0
    assert unit(word(2**64 - 1)) == 1.0 - 2.0**-53


@pytest.mark.parametrize("limit", [2, 6, 100])
def test_integers_are_uniform(limit):
    drawn = [int(below(number, limit)) for number in words(99, NUMBERS)]
    assert deviation(np.bincount(drawn, minlength=limit)) > 1e-3


def test_floats_are_uniform():
    assert kstest([float(unit(number)) for number in words(7, NUMBERS)], "uniform").pvalue > 1e-3


def test_neighbouring_keys_and_neighbouring_counters_are_independent():
    along = [int(number) >> 61 for number in words(5, NUMBERS)]
    across = [int(bits(word(fold(word(5), word(n))), word(0))) >> 61 for n in range(NUMBERS)]
    for series in (along, across):
        pairs = np.bincount(8 * np.array(series[:-1]) + series[1:], minlength=64)
        assert deviation(pairs) > 1e-3
    assert deviation(np.bincount(8 * np.array(along) + across, minlength=64)) > 1e-3


def test_every_input_bit_flips_half_of_the_output_bits():
    for bit in range(64):
        flips = [
            (int(mix(word(n))) ^ int(mix(word(n ^ (1 << bit))))).bit_count() for n in range(1, 1 + scaled(200, 40))
        ]
        assert 28 < np.mean(flips) < 36


def test_keys_folded_with_different_words_differ():
    keys = {int(fold(word(key), word(n))) for key in range(20) for n in range(scaled(500, 50))}
    assert len(keys) == 20 * scaled(500, 50)
