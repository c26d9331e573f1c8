"""What a planner of cost volumes learns from, how, and what it then drives."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from agents.planning.negatives import KINDS
from agents.planning.planner_fitting import LOSSES
from envs.core.arguments import check_types
from envs.core.naming import check_known

HANDED = ("plan", "step")


@dataclass(frozen=True, kw_only=True)
class MaxMarginConfig:
    """What is learned from, how, and what is then driven."""

    loss: str = "max-margin"
    """`max-margin`, `classification`, `maximum-entropy`: see `agents.planning.losses`; or `soft-classification`, whose
    labels are the candidates themselves, the likelier the smaller their task loss."""
    reduce: str = "time"
    """Whether the margin is asked for at each `time`, or of the whole (`scalar`)."""
    negatives: str = "samples"
    """What is added to the sampler's candidates: nothing, or ends of `langevin` chains, or of `coordinates` redrawn."""
    collision: float = 5.0
    """Task loss of hitting somebody, for each pose [m]."""
    far: float = 5.0
    """No pose is further than this from the expert's, in the task loss [m]."""
    off_road: float = 0.0
    """Task loss of leaving the road, for each pose at which the expert does not [m]."""
    occupancy_weight: float = 1.0
    """Of the cross-entropy of future occupancy."""
    places: tuple[float, ...] = (0.0, -0.7, 0.7, -3.5, 3.5)
    """Where, to the left of the path, there are candidates [m]; those beside it leave narrow roads in curves."""
    refine: int = 0
    """Steps of descent on the chosen trajectory."""
    execute: int = 3
    """Steps that a plan is kept to before the next decision."""
    handed: str = "plan"
    """What the controller is handed at every step: the rest of the `plan`, or what that does in the `step`, gone on
    with, which is then done to the point; see `agents.planning.onward`."""
    width: int = 24
    """Features of each patch of the view."""
    samples: int = 20_000
    """States that are learned from."""
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
        check_known("loss", self.loss, LOSSES)
        check_known("reduction", self.reduce, ("time", "scalar"))
        check_known("kind of negatives", self.negatives, KINDS)
        check_known("handed", self.handed, HANDED)
        if self.handed == "step" and self.execute < 2:
            # a plan begins with what is done already: of that alone nothing would ever change
            raise ValueError(f"{type(self).__name__}.execute: expected >= 2 where handed='step', got {self.execute}.")
        if len(self.places) == 0:
            raise ValueError(f"{type(self).__name__}.places: expected one place at least, got none.")
        check_at_least_one(
            self, "width", "samples", "rounds", "updates", "batch_size", "warm_up", "num_envs", "execute"
        )
        for name in ("collision", "far", "off_road", "occupancy_weight", "refine"):
            if getattr(self, name) < 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 0, got {getattr(self, name)}.")
        for name in ("learning_rate", "dt", "gradient_clip"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected > 0, got {getattr(self, name)}.")
