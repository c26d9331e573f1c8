"""Arguments of a road world, checked as they come in."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar

import numpy as np

from envs.core.arguments import Arguments, check_argument, check_types
from envs.core.levels import SPLITS
from envs.core.naming import check_known
from envs.driving.presets import PRESETS
from envs.kernels.road_records import DRIVER_FIELDS, ROAD_RULES

OBSERVATIONS = ("occupancy", "ego", "route", "actors")
ACTIONS = ("continuous", "meta", "trajectory")
ON_COLLISION = ("end", "stop", "remove", "ignore")
ON_OFF_ROAD = ("end", "ignore")
STATIC_CHANNELS = ("drivable", "lane_boundary", "route", "stop", "crosswalk", "ego", "vehicles", "pedestrians")
STEP_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class RoadConfig(Arguments):
    """Arguments shared by every road environment; each family member changes some defaults.

    Metres, seconds, radians; one step is 0.1 s.
    """

    num_actors: int = 20
    """Places for moving bodies, controlled vehicles among them; the level's demand says how many are taken."""
    action: str = "continuous"
    """`continuous`: Box(-1, 1) [acceleration, steering]; `meta`: lane left, keep, lane right, faster, slower;
    `trajectory`: Box (horizon, 3) of poses (x, y, heading) in the ego frame, followed by a tracking controller."""
    observe: tuple[str, ...] = ("occupancy", "ego", "route")
    """Keys of the observation: `occupancy`, `ego` (motion and place on the route), `route` (points ahead), `actors`
    (the others, nearest first, and their mask)."""
    resolution: float = 1.0
    """Side of an occupancy cell [m]."""
    extent: tuple[float, float, float, float] = (48.0, 16.0, 32.0, 32.0)
    """How far the occupancy sees ahead, behind, to the left and to the right [m]."""
    history: int = 3
    """Past frames of the vehicles that the occupancy shows, 0.1 s apart."""
    on_collision: str = "end"
    """Of a controlled vehicle: `end` its episode; `stop`: it stays where it is; `remove`: its episode ends and it
    leaves the road; `ignore`: it drives on."""
    on_off_road: str = "end"
    """When a controlled vehicle's centre has left the road: `end` its episode or `ignore`."""
    repeat: int | None = None
    """Steps that an action lasts; None: 5 for `meta`, else 1."""
    horizon: int = 8
    """Poses of a trajectory action."""
    trajectory_dt: float = 0.5
    """Seconds between them."""
    speed_step: float = 2.5
    """By which the meta actions faster and slower change the target speed [m/s]."""
    max_acceleration: float = 6.0
    """Of action +1, and of -1 as braking [m/s^2]."""
    max_jerk: float = 20.0
    """[m/s^3]"""
    max_steering: float = 0.6
    """Angle of the front wheels [rad]."""
    max_steering_rate: float = 1.2
    """[rad/s]"""
    max_speed: float = 40.0
    """[m/s]"""
    substeps: int = 2
    """Integration steps of the bicycle in each step."""
    driver: str = "pdm"
    """Preset of the intelligent driver model by which `idm` drives: one of `envs.driving.presets.PRESETS`."""
    demand: float | None = None
    """Share of the places for traffic that are taken, in [0, 1]; None: drawn by level."""
    progress_weight: float = 1.0
    """Reward term `progress`: this times the share of the route gained in the step."""
    goal_weight: float = 1.0
    collision_weight: float = 1.0
    off_road_weight: float = 1.0
    comfort_weight: float = 0.0
    """Reward term `comfort`: minus this times the step's share of the bounds on acceleration and jerk exceeded."""
    duration: float = 40.0
    """Seconds until truncation."""
    max_steps: int | None = None
    """Steps (actions) until truncation; None: as many as `duration` has room for."""
    map_cell: float = 0.5
    """Side of the cells in which the map is kept [m]."""
    split: str = "train"
    """`train`, `validation`, `test` (disjoint), or `all`."""
    num_levels: int | None = None
    """Draw from the first so many levels of the split only."""

    family: ClassVar[tuple[str, ...]] = ()
    """Fields that the family's builder takes."""

    def __post_init__(self) -> None:
        check_types(self)
        check_known("action", self.action, ACTIONS)
        check_known("on_collision", self.on_collision, ON_COLLISION)
        check_known("on_off_road", self.on_off_road, ON_OFF_ROAD)
        check_known("driver", self.driver, PRESETS)
        check_known("split", self.split, (*SPLITS, "all"))
        for key in self.observe:
            check_known("observation", key, OBSERVATIONS)
        fits = len(self.observe) > 0 and len(set(self.observe)) == len(self.observe)
        check_argument("observe", self.observe, fits, "at least one key, none of them twice")
        check_argument("num_actors", self.num_actors, 1 <= self.num_actors <= 256, "1 to 256 actors")
        check_argument("history", self.history, 0 <= self.history <= 20, "0 to 20 frames")
        check_argument("resolution", self.resolution, 0.1 <= self.resolution <= 10, "0.1 to 10 m")
        check_argument("map_cell", self.map_cell, 0.1 <= self.map_cell <= 2, "0.1 to 2 m")
        fits = all(0 <= side <= 1e4 for side in self.extent) and all(4 <= side <= 512 for side in self.view_shape[1:])
        check_argument("extent", self.extent, fits, "lengths >= 0 that make 4 to 512 cells")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for name in ("progress_weight", "goal_weight", "collision_weight", "off_road_weight", "comfort_weight"):
            value = getattr(self, name)
            check_argument(name, value, isfinite(value) and value >= 0, "a finite number >= 0")
        limits = ("max_acceleration", "max_jerk", "max_steering_rate", "max_speed", "speed_step", "trajectory_dt")
        for name in limits:
            value = getattr(self, name)
            check_argument(name, value, isfinite(value) and 0 < value <= 1000, "a number in (0, 1000]")
        check_argument("max_steering", self.max_steering, 0 < self.max_steering <= 1.2, "an angle in (0, 1.2]")
        for name in ("repeat", "num_levels", "max_steps"):
            value = getattr(self, name)
            check_argument(name, value, value is None or 1 <= value < 2**32, "None or a whole number in [1, 2**32)")
        check_argument("duration", self.duration, 0.1 <= self.duration <= 1e6, "0.1 to 1e6 seconds")
        check_argument("horizon", self.horizon, 2 <= self.horizon <= 64, "2 to 64 poses")
        check_argument("substeps", self.substeps, 1 <= self.substeps <= 100, "1 to 100")
        fits = self.demand is None or 0 <= self.demand <= 1
        check_argument("demand", self.demand, fits, "None or a share in [0, 1]")
        fits = self.action != "trajectory" or self.repeat in (None, 1)
        check_argument("repeat", self.repeat, fits, "None or 1 where action='trajectory'")

    @property
    def steps_per_action(self) -> int:
        """`repeat`, or its default."""
        return self.repeat or (5 if self.action == "meta" else 1)

    @property
    def step_limit(self) -> int:
        """`max_steps`, or its default."""
        return self.max_steps or max(1, round(self.duration / (STEP_SECONDS * self.steps_per_action)))

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the occupancy channels; `vehicles_2` is where the vehicles were two steps ago."""
        return (*STATIC_CHANNELS, *(f"vehicles_{k + 1}" for k in range(self.history)))

    @property
    def view_shape(self) -> tuple[int, int, int]:
        """(channels, rows, cols) of the occupancy."""
        ahead, behind, left, right = self.extent
        rows, cols = round((ahead + behind) / self.resolution), round((left + right) / self.resolution)
        return len(self.channels), rows, cols

    @property
    def builder_arguments(self) -> dict[str, Any]:
        """What the family's builder is told."""
        return {name: getattr(self, name) for name in self.family}

    def rules(self, num_agents: int, level_low: int, level_count: int) -> np.ndarray:
        """The same as an array of the one record that kernels read."""
        table = np.zeros(1, ROAD_RULES)
        rules = table[0]
        for name in (
            *("substeps", "max_acceleration", "max_jerk", "max_steering", "max_steering_rate"),
            *("max_speed", "horizon", "trajectory_dt", "speed_step", "resolution", "history"),
            *("progress_weight", "goal_weight", "collision_weight", "off_road_weight", "comfort_weight"),
        ):
            rules[name] = getattr(self, name)
        rules.num_agents, rules.level_low, rules.level_count = num_agents, level_low, level_count
        rules.dt, rules.steps_per_action = STEP_SECONDS, self.steps_per_action
        rules.max_steps = self.step_limit * self.steps_per_action
        rules.action = ACTIONS.index(self.action)
        rules.on_collision = ON_COLLISION.index(self.on_collision)
        rules.on_off_road = 0 if self.on_off_road == "end" else 3
        rules.rows, rules.cols = self.view_shape[1:]
        rules.ahead, _, rules.left, _ = self.extent
        rules.reactive = getattr(self, "traffic", "replay") == "reactive"
        rules.sees_occupancy = "occupancy" in self.observe
        for name, _ in DRIVER_FIELDS:
            rules[f"preset_{name}"] = getattr(PRESETS[self.driver], name)
        return table
