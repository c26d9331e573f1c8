"""Paths that an expert took over maps: from an environment's training levels, or from a store of episodes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from jaxtyping import Bool, Float64, Int64

from agents.agent import Agent
from agents.inverse_rl.ground import NOWHERE, Ground
from agents.labelling import Expert
from envs.core.batched import vector_like
from envs.episodes import EpisodeStore
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW

MOVE_AT = np.full((3, 3), -1)
MOVE_AT[MOVE_ROW + 1, MOVE_COL + 1] = np.arange(8)
"""The move that goes so many rows and columns, plus one each."""
BATCH = 64
"""Worlds side by side."""


@dataclass(frozen=True)
class Demonstrations:
    """Paths from cell to cell, each on a map of its own; one that was cut short leads to where it was cut."""

    ground: Ground
    """The maps; their goals are where the paths ended, their agents stand where they began."""
    paths: Int64[np.ndarray, "batch time"]
    """Cells along each path, filled up with the last."""

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def num_moves(self) -> int:
        """Moves made in all of them."""
        return int((self.paths[:, 1:] != self.paths[:, :-1]).sum())

    def lengths(self, lengths: Float64[np.ndarray, " move"], num_classes: int) -> Float64[np.ndarray, "batch class"]:
        """How far each path goes over ground of each class: its features."""
        return path_lengths(self.ground, self.paths, lengths, num_classes)

    def shown(self, num_classes: int) -> Bool[np.ndarray, " class"]:
        """Which classes of ground lie anywhere on the maps."""
        return np.bincount(self.ground.classes[~self.ground.blocked], minlength=num_classes) > 0

    def first(self, count: int) -> "Demonstrations":
        """The first so many."""
        return Demonstrations(self.ground.of(np.arange(count)), self.paths[:count])


def path_lengths(
    ground: Ground, paths: Int64[np.ndarray, "batch time"], lengths: Float64[np.ndarray, " move"], num_classes: int
) -> Float64[np.ndarray, "batch class"]:
    """How far paths go over ground of each class; a cell that is repeated at once counts nothing.

    Raises:
        ValueError: a path that jumps.
    """
    num_cols = ground.blocked.shape[2]
    rows, cols = np.diff(paths // num_cols, axis=1), np.diff(paths % num_cols, axis=1)
    if (np.maximum(abs(rows), abs(cols)) > 1).any():
        where = int(np.argwhere(np.maximum(abs(rows), abs(cols)) > 1)[0, 0])
        raise ValueError(f"Path {where} jumps: expected each cell next to the one before it.")
    move = MOVE_AT[rows + 1, cols + 1]
    length = np.where(move >= 0, lengths[np.clip(move, 0, len(lengths) - 1)], 0.0)
    entered = np.take_along_axis(ground.classes.reshape(len(paths), -1), paths[:, 1:], axis=1)
    return np.stack([np.where(entered == k, length, 0.0).sum(axis=1) for k in range(num_classes)], axis=1)


def demonstrate(env: Any, *, count: int, seed: int = 0, expert: Agent | None = None) -> Demonstrations:
    """The expert's (None: the oracle's) ways over `count` training levels that `seed` draws; of fewer, the first ones.

    Raises:
        ValueError: an environment that shows windows and not maps.
    """
    if getattr(env.unwrapped.config, "view", None) != "full":
        raise ValueError("Inverse RL learns from paths over maps: it needs a grid environment with view='full'.")
    levels = _draw_levels(env, count, seed)
    parts = [_play(env, levels[first : first + BATCH], seed, expert) for first in range(0, count, BATCH)]
    return gathered(
        [occupancy for part in parts for occupancy in part[0]], [path for part in parts for path in part[1]]
    )


def read_store(store: EpisodeStore, *, count: int) -> Demonstrations:
    """The first `count` recorded episodes, all of them where there are fewer."""
    maps, paths = [], []
    for index in range(min(count, store.num_episodes)):
        occupancy = store.episode(index)["observations"]["occupancy"]
        maps.append(np.asarray(occupancy[0]))
        paths.append(Ground.of_occupancy(np.asarray(occupancy)).agent)
    return gathered(maps, paths)


def gathered(maps: list[np.ndarray], paths: list[np.ndarray]) -> Demonstrations:
    """Demonstrations of maps (occupancy) and paths (cells) that actually go somewhere.

    Raises:
        ValueError: none does.
    """
    kept = [k for k, path in enumerate(paths) if path.min() > NOWHERE and path[0] != path[-1]]
    if not kept:
        raise ValueError(f"None of {len(paths)} demonstrations goes anywhere: there is nothing to learn from.")
    longest = max(len(paths[k]) for k in kept)
    filled = np.stack([np.pad(paths[k], (0, longest - len(paths[k])), mode="edge") for k in kept])
    seen = Ground.of_occupancy(np.stack([maps[k] for k in kept]))
    return Demonstrations(Ground(seen.blocked, seen.classes, filled[:, -1].copy(), filled[:, 0].copy()), filled)


def _draw_levels(env: Any, count: int, seed: int) -> np.ndarray:
    worlds = vector_like(env, 1)
    levels = worlds.worlds.levels  # type: ignore[attr-defined]
    worlds.close()
    drawn = np.random.default_rng((seed, 1)).integers(levels.count, size=count)
    return levels.ids[drawn] if len(levels.ids) else levels.low + drawn


def _play(env: Any, levels: np.ndarray, seed: int, expert: Agent | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """(occupancy at the start [env ...], cells of every path)."""
    worlds = vector_like(env, len(levels), autoreset_mode=AutoresetMode.SAME_STEP)
    asked = Expert(worlds, expert)
    observation, _ = worlds.reset(seed=[seed + int(level) for level in levels], options={"level": levels})
    first, begins = observation["occupancy"], np.ones(len(levels), np.bool_)
    paths, live = [[int(cell)] for cell in Ground.of_occupancy(first).agent], np.ones(len(levels), np.bool_)
    while live.any():
        actions = asked.label(observation, begins, int(live.sum()))
        observation, _, terminated, truncated, infos = worlds.step(actions)
        begins = terminated | truncated
        cells = Ground.of_occupancy(observation["occupancy"]).agent
        for row in np.flatnonzero(live).tolist():
            last = infos["final_obs"][row]["occupancy"] if begins[row] else None
            paths[row].append(int(cells[row] if last is None else Ground.of_occupancy(last[None]).agent[0]))
        live &= ~begins
    worlds.close()
    return first, [np.array(path, np.int64) for path in paths]
