"""What to want where nobody says."""

import math

from world_models.costs.cost import Cost
from world_models.costs.grid_costs import CellToGo, LatentGoal, Reward, ToGo
from world_models.costs.occupancy_costs import OccupancyCollision, OnRoad, TimeToCollision
from world_models.costs.road_costs import CentreLine, Comfort, Progress, SpeedLimit
from world_models.costs.until_goal import UntilGoal
from world_models.spec import Spec

EIGHT_MOVES = (1.0,) * 4 + (math.sqrt(2.0),) * 4
"""What the moves of a grid of eight cost, in their order."""


def default_cost(spec: Spec) -> Cost:
    """On roads: drive the route, and hit nobody. On grids: reach the goal, by what the model foresees of it.

    Raises:
        ValueError: a model with no head to judge a future by.
    """
    return road_cost(spec) if spec.extent is not None else grid_cost(spec)


def grid_cost(spec: Spec) -> Cost:
    """The way left if that is foreseen, else reward, else the way from the agent's cell, else the goal's latent.

    Of eight choices the last four are taken for diagonal moves, which cost sqrt(2).
    """
    prices = EIGHT_MOVES if spec.actions.is_discrete and spec.actions.size == len(EIGHT_MOVES) else None
    if "to_go" in spec.heads:
        return ToGo(prices=prices)
    if "reward" in spec.heads:
        return Reward()
    if "cell" in spec.heads and {"obstacle", "goal"} <= set(spec.foreseen):
        obstacle, goal = (spec.foreseen.index(name) for name in ("obstacle", "goal"))
        return CellToGo(prices=prices, obstacle=obstacle, goal=goal, moves=4 if spec.actions.size < 8 else 8)
    if "latent" in spec.heads:
        return LatentGoal()
    raise ValueError(
        f"default_cost: expected a head 'to_go', 'reward', 'cell' or 'latent', the model has {list(spec.heads)}."
    )


def road_cost(
    spec: Spec,
    *,
    collision: float = 10.0,
    time_to_collision: float = 5.0,
    off_road: float = 20.0,
    progress: float = 2.0,
    centre: float = 1.0,
    speed_limit: float = 4.0,
    comfort: float = 1.5,
) -> Cost:
    """Weighted sum, up to the goal; a model that foresees nobody is asked for nobody.

    The weights are those, of five sets, with which planning in the simulator itself scored most on validation levels
    of `Intersection`: nearly all that is to be had there, so that what a model loses with them is its own.

    Raises:
        ValueError: a spec of grids, or one without the head `ego`.
    """
    extent, dt = spec.extent, spec.dt
    if extent is None or "ego" not in spec.heads:
        raise ValueError(f"road_cost: expected a model of roads with the head 'ego', it has {list(spec.heads)}.")
    cost = (
        off_road * OnRoad(extent=extent)
        + progress * Progress(extent=extent, dt=dt)
        + centre * CentreLine(extent=extent)
        + speed_limit * SpeedLimit()
        + comfort * Comfort(dt=dt)
    )
    if "occupancy" in spec.heads:
        others = collision * OccupancyCollision(extent=extent) + time_to_collision * TimeToCollision(
            extent=extent, dt=dt
        )
        cost = others + cost
    return UntilGoal(cost=cost, extent=extent)
