"""What to want where the model foresees the verdict itself: the oracle with ``reward="score"``."""

from world_models.costs.cost import Cost
from world_models.costs.grid_costs import Reward
from world_models.costs.road_costs import CentreLine, Progress
from world_models.spec import Spec


def judged_cost(spec: Spec, *, centre: float = 0.01, progress: float = 0.02) -> Cost:
    """The score that the plan leaves within reach; and, far below what it is made of, to drive, and in the lane.

    A plan looks a few seconds ahead: without the latter the ego cuts corners where that is free, and is found across
    somebody's way when it no longer is.

    Raises:
        ValueError: a model that is not of roads, or foresees no reward.
    """
    extent = spec.extent
    if extent is None or "reward" not in spec.heads:
        raise ValueError(f"judged_cost: expected a model of roads with the head 'reward', it has {list(spec.heads)}.")
    return Reward() + centre * CentreLine(extent=extent) + progress * Progress(extent=extent, dt=spec.dt)
