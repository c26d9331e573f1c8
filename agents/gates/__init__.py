"""Gates: at every step of a DAgger round, who acts, and whether the expert is asked for a label."""

from typing import Any

import numpy as np

from agents import schedules
from agents.gates.decision import Choice, Decision, Gate
from envs.core.naming import load_entry

__all__ = ["GATES", "UNCERTAINTIES", "Choice", "Decision", "Gate", "make_gate", "make_uncertainty"]

GATES: dict[str, str] = {
    "mixing": "agents.gates.mixing:Mixing",
    "safety": "agents.gates.safety:Safety",
    "ensemble": "agents.gates.ensemble:Ensemble",
    "hysteresis": "agents.gates.hysteresis:Hysteresis",
    "budget": "agents.gates.budget:Budget",
}
"""Name -> ``"module:Class"`` of a gate."""

UNCERTAINTIES: dict[str, str] = {
    "ensemble": "agents.gates.disagreement:Disagreement",
    "policy": "agents.gates.entropy:Entropy",
    "risk": "agents.gates.risk:Risk",
}
"""Name -> ``"module:Class"`` of what tells a gate how sure the novice is."""


def uncertainty_of(config: Any) -> str:
    """Name of the uncertainty that the gate of a config looks at."""
    return config.uncertainty or ("risk" if config.gate == "safety" else "ensemble")


def make_uncertainty(config: Any, network: Any) -> Any:
    """The estimate that the config's gate looks at; None for mixing, which looks at none.

    Raises:
        ValueError: the policy network cannot tell it.
    """
    if config.gate == "mixing":
        return None
    return load_entry(UNCERTAINTIES[uncertainty_of(config)])(network, config)


def make_gate(config: Any, index: int) -> Gate:
    """The gate of round `index` (from 1).

    Before there is a novice the expert drives. Before there is a risk to go by, the novice drives and every
    state is asked about: these labels tell where it deviates.
    """
    name, share = config.gate, 1.0
    if name == "mixing":
        share = schedules.mixing(config.schedule, index, config.rounds)
    elif index == 2 and uncertainty_of(config) == "risk":
        share = 0.0
    elif index > 1:
        return load_entry(GATES[name]).for_config(config)
    rng = np.random.default_rng((config.seed, index, 0))
    return load_entry(GATES["mixing"])(share=share, label_every=config.label_every, rng=rng)
