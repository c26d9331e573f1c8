"""Steps along the mean of the velocities at their two ends."""

from dataclasses import dataclass
from itertools import pairwise

from jaxtyping import Float64
from torch import Tensor

from agents.config import check_at_least_one
from agents.policies.head import Chunk
from agents.policies.samplers.euler import Velocity, even_times, for_rows


@dataclass(frozen=True, kw_only=True)
class Heun:
    """y = x + h v(x, t), x' = x + h/2 (v(x, t) + v(y, t + h)) with h = 1 / steps; second order.

    The last step is Euler's: at time 1 only actions were ever shown to the network, and y is none yet, so what
    it answers there is arbitrary. One step of first order leaves the whole of second order.
    """

    steps: int = 5
    """Of equal length, from time 0 to 1."""

    def __post_init__(self) -> None:
        check_at_least_one(self, "steps")

    @property
    def evaluations(self) -> int:
        """Network evaluations of one chunk."""
        return 2 * self.steps - 1

    @property
    def times(self) -> Float64[Tensor, " step"]:
        """At which the network is asked, rising."""
        return even_times(self.steps)

    def sample(self, velocity: Velocity, start: Chunk) -> Chunk:
        """The chunk at time 1 that has been `start` at time 0."""
        chunk, length, times = start, 1.0 / self.steps, for_rows(self.times, start)
        for time, end in pairwise(times):
            first = velocity(chunk, time)
            second = velocity(chunk.add(first, alpha=length), end)
            chunk = chunk.add(first, alpha=length / 2).add_(second, alpha=length / 2)
        return chunk.add(velocity(chunk, times[-1]), alpha=length)
