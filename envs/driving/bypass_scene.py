"""How an episode of Bypass-v0 begins, and what it remembers."""

from typing import NamedTuple

import numpy as np

from envs.driving.config import STEP_SECONDS
from envs.driving.roads.bypass import MIDDLE, Layout
from envs.driving.state import RoadState

CLEAR = 20.0
"""No controlled vehicle begins in the middle lane so near to the standing one [m]."""


class BypassState(NamedTuple):
    """A `RoadState`, and who has passed."""

    worlds: np.ndarray  # WORLD [world]
    actors: np.ndarray  # ACTOR [world actor], the controlled ones first, the standing one last
    agents: np.ndarray  # AGENT [world agent]
    history: np.ndarray  # POSE [world frame actor]
    hits: np.ndarray  # uint8 [world agent actor]
    passed: np.ndarray  # int8 [world agent], the side on which the standing vehicle was passed: 1 left, -1 right, 0 not


def set_scene(state: RoadState, world: int, layout: Layout) -> None:
    """Let the controlled vehicles of a world that has just begun drive, and the last of its actors stand."""
    actors, agents = state.actors[world], state.agents[world]
    _set_off(actors[: len(agents)], agents, layout)
    _break_down(actors, layout)
    way = STEP_SECONDS * (1 + np.arange(state.history.shape[1]))[:, None] * actors["speed"]
    past = state.history[world]
    past["x"], past["y"] = actors["x"] - way * np.cos(actors["heading"]), actors["y"] - way * np.sin(actors["heading"])
    past["heading"], past["kind"] = actors["heading"], actors["kind"]


def _set_off(actors: np.ndarray, agents: np.ndarray, layout: Layout) -> None:
    """Who would stand in, or just before, the standing vehicle begins in the lane beside it."""
    actors["speed"] = agents["target_speed"] = layout.speed
    for k in np.flatnonzero(abs(agents["path_s"] - layout.stands_at) < CLEAR):
        side = 1.0 if k % 2 else -1.0
        agents["path_d"][k] = side * layout.width
        actors["x"][k], actors["y"][k], _ = layout.pose(float(agents["path_s"][k]), side * layout.width)


def _break_down(actors: np.ndarray, layout: Layout) -> None:
    """Traffic that has collided never moves again; this one wants to drive at no speed: it was nobody's fault."""
    actors[-1] = actors[0]
    standing = actors[-1]
    standing["x"], standing["y"], standing["heading"] = layout.pose(layout.stands_at)
    standing["length"], standing["width"] = layout.size
    standing["collided"], standing["speed"], standing["desired"] = 1, 0.0, 0.0
    standing["lane"], standing["lane_s"], standing["lane_d"] = MIDDLE, layout.stands_at, 0.0
    standing["plan"][:] = [MIDDLE] + [-1] * (len(standing["plan"]) - 1)
