"""What is read off simulated roads: motions, poses, pictures of them, and what the score would be."""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from envs.core.worlds import Worlds
from envs.driving.config import STEP_SECONDS
from envs.driving.future import Scene, Window, backward_flow, future_occupancy
from envs.kernels.road_records import ABSENT
from envs.kernels.road_score import OVERSPEED, PROGRESS_FLOOR
from world_models.rollout import Rollout
from world_models.simulation import Notes, Simulation

Run = Callable[[dict[str, Tensor], Tensor, Callable[[Worlds], Notes]], Notes]
HOPE = 0.9
"""Share of the way that is left which counts as made while the episode goes on []."""


class SimulatedRoads:
    """The oracle's heads on roads. Nothing is drawn before it is asked for."""

    changes: ClassVar[dict[str, Any]] = {"observe": ("ego",)}

    @staticmethod
    def heads_of(env: Any) -> tuple[str, ...]:
        """Of `HEADS`."""
        return ("occupancy", "flow", "ego", "actors", "reward", "continuation", "to_go")

    @staticmethod
    def begin(simulation: Simulation, parts: dict[str, Tensor]) -> Notes:
        """Nothing that the state would not tell."""
        return {}

    @staticmethod
    def look(worlds: Any) -> Notes:
        """Where everybody is; actor 0 is the ego."""
        return {**_whereabouts(worlds.state.actors), "to_go": _to_go(worlds), "score": _score(worlds.state)}

    @staticmethod
    def gains(simulation: Simulation, parts: dict[str, Tensor], found: Notes) -> np.ndarray:
        """By how much every step changes the score [batch candidate horizon]."""
        before = _score(simulation.state_of(parts))[:, None, None]
        scores = found["score"]
        return np.diff(scores, axis=2, prepend=np.broadcast_to(before, (*scores.shape[:2], 1)))

    @staticmethod
    def decode(simulation: Simulation, rollout: Rollout, key: str, run: Run) -> np.ndarray:
        """[batch candidate horizon ...]"""
        found = {name: part[:, :, 0].numpy() for name, part in rollout.parts.items()}
        if key == "to_go":
            return found["to_go"].astype(np.float32)
        now = _whereabouts(simulation.state_of(rollout.start.parts).actors)
        if key == "ego":
            own = _seen_from(now["poses"][:, 0], found["poses"][:, :, :, :1])[..., 0, :]
            return np.concatenate([own, found["motion"]], -1).astype(np.float32)
        if key == "actors":
            return _others(now, found)
        return _pictures(simulation.bound.config, now, found, key)


def _whereabouts(actors: np.ndarray) -> Notes:
    """Of actors [world actor]."""
    ego = actors[:, 0]
    return {
        "poses": np.stack((actors["x"], actors["y"], actors["heading"]), -1),
        "motion": np.stack((ego["speed"], ego["acceleration"], ego["steering"]), -1),
        "sizes": np.stack((actors["length"], actors["width"]), -1),
        "kinds": actors["kind"].copy(),
        "lives": actors["lives"].copy(),
    }


def _to_go(worlds: Any) -> np.ndarray:
    """Metres to the goal along the route, [world]."""
    own = worlds.state.agents[:, 0]
    return np.maximum(worlds.pool.roads.routes["goal"][worlds.slot, own["route"]] - own["path_s"], 0.0)


def _score(state: Any) -> np.ndarray:
    """The score `nuplan-like-1` (see `envs.kernels.road_score`) that may still be reached, [world].

    With `HOPE` less than 1, to drive on is better than to wait; near 1, to wait is better than to end where one is.
    """
    own, seconds = state.agents[:, 0], np.maximum(state.worlds["steps"] * STEP_SECONDS, STEP_SECONDS)
    made, wanted = own["furthest_s"] - own["begin_s"], own["expert_progress"]
    share = np.minimum(np.maximum(made, PROGRESS_FLOOR) / np.maximum(wanted, PROGRESS_FLOOR), 1.0)
    share = np.where(own["active"] == 1, share + HOPE * (1.0 - share), share)
    progress = np.where(wanted < 0.0, 1.0, share)
    slow = np.maximum(1.0 - own["overspeed"] / (OVERSPEED * seconds), 0.0)
    weighted = (5.0 * own["ttc"] + 5.0 * progress + 4.0 * slow + 2.0 * own["comfort"]) / 16.0
    return own["safety"] * own["direction"] * (1.0 - own["off_road"]) * weighted


def _seen_from(origin: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """Poses [batch candidate horizon actor 3] in the frame of `origin` [batch 3]."""
    x, y, heading = np.moveaxis(poses - origin[:, None, None, None], -1, 0)
    cos, sin = (f(origin[:, 2])[:, None, None, None] for f in (np.cos, np.sin))
    return np.stack((x * cos + y * sin, y * cos - x * sin, np.arctan2(np.sin(heading), np.cos(heading))), -1)


def _others(now: Notes, found: Notes) -> np.ndarray:
    """Poses of the others, nearest first as the observation lists them; who has left stays where it was last."""
    place, origin = now["poses"][:, 1:, :2], now["poses"][:, :1, :2]
    squared = np.where(now["kinds"][:, 1:] == ABSENT, np.inf, ((place - origin) ** 2).sum(-1))
    order = 1 + np.argsort(squared, axis=1, kind="stable")
    same = (found["kinds"] == now["kinds"][:, None, None]) & (found["lives"] == now["lives"][:, None, None])
    stays = np.logical_and.accumulate(same, axis=2)
    # frame 0 is now; who has left is read at the last frame that still showed it
    last = np.cumsum(stays, axis=2)
    start = np.broadcast_to(now["poses"][:, None, None], (*found["poses"].shape[:2], 1, *now["poses"].shape[1:]))
    frames = np.concatenate([start, found["poses"]], 2)
    kept = np.take_along_axis(frames, last[..., None].astype(np.int64), axis=2)
    seen = _seen_from(now["poses"][:, 0], kept)
    return np.take_along_axis(seen, order[:, None, None, :, None], axis=3).astype(np.float32)


def _pictures(config: Any, now: Notes, found: Notes, key: str) -> np.ndarray:
    """Occupancy or flow of everybody but the ego, seen from where it is now."""
    window = Window(config.resolution, tuple(config.extent))
    pictures = []
    for row in range(len(now["poses"])):
        seen_from = tuple(now["poses"][row, 0].tolist())
        # One scene holds all candidates one after the other, each behind a frame of now.
        parts = {name: _frames(now[name][row], found[name][row]) for name in ("kinds", "poses", "sizes", "lives")}
        candidates, frames = parts["kinds"].shape[:2]
        scene = Scene(**{name: part.reshape(candidates * frames, *part.shape[2:]) for name, part in parts.items()})
        scene = scene.without(0)
        if key == "occupancy":
            drawn = future_occupancy(scene, seen_from=seen_from, window=window)
        else:
            dt = STEP_SECONDS * config.steps_per_action
            drawn = backward_flow(scene, seen_from=seen_from, window=window, dt=dt)
        first = np.zeros_like(drawn[:1])
        drawn = np.concatenate([first, drawn]).reshape(candidates, frames, *drawn.shape[1:])
        pictures.append(drawn[:, 1:].astype(np.float32))
    return np.stack(pictures)


def _frames(now: np.ndarray, found: np.ndarray) -> np.ndarray:
    """[candidate 1+horizon ...]"""
    return np.concatenate([np.broadcast_to(now, (len(found), 1, *now.shape)), found], 1)
