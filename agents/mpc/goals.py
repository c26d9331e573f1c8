"""What will be seen at the goal: on a grid seen whole all is as now, but that the agent is there."""

from collections.abc import Mapping

from jaxtyping import Shaped
from torch import Tensor

AGENT, GOAL = "agent", "goal"
PLACE = slice(0, 2)
AWAY = slice(2, 4)
"""Of `ego`: where the agent is, and how far from there the goal is."""


def goal_observation(
    observation: Mapping[str, Shaped[Tensor, "batch ..."]], channels: tuple[str, ...]
) -> dict[str, Tensor]:
    """The observation [batch ...] that a search for the goal is to lead to.

    Args:
        observation: Of grids, with the whole map in view.
        channels: Of its occupancy.
    """
    found = dict(observation)
    occupancy = observation["occupancy"].clone()
    occupancy[:, channels.index(AGENT)] = occupancy[:, channels.index(GOAL)]
    found["occupancy"] = occupancy
    if "ego" in found:
        ego = observation["ego"].clone()
        ego[:, PLACE] += ego[:, AWAY]
        ego[:, AWAY] = 0.0
        found["ego"] = ego
    return found
