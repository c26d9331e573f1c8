"""Time that a search may take."""

import math
import time
from collections.abc import Callable

import torch

Clock = Callable[[], float]
"""Seconds."""


def check_budget(milliseconds: float | None) -> None:
    """Raise ``ValueError`` for a budget that is no time."""
    if milliseconds is not None and not (math.isfinite(milliseconds) and milliseconds > 0):
        raise ValueError(f"time_budget_ms: expected None or a finite number > 0, got {milliseconds}.")


class Stopwatch:
    """Asked after every iteration whether another would still fit, if it took as long as the last one."""

    def __init__(self, budget_ms: float | None, device: torch.device, clock: Clock = time.perf_counter) -> None:
        self._budget, self._device, self._clock = budget_ms, device, clock
        self._began = self._last = clock()

    @property
    def milliseconds(self) -> float:
        """Since it was started."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return 1e3 * (self._clock() - self._began)

    def allows_another(self) -> bool:
        """Whether there is time for one more iteration."""
        if self._budget is None:
            return True
        elapsed = self.milliseconds
        now = self._began + 1e-3 * elapsed
        took, self._last = 1e3 * (now - self._last), now
        return elapsed + took <= self._budget
