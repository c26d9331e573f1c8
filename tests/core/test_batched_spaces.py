"""A batch's space is gymnasium's own in everything but its weight."""

import pickle

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import batch_space

from envs.core.batched_spaces import batch_of

BOX = spaces.Box(np.array([-1.0, -2.0], np.float32), np.array([1.0, np.inf], np.float32))
SPACES = (
    spaces.Dict({"view": spaces.Box(0, 255, (3, 8, 8), np.uint8), "ego": BOX}),
    spaces.Dict({"bits": spaces.MultiBinary((2, 4, 4))}),
    spaces.Discrete(5),
    BOX,
)


def test_it_equals_gymnasiums_and_draws_the_same():
    for space in SPACES:
        lean, plain = batch_of(space, 7), batch_space(space, 7)
        assert lean == plain
        for batch in (lean, plain, again := pickle.loads(pickle.dumps(lean))):
            batch.seed(3)
        assert again == plain
        drawn = [batch.sample() for batch in (lean, plain, again)]
        for sample in drawn[1:]:
            np.testing.assert_equal(sample, drawn[0])
        assert lean.contains(drawn[1])


def test_what_lies_outside_one_of_them_lies_outside_all():
    batch, inside = batch_of(BOX, 3), np.zeros((3, 2), np.float32)
    assert batch.contains(inside)
    inside[2, 0] = 1.5
    assert not batch.contains(inside)


def test_bounds_take_the_memory_of_one():
    batch = batch_of(spaces.Box(0, 255, (11, 64, 64), np.uint8), 10_000)
    for bound in (batch.low, batch.high, batch.bounded_below, batch.bounded_above):
        assert bound.shape == (10_000, 11, 64, 64)
        assert bound.base.nbytes == 11 * 64 * 64
