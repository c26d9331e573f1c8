"""What is kept of a moment of many worlds: what is seen, what is still to pay, and on roads where everybody is."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float32

from agents.experience.store import SEEN
from envs.core.batched import WorldVectorEnv
from envs.core.worlds import NO_AUTORESET
from envs.driving.state import RoadState
from envs.kernels.road_records import ABSENT


def moment_of(env: WorldVectorEnv, observation: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns [world ...] of a frame, by name; `observation` is of the same moment."""
    seen = {f"{SEEN}{key}": np.asarray(array) for key, array in observation.items()}
    return {**seen, "to_go": to_go(env), **_actors(env)}


def to_go(env: WorldVectorEnv) -> Float32[np.ndarray, " world"]:
    """Cost of a shortest path (inf: no way), or metres to the goal along the route; nan elsewhere."""
    worlds: Any = env.worlds
    if hasattr(worlds, "costs_to_go"):
        return worlds.costs_to_go()[:, 0].astype(np.float32)
    if not hasattr(worlds, "pool"):
        return np.full(env.num_envs, np.nan, np.float32)
    own = worlds.state.agents[:, 0]
    goal = worlds.pool.roads.routes[worlds.slot, own["route"]]["goal"]
    return np.maximum(goal - own["path_s"], 0.0).astype(np.float32)


def _actors(env: WorldVectorEnv) -> dict[str, np.ndarray]:
    state = getattr(env.worlds, "state", None)
    if not isinstance(state, RoadState):
        return {}
    actors = state.actors
    # Places that nobody has taken hold whoever was there in another episode.
    is_there = actors["kind"] != ABSENT
    is_there[:, 0] = True
    poses = np.stack((actors["x"], actors["y"], actors["heading"]), axis=-1)
    sizes = np.stack((actors["length"], actors["width"]), axis=-1).astype(np.float32)
    return {
        "poses": np.where(is_there[..., None], poses, 0.0),
        "kinds": actors["kind"].astype(np.int8),
        "lives": np.where(is_there, actors["lives"], 0),
        "sizes": np.where(is_there[..., None], sizes, np.float32(0.0)),
    }


def step_on(env: WorldVectorEnv, actions: np.ndarray) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray]:
    """Act in every world that is not over, the others stand still: (observation, reward, terminated, is over)."""
    worlds, output = env.worlds, env.worlds.output
    checked = worlds.check_actions(actions, (env.num_envs, *(env.single_action_space.shape or ())))
    worlds.step(checked[:, None], NO_AUTORESET)
    observation = {key: array[:, 0] for key, array in worlds.observation().items()}
    return observation, output.reward[:, 0].copy(), output.terminated[:, 0] == 1, output.is_over == 1
