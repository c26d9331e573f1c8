"""What the planner learns from, how, and what it then drives."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from envs.core.arguments import check_types
from envs.core.naming import check_known

HANDED = ("plan", "step")


@dataclass(frozen=True, kw_only=True)
class DifferentiableMPCConfig:
    """What is learned from, how, and what is then driven."""

    modes: int = 12
    """Kinds of progress that are told apart."""
    through: float = 0.1
    """Share of the updates, the last of all, in which the loss is also that of the solved plans."""
    plan_weight: float = 1.0
    """Of that loss."""
    foresight_weight: float = 0.3
    """Of the loss of where the others go."""
    gap: float = 1.5
    """Kept to whoever is ahead, before a violation is paid for [m]."""
    boldness: float = 0.5
    """In doubt, progress is such a quantile of what the expert might make []."""
    solve: bool = True
    """Whether the problem is solved; else the reference is driven, as nearly as it can be."""
    execute: int = 3
    """Steps that a plan is kept to before the next decision."""
    handed: str = "step"
    """What the controller is handed: the rest of the `plan`, or what that does in the `step`, gone on with."""
    width: int = 24
    """Features of each patch of the view."""
    samples: int = 20_000
    """States that are learned from."""
    every: int = 10
    """Steps between those of one episode: neighbours teach the same."""
    rounds: int = 2
    """In the first, states are those of a disturbed expert; in later ones the planner itself leads it astray."""
    updates: int = 1_500
    batch_size: int = 48
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    warm_up: int = 100
    """Updates over which the learning rate rises."""
    gradient_clip: float = 5.0
    """Largest norm of the gradient."""
    seed: int = 0
    num_envs: int = 64
    """Worlds that states are collected in."""
    dt: float = 0.5
    """Between poses of a plan, as in the environment [s]."""
    extent: tuple[float, float, float, float] = (48.0, 16.0, 32.0, 32.0)
    """Of the occupancy, as in the environment [m]."""

    def __post_init__(self) -> None:
        check_types(self)
        check_known("handed", self.handed, HANDED)
        check_at_least_one(
            self,
            "modes",
            "width",
            "samples",
            "every",
            "rounds",
            "updates",
            "batch_size",
            "warm_up",
            "num_envs",
            "execute",
        )
        for name in ("plan_weight", "foresight_weight", "gap"):
            if getattr(self, name) < 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 0, got {getattr(self, name)}.")
        if not 0.0 <= self.through <= 1.0:
            raise ValueError(f"{type(self).__name__}.through: expected in [0, 1], got {self.through}.")
        if not 0.0 < self.boldness < 1.0:
            raise ValueError(f"{type(self).__name__}.boldness: expected in (0, 1), got {self.boldness}.")
        for name in ("learning_rate", "dt", "gradient_clip"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected > 0, got {getattr(self, name)}.")
