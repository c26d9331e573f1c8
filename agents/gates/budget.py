"""A share of the steps is asked about, those of the greatest uncertainty.

Hoque et al., *ThriftyDAgger: Budget-Aware Novelty and Risk Gating for Interactive Imitation Learning* (CoRL 2021), from
which we take that thresholds are quantiles; their learned risk of failing is `uncertainty="risk"` here.
"""

from typing import Any

import numpy as np

from agents.gates.decision import Choice, Decision

REMEMBERED = 20_000
"""Uncertainties that the quantile is taken of, at most."""


class Budget:
    """The expert acts, and labels, where the uncertainty is in the upper `share` of what the round has seen so far.

    Many steps may be equally uncertain (not at all, say); so the share is also counted: it is never exceeded.
    """

    def __init__(self, *, share: float) -> None:
        self.share = share
        self._past = np.zeros(0)
        self._seen = self._granted = 0

    @classmethod
    def for_config(cls, config: Any) -> "Budget":
        return cls(share=config.share)

    def __call__(self, decision: Decision) -> Choice:
        found = np.asarray(decision.uncertainty, np.float64)
        self._past = np.concatenate([self._past, found])[-REMEMBERED:]
        self._seen += len(found)
        room = int(self.share * self._seen + 1e-9) - self._granted
        above = found >= np.quantile(self._past, 1.0 - self.share)
        # The most uncertain first; of equals, those that come first.
        chosen = [row for row in np.argsort(-found, kind="stable") if above[row]][:room]
        acts = np.zeros(len(found), np.bool_)
        acts[chosen] = True
        self._granted += len(chosen)
        return Choice(acts, acts)
