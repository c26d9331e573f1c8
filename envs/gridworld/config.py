"""Arguments of a grid world, checked as they come in."""

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np

from envs.core.arguments import Arguments, check_argument, check_types
from envs.core.levels import SPLITS
from envs.core.naming import check_known
from envs.kernels.grid_moves import GRID_RULES
from envs.kernels.grid_recipes import RECIPES

OBSERVATIONS = ("occupancy", "ego", "actors")
GENERATORS = tuple(name for name in RECIPES if name not in ("map", "fork"))
TIE_BREAKS = ("first", "vin", "coin")
VIN_SIZES = {"side": (8, 16, 28), "max_obstacles": (30, 40, 50), "max_obstacle_size": (0, 1, 2)}


@dataclass(frozen=True, kw_only=True)
class GridConfig(Arguments):
    """Arguments shared by every grid environment; each family member changes some defaults.

    Lengths and sizes are in cells. Moves cost their length (1 or `diagonal_cost`) times the cost of the terrain
    entered; staying, whether waiting or after a collision, costs 1.
    """

    size: int | tuple[int, int] = 16
    """Side, or (rows, cols)."""
    generator: str = "vin"
    """How levels are drawn: one of `GENERATORS`."""
    density: float = 0.2
    """Share of blocked cells, for the generators `uniform` and `terrain`."""
    openings: float = 0.1
    """Probability that an inner wall of a maze opens, or that a wall between rooms has a second door."""
    connectivity: int = 8
    """4 or 8 moves, in the order N, S, E, W, NE, NW, SE, SW."""
    diagonal_cost: float = sqrt(2.0)
    """Cost of a diagonal move: sqrt(2), or 1 as in GPPN and MP."""
    corner_cutting: str = "allow"
    """`allow`: a diagonal may pass blocked orthogonal neighbours (VIN); `forbid`: both must be free (MovingAI)."""
    slip: float = 0.0
    """Probability that a move turns to a neighbouring direction, left or right with equal chance."""
    on_collision: str = "stay"
    """`stay` where a move is refused, or `terminate` the episode."""
    wait: bool = False
    """Whether the last action is to wait."""
    view: str = "full"
    """`full` map, or `egocentric` window."""
    radius: int = 5
    """Of the egocentric window [cells]; its side is 2 radius + 1."""
    occlusion: bool = False
    """Whether obstacles hide what lies behind them (egocentric; hidden cells show in the channel `unknown`)."""
    observe: tuple[str, ...] = ("occupancy",)
    """Keys of the observation: `occupancy`, `ego` (place and way to the goal), `actors` (others and their mask)."""
    num_actors: int = 1
    """Moving bodies, the agent among them."""
    terrain_costs: tuple[float, ...] = ()
    """Cost of each semantic class, for the generator `terrain`; the observation shows classes, never costs."""
    terrain_names: tuple[str, ...] = ()
    """Names of the classes, and of their channels; empty: terrain_0, terrain_1, ..."""
    goal_reward: float = 1.0
    path_weight: float = 0.01
    """Reward term `path` is -path_weight times the cost of the step."""
    collision_weight: float = 0.05
    max_steps: int | None = None
    """Steps until truncation; None: room for a path several times as long as the map is wide."""
    split: str = "train"
    """`train`, `validation`, `test` (disjoint), or `all`."""
    num_levels: int | None = None
    """Draw from the first so many levels of the split only."""
    tie_break: str = "first"
    """Which of several optimal moves the oracle takes: the `first`, the one of the `vin` data, or a side
    of the way to the goal by a `coin` of the episode."""

    def __post_init__(self) -> None:
        check_types(self)
        check_known("generator", self.generator, self.generators())
        check_known("connectivity", self.connectivity, (4, 8))
        check_known("corner_cutting", self.corner_cutting, ("allow", "forbid"))
        check_known("on_collision", self.on_collision, ("stay", "terminate"))
        check_known("view", self.view, ("full", "egocentric"))
        check_known("split", self.split, (*SPLITS, "all"))
        check_known("tie_break", self.tie_break, TIE_BREAKS)
        for key in self.observe:
            check_known("observation", key, OBSERVATIONS)
        rows, cols = self.shape
        check_argument(
            "size", self.size, min(rows, cols) >= 5 and max(rows, cols) <= 1024, "sides from 5 to 1024 cells"
        )
        check_argument("observe", self.observe, "occupancy" in self.observe, "a tuple with 'occupancy' in it")
        for name in ("density", "openings", "slip"):
            check_argument(name, getattr(self, name), 0.0 <= getattr(self, name) <= 1.0, "a probability in [0, 1]")
        check_argument("diagonal_cost", self.diagonal_cost, 1.0 <= self.diagonal_cost <= 2.0, "a cost in [1, 2]")
        check_argument("radius", self.radius, 1 <= self.radius <= 256, "1 to 256 cells")
        check_argument("num_actors", self.num_actors, 1 <= self.num_actors <= 1024, "1 to 1024 actors")
        check_argument("slip", self.slip, self.slip == 0 or self.path_weight > 0, "0 where path_weight is 0")
        check_argument(
            "tie_break", self.tie_break, self.slip == 0 or self.tie_break != "vin", "'first' or 'coin' where moves slip"
        )
        for name in ("goal_reward", "path_weight", "collision_weight"):
            value = getattr(self, name)
            check_argument(name, value, isfinite(value) and value >= 0, "a finite number >= 0")
        for name in ("max_steps", "num_levels"):
            value = getattr(self, name)
            check_argument(name, value, value is None or 1 <= value < 2**32, "None or a whole number in [1, 2**32)")
        costs = self.terrain_costs
        check_argument("terrain_costs", costs, all(isfinite(cost) and cost > 0 for cost in costs), "finite costs > 0")
        needed = 1 <= len(costs) <= 255 if self.generator == "terrain" else not costs
        check_argument("terrain_costs", costs, needed, "one per class with generator='terrain', none with others")
        names = self.terrain_names
        check_argument(
            "terrain_names", names, not names or len(names) == len(costs), f"one per class of terrain_costs {costs}"
        )
        channels = self.channels
        check_argument(
            "terrain_names", names, len(set(channels)) == len(channels), f"names that differ in channels {channels}"
        )
        check_argument(
            "occlusion",
            self.occlusion,
            not self.occlusion or self.view == "egocentric",
            "False in the full view",
        )

    @classmethod
    def generators(cls) -> tuple[str, ...]:
        """What `generator` may be."""
        return GENERATORS

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return (self.size, self.size) if isinstance(self.size, int) else self.size

    @property
    def num_actions(self) -> int:
        """Moves, and waiting where it is an action."""
        return self.connectivity + int(self.wait)

    @property
    def step_limit(self) -> int:
        """`max_steps`, or its default: mazes wind through half their cells, other maps are crossed in a few widths."""
        rows, cols = self.shape
        return self.max_steps or max(4 * (rows + cols), rows * cols // 2 if self.generator == "maze" else 0)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the terrain classes."""
        return self.terrain_names or tuple(f"terrain_{k}" for k in range(len(self.terrain_costs)))

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the occupancy channels."""
        terrain = self.class_names
        others = ("others",) if self.num_actors > 1 else ()
        return ("obstacle", "goal", "agent", *terrain, *others, *(("unknown",) if self.occlusion else ()))

    @property
    def view_shape(self) -> tuple[int, int, int]:
        """(channels, rows, cols) of the occupancy."""
        side = 2 * self.radius + 1
        return (len(self.channels), *(self.shape if self.view == "full" else (side, side)))

    @property
    def min_reachable(self) -> int:
        """Cells that must be able to reach the first goal: room for every start and goal."""
        return 2 * self.num_actors

    def rules(self, num_agents: int, level_low: int, level_count: int) -> np.record:
        """The same as the record that kernels read."""
        rules = np.rec.array(np.zeros(1, GRID_RULES))[0]
        rules.num_moves = self.connectivity
        rules.diagonal_cost = self.diagonal_cost
        rules.corner_cutting = self.corner_cutting == "allow"
        rules.slip = self.slip
        rules.crash = self.on_collision == "terminate"
        rules.goal_reward = self.goal_reward
        rules.path_weight = self.path_weight
        rules.collision_weight = self.collision_weight
        rules.max_steps = self.step_limit
        rules.tie_break = TIE_BREAKS.index(self.tie_break)
        rules.num_agents = num_agents
        rules.radius = self.radius if self.view == "egocentric" else -1
        rules.occlusion = self.occlusion
        rules.num_classes = len(self.terrain_costs)
        rules.recipe = RECIPES.index(self.generator)
        side = sqrt(self.shape[0] * self.shape[1])
        rules.max_obstacles = vin_recipe(side)[0]
        rules.max_obstacle_size = vin_recipe(side)[1]
        rules.density = self.density
        rules.openings = self.openings
        rules.level_low = level_low
        rules.level_count = level_count
        rules.min_reachable = self.min_reachable
        return rules


def vin_recipe(side: float) -> tuple[int, int]:
    """(obstacle attempts, obstacle size) of the VIN recipe: its three sizes exactly, others in between.

    Beyond 28 cells the number of attempts grows with the area, which keeps the share of blocked cells.
    """
    attempts = float(np.interp(side, VIN_SIZES["side"], VIN_SIZES["max_obstacles"]))
    size = int(np.searchsorted(VIN_SIZES["side"], side, side="right")) - 1
    return round(attempts * max(1.0, side / 28) ** 2), max(0, min(size, 2))
