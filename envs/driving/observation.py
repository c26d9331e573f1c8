"""What an agent on the road is shown: spaces, and arrays that kernels fill."""

import numpy as np
from gymnasium import spaces

from envs.core.fresh import FreshArrays
from envs.driving.config import RoadConfig
from envs.kernels.road_features import ACTOR_FEATURES, EGO_FEATURES, ROUTE_POINTS

EGO_HIGH = (100.0, 100.0, 2.0, 10.0, 100.0, 4.0, 100.0, 2000.0, 100.0, 100.0)
ROUTE_HIGH = (1000.0, 1000.0, 4.0)
ACTOR_HIGH = (2000.0, 2000.0, 1.0, 1.0, 100.0, 100.0, 100.0, 100.0, 1.0)


def observation_space(config: RoadConfig) -> spaces.Dict:
    """Space of one agent's observation, in the order of `config.observe`."""
    others = config.num_actors - 1
    known = {
        "occupancy": spaces.Box(0, 255, config.view_shape, np.uint8),
        "ego": _symmetric(EGO_HIGH),
        "route": _symmetric(ROUTE_HIGH * ROUTE_POINTS),
        "actors": _symmetric(ACTOR_HIGH * others),
        "actors_mask": spaces.Box(0.0, 1.0, (others,), np.float32),
    }
    return spaces.Dict({key: known[key] for key in observed_keys(config)})


def observed_keys(config: RoadConfig) -> list[str]:
    """Keys of the observation: `actors` comes with its mask."""
    return [key for name in config.observe for key in ((name, "actors_mask") if name == "actors" else (name,))]


def action_space(config: RoadConfig) -> spaces.Space:
    """Space of one agent's action."""
    if config.action == "continuous":
        return spaces.Box(-1.0, 1.0, (2,), np.float32)
    if config.action == "meta":
        return spaces.Discrete(5)
    reach = config.max_speed * config.trajectory_dt * config.horizon
    high = np.tile(np.array([reach, reach, 4.0], np.float32), (config.horizon, 1))
    return spaces.Box(-high, high, dtype=np.float32)


def _symmetric(high: tuple[float, ...]) -> spaces.Box:
    bound = np.array(high, np.float32)
    return spaces.Box(-bound, bound, dtype=np.float32)


class Views:
    """Arrays [world agent ...] for every key that kernels draw, taken anew for each observation."""

    def __init__(self, config: RoadConfig, num_worlds: int, num_agents: int) -> None:
        lead, others = (num_worlds, num_agents), config.num_actors - 1
        shapes = {
            "occupancy": (config.view_shape, np.uint8),
            "ego": ((len(EGO_FEATURES),), np.float32),
            "route": ((3 * ROUTE_POINTS,), np.float32),
            "actors": ((len(ACTOR_FEATURES) * others,), np.float32),
            "actors_mask": ((others,), np.float32),
        }
        keys = observed_keys(config)
        self._kept = {key: FreshArrays((*lead, *shape), kind) for key, (shape, kind) in shapes.items() if key in keys}
        self._empty = np.zeros((*lead, 0), np.float32)

    def take(self) -> dict[str, np.ndarray]:
        """An array for every key of the observation."""
        return {key: arrays.take() for key, arrays in self._kept.items()}

    def features(self, taken: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Those of `taken` as `draw_features` takes them: ego, route, actors, mask; without columns if not wanted."""
        get, empty = taken.get, self._empty
        return get("ego", empty), get("route", empty), get("actors", empty), get("actors_mask", empty)
