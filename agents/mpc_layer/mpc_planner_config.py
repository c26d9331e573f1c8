"""What the planner learns from, how, and what it then drives."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from agents.planning.planning_config import PlanningConfig


@dataclass(frozen=True, kw_only=True)
class DifferentiableMPCConfig(PlanningConfig):
    """What is learned from, how, and what is then driven."""

    modes: int = 12
    """Kinds of progress that are told apart."""
    through: float = 0.1
    """Share of the updates, the last of all, in which the loss is also that of the solved plans."""
    plan_weight: float = 1.0
    """Of that loss."""
    foresight_weight: float = 0.3
    """Of the loss of where the others go."""
    gap: float = 2.5
    """Kept to whoever is ahead, before a violation is paid for [m]."""
    boldness: float = 0.5
    """In doubt, progress is such a quantile of what the expert might make []."""
    solve: bool = True
    """Whether the problem is solved; else the reference is driven, as nearly as it can be."""
    every: int = 10
    rounds: int = 2
    updates: int = 1_500
    batch_size: int = 48
    learning_rate: float = 2e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least_one(self, "modes")
        for name in ("plan_weight", "foresight_weight", "gap"):
            if getattr(self, name) < 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 0, got {getattr(self, name)}.")
        if not 0.0 <= self.through <= 1.0:
            raise ValueError(f"{type(self).__name__}.through: expected in [0, 1], got {self.through}.")
        if not 0.0 < self.boldness < 1.0:
            raise ValueError(f"{type(self).__name__}.boldness: expected in (0, 1), got {self.boldness}.")
