"""How large the problems are."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Size:
    """Of a batch of problems; half as many controls as states."""

    batch: int = 32
    horizon: int = 20
    states: int = 8

    @property
    def controls(self) -> int:
        """At least one."""
        return max(self.states // 2, 1)


BASE, QUICK_BASE = Size(), Size(4, 6, 4)
GROWING = {
    "horizon": (5, 10, 20, 40, 80, 160),
    "batch": (1, 4, 16, 64, 256, 1024),
    "states": (2, 4, 8, 16, 32),
}
"""One after the other, all else as in the base."""
QUICK = {"horizon": (3, 6), "batch": (1, 4), "states": (2, 4)}
CONVEX = {"horizon": 20, "batch": 16, "states": 8}
"""Up to here cvxpylayers is asked too: what it takes is seconds."""
AXES = {"horizon": "steps", "batch": "problems at once", "states": "states"}


def grown(base: Size, axis: str, value: int) -> Size:
    """With another value."""
    return replace(base, **{axis: value})
