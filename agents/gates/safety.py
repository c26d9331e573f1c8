"""SafeDAgger: the novice acts while a learned classifier expects that it does what the expert would do.

Zhang and Cho, *Query-Efficient Imitation Learning for End-to-End Simulated Driving* (AAAI 2017).
"""

from dataclasses import dataclass
from typing import Any

from agents.gates.decision import Choice, Decision


@dataclass(frozen=True, kw_only=True)
class Safety:
    """The expert acts, and labels, where the novice's deviation is as likely as `risk`: 0 always, above 1 never."""

    risk: float

    @classmethod
    def for_config(cls, config: Any) -> "Safety":
        return cls(risk=config.risk)

    def __call__(self, decision: Decision) -> Choice:
        is_unsafe = decision.uncertainty >= self.risk
        return Choice(is_unsafe, is_unsafe)
