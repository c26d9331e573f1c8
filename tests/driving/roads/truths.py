"""All that is true of every network, by name."""

import numpy as np
from driving.roads.truths_of_conflicts import (
    check_conflicts,
    check_parallel_lanes_are_free,
    check_rights_are_acyclic,
    check_signals,
    check_symmetry,
)
from driving.roads.truths_of_ground import (
    check_bars,
    check_bends,
    check_crossings,
    check_entries,
    check_ground,
    check_joints,
    check_routes,
)


def rng_of(level):
    return np.random.Generator(np.random.PCG64([level, 7]))


def assert_same(network, other):
    """Bitwise the same network."""
    for mine, theirs in zip(network, other, strict=True):
        if isinstance(mine, np.ndarray):
            assert mine.tobytes() == theirs.tobytes()
        elif isinstance(mine, tuple):
            for a, b in zip(mine, theirs, strict=True):
                assert np.asarray(getattr(a, "points", a)).tobytes() == np.asarray(getattr(b, "points", b)).tobytes()
        else:
            assert mine == theirs


CHECKS = {
    "routes": check_routes,
    "joints": check_joints,
    "bends": check_bends,
    "symmetry": check_symmetry,
    "conflicts": check_conflicts,
    "parallel lanes": check_parallel_lanes_are_free,
    "signals": check_signals,
    "rights": check_rights_are_acyclic,
    "ground": check_ground,
    "entries": check_entries,
    "bars": check_bars,
    "crossings": check_crossings,
}
