"""SplitMix64 with Python's integers."""

from itertools import count


def bits(key, counter):
    word = (int(key) + (int(counter) + 1) * 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


class Stream:
    """The numbers of a key, one after the other."""

    def __init__(self, key):
        self._words = (bits(key, counter) for counter in count())

    def unit(self):
        return (next(self._words) >> 11) / 2**53

    def below(self, limit):
        return (next(self._words) >> 32) * limit >> 32
