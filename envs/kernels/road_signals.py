"""What a signal shows."""

from math import floor

from envs.kernels.compilation import inlined
from envs.kernels.road_records import GREEN


@inlined
def colour(roads, slot, signal, time):
    """RED, YELLOW or GREEN at `time` [s]; a signal that does not exist (-1) is green."""
    if signal < 0:
        return GREEN
    phases = roads.signals[slot, signal]
    if phases.count == 0 or phases.cycle <= 0.0:
        return GREEN
    elapsed = time + phases.offset
    elapsed -= phases.cycle * floor(elapsed / phases.cycle)
    for k in range(phases.count - 1):
        if elapsed < phases.until[k]:
            return phases.colour[k]
    return phases.colour[phases.count - 1]
