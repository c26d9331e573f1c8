"""EnsembleDAgger: the novice acts where it is sure of itself and near the expert.

Menda, Driggs-Campbell and Kochenderfer, *EnsembleDAgger: A Bayesian Approach to Safe Imitation Learning* (IROS 2019).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.gates.decision import Choice, Decision


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """The novice acts where its uncertainty is below `doubt` and its distance to the expert below `deviation`.

    The second rule reads the expert's action wherever the first one is content, and so asks at every step: what it
    gains is safety, not queries. With `deviation` None it is left out.
    """

    doubt: float
    deviation: float | None = None

    @classmethod
    def for_config(cls, config: Any) -> "Ensemble":
        return cls(doubt=config.doubt, deviation=config.deviation)

    def __call__(self, decision: Decision) -> Choice:
        is_doubtful = decision.uncertainty >= self.doubt
        if self.deviation is None:
            return Choice(is_doubtful, is_doubtful)
        is_far = ~is_doubtful & (decision.deviation(~is_doubtful) >= self.deviation)
        return Choice(is_doubtful | is_far, np.ones_like(is_doubtful))
