"""What a planner of cost volumes learns from, how, and what it then drives."""

from dataclasses import dataclass

from agents.planning.negatives import KINDS
from agents.planning.planner_fitting import LOSSES
from agents.planning.planning_config import PlanningConfig
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class MaxMarginConfig(PlanningConfig):
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
    handed: str = "plan"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("loss", self.loss, LOSSES)
        check_known("reduction", self.reduce, ("time", "scalar"))
        check_known("kind of negatives", self.negatives, KINDS)
        if len(self.places) == 0:
            raise ValueError(f"{type(self).__name__}.places: expected one place at least, got none.")
        for name in ("collision", "far", "off_road", "occupancy_weight", "refine"):
            if getattr(self, name) < 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 0, got {getattr(self, name)}.")
