"""What an agent of a grid world sees besides the occupancy: where it is, where its goal is, where others are."""

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from envs.gridworld.config import GridConfig
from envs.gridworld.state import GridState


def observation_space(config: GridConfig) -> spaces.Dict:
    """Space of one agent's observation, in the order of `config.observe`."""
    others = config.num_actors - 1
    known = {
        "occupancy": spaces.MultiBinary(config.view_shape),
        "ego": spaces.Box(-1.0, 1.0, (4,), np.float32),
        "actors": spaces.Box(-1.0, 1.0, (2 * others,), np.float32),
        "actors_mask": spaces.Box(0.0, 1.0, (others,), np.float32),
    }
    keys = [key for name in config.observe for key in ((name, "actors_mask") if name == "actors" else (name,))]
    return spaces.Dict({key: known[key] for key in keys})


def ego_features(state: GridState, num_agents: int) -> Float32[np.ndarray, "world agent 4"]:
    """(row, col, rows to the goal, cols to the goal), in widths of the longer side."""
    side = float(max(state.blocked.shape[1:]))
    cell, goal = state.cell[:, :num_agents], state.goal[:, :num_agents]
    return np.concatenate([cell / side, (goal - cell) / side], axis=-1).astype(np.float32)


def actor_features(state: GridState, num_agents: int) -> Float32[np.ndarray, "world agent coordinate"]:
    """(rows, cols) from each agent to every other actor in turn, in widths of the longer side; 0 for those who left.

    One vector: stable-baselines3 takes arrays with more axes for pictures.
    """
    side = float(max(state.blocked.shape[1:]))
    away = (state.cell[:, None] - state.cell[:, :num_agents, None]) / side
    others = _without_self(np.where(state.active[:, None, :, None] == 1, away, 0.0)).astype(np.float32)
    return others.reshape(*others.shape[:2], -1)


def actor_mask(state: GridState, num_agents: int) -> Float32[np.ndarray, "world agent other"]:
    """1 for every other actor that is still on the grid."""
    present = np.broadcast_to(state.active[:, None], (len(state.active), num_agents, state.active.shape[1]))
    return _without_self(present).astype(np.float32)


def _without_self(per_actor: np.ndarray) -> np.ndarray:
    """Drop each agent's own entry from [world agent actor ...]."""
    num_agents, num_actors = per_actor.shape[1:3]
    others = np.array([[a for a in range(num_actors) if a != agent] for agent in range(num_agents)], np.int64)
    agents = np.arange(num_agents)[:, None]
    return per_actor[:, agents, others]
