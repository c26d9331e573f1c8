"""GridNav: scattered obstacles by the recipe of value iteration networks."""

from typing import ClassVar

from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds


class GridNav(GridWorlds):
    """Reach the goal between scattered obstacles; Tamar et al., *Value Iteration Networks* (NeurIPS 2016).

    Eight moves, diagonals cost sqrt(2) and may cut corners. Sizes 8, 16 and 28 follow the original recipe
    exactly; others interpolate it.
    """

    Config: ClassVar[type[GridConfig]] = GridConfig
