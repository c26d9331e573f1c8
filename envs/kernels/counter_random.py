"""Counter-based random numbers: the n-th number of a key is a pure function of (key, n).

The output function is SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*,
OOPSLA 2014): ``bits(key, n) = mix(key + (n + 1) * GAMMA)``. No generator is ever shared between worlds, so an
episode does not depend on its place in a batch, nor on threads.

A `stream` is a uint64[2] array holding (key, numbers drawn so far), for loops that draw an unknown count.
"""

import numpy as np

from envs.kernels.compilation import inlined, kernel

GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S11, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11), np.uint64(32)
_ONE = np.uint64(1)
_TO_UNIT = 1.0 / 9007199254740992.0


@inlined
def mix(word):
    """SplitMix64's finaliser: a bijection of 64-bit words in which every input bit moves every output bit."""
    word = (word ^ (word >> _S30)) * _MULTIPLIER_1
    word = (word ^ (word >> _S27)) * _MULTIPLIER_2
    return word ^ (word >> _S31)


@inlined
def bits(key, counter):
    """The `counter`-th (0-based) 64-bit word of `key`."""
    return mix(np.uint64(key) + (np.uint64(counter) + _ONE) * GAMMA)


@inlined
def fold(key, word):
    """A new key, one for each (key, word)."""
    return mix(bits(key, word) ^ GAMMA)


@inlined
def unit(word):
    """The upper 53 bits of a word as a float in [0, 1)."""
    return np.float64(word >> _S11) * _TO_UNIT


@inlined
def below(word, limit):
    """A word as an integer in [0, limit), limit < 2**31 (multiply-shift; bias below limit / 2**32)."""
    return np.int64(((word >> _S32) * np.uint64(limit)) >> _S32)


@inlined
def open_stream(stream, key):
    """Start `stream` at the first number of `key`."""
    stream[0] = key
    stream[1] = np.uint64(0)


@inlined
def next_bits(stream):
    """The stream's next 64-bit word."""
    word = bits(stream[0], stream[1])
    stream[1] += _ONE
    return word


@inlined
def next_unit(stream):
    """The stream's next float in [0, 1)."""
    return unit(next_bits(stream))


@inlined
def next_below(stream, limit):
    """The stream's next integer in [0, limit)."""
    return below(next_bits(stream), limit)


@kernel
def draw_rows(seed, row, episode, step, first, out):
    """Fill out [i word] with words `first`, `first` + 1, ... of the key (row[i], episode[i], step[i])."""
    for i in range(out.shape[0]):
        key = fold(fold(fold(mix(np.uint64(seed)), np.uint64(row[i])), np.uint64(episode[i])), np.uint64(step[i]))
        for k in range(out.shape[1]):
            out[i, k] = bits(key, np.uint64(first + k))
