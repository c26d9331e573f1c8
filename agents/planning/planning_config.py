"""What everybody who plans trajectories learns from, and how a plan is driven."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from envs.core.arguments import check_types
from envs.core.naming import check_known

HANDED = ("plan", "step")


@dataclass(frozen=True, kw_only=True)
class PlanningConfig:
    """Shared by all whose actions are trajectories; each changes some defaults."""

    execute: int = 3
    """Steps that a plan is kept to before the next decision."""
    handed: str = "step"
    """What the controller is handed at every step: the rest of the `plan`, or what that does in the `step`, gone on
    with, which is then done to the point; see `agents.planning.onward`."""
    width: int = 24
    """Features of each patch of the view."""
    samples: int = 20_000
    """States that are learned from."""
    every: int = 5
    """Steps between those of one episode: neighbours teach the same."""
    rounds: int = 1
    """In the first, states are those of a disturbed expert; in later ones the planner itself leads it astray."""
    updates: int = 3_000
    batch_size: int = 32
    learning_rate: float = 1e-3
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
        if self.handed == "step" and self.execute < 2:
            # a plan begins with what is done already: of that alone nothing would ever change
            raise ValueError(f"{type(self).__name__}.execute: expected >= 2 where handed='step', got {self.execute}.")
        check_at_least_one(
            self, "width", "samples", "every", "rounds", "updates", "batch_size", "warm_up", "num_envs", "execute"
        )
        for name in ("learning_rate", "dt", "gradient_clip"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected > 0, got {getattr(self, name)}.")
