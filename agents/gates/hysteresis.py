"""LazyDAgger: who acts goes on acting, so that the wheel changes hands seldom.

Hoque et al., *LazyDAgger: Reducing Context Switching in Interactive Imitation Learning* (CASE 2021); their noise on
the expert's actions is left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.gates.decision import Choice, Decision


@dataclass(frozen=True, kw_only=True)
class Hysteresis:
    """The expert takes over where the uncertainty reaches `doubt`, and hands back where it falls below `trust`."""

    doubt: float
    trust: float

    @classmethod
    def for_config(cls, config: Any) -> "Hysteresis":
        return cls(doubt=config.doubt, trust=config.doubt / 3 if config.trust is None else config.trust)

    def __call__(self, decision: Decision) -> Choice:
        threshold = np.where(decision.expert_drove, self.trust, self.doubt)
        acts = decision.uncertainty >= threshold
        return Choice(acts, acts)
