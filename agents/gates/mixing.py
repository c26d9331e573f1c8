"""Who acts is drawn by lot (Ross et al., AISTATS 2011)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.gates.decision import Choice, Decision


@dataclass(frozen=True, kw_only=True)
class Mixing:
    """The expert acts with probability `share`; asked are those worlds, and all of them every so many steps."""

    share: float
    """beta of the round."""
    label_every: int
    rng: np.random.Generator

    @classmethod
    def for_config(cls, config: Any) -> "Mixing":
        """Not asked for: `make_gate` knows the round."""
        return cls(share=1.0, label_every=config.label_every, rng=np.random.default_rng(config.seed))

    def __call__(self, decision: Decision) -> Choice:
        drives = self.rng.random(decision.num_envs) < self.share
        return Choice(drives, drives | (decision.step % self.label_every == 0))
