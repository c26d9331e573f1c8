"""Samples of what really happened: the expert drives, and the simulator's states tell what came of it."""

from collections import deque
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium.vector import AutoresetMode

from agents.agent import Agent, Observation
from agents.labelling import Expert, check_expert
from agents.planning.disturbances import Disturbance, Phases
from agents.planning.futures import SEEN, Futures
from agents.progress import progress_bar
from envs.core.batched import WorldVectorEnv, vector_like
from envs.driving.config import STEP_SECONDS
from envs.driving.state import RoadState
from envs.kernels.road_records import ABSENT, PEDESTRIAN
from world_models.labels import by_distance

OBSERVED = ("occupancy", "ego", "route", "actors")
DISTURBED = Disturbance()


def collect_futures(
    env: Any,
    *,
    count: int,
    seed: int = 0,
    num_envs: int = 32,
    every: int = 5,
    dt: float = 0.5,
    steps: int = 8,
    observe: tuple[str, ...] = OBSERVED,
    noise: Disturbance | None = DISTURBED,
    expert: Agent | str | None = "oracle",
    progress: bool = True,
    into: Futures | None = None,
) -> Futures:
    """Drive the expert on levels of `env` and keep what was seen with what came of it.

    Where the expert is disturbed, a sample is kept only if it is not while the sample's future lasts: the expert's
    futures are its own.

    Args:
        env: Tells which worlds, single or vector; it is not touched itself.
        count: Samples.
        seed: Of levels, of what is random within episodes, and of disturbances.
        num_envs: Worlds side by side.
        every: Steps between samples of one episode.
        dt: Seconds between the poses of a future; a multiple of a step.
        steps: Poses of a future.
        observe: What is kept of the observation, in the environment's words.
        noise: None leaves the expert alone.
        expert: The oracle, or any agent for trajectories.
        progress: Show a bar.
        into: Where samples of the same kind are already, with room for `count` more.

    Raises:
        ValueError: `dt` is no multiple of a step, or there is no room.
    """
    stride = round(dt / STEP_SECONDS)
    if stride < 1 or abs(stride * STEP_SECONDS - dt) > 1e-9:
        raise ValueError(f"dt: expected a multiple of {STEP_SECONDS} s, got {dt}.")
    changes = {"action": "trajectory", "repeat": None, "horizon": steps, "trajectory_dt": dt, "observe": observe}
    worlds = vector_like(env, num_envs, autoreset_mode=AutoresetMode.DISABLED, **changes)
    drive = _Drive(worlds, check_expert(expert), seed, noise)
    futures = Futures(count, dt=dt) if into is None else into
    window = _Window(steps, stride)
    wanted = len(futures) + count
    if wanted > futures.capacity:
        raise ValueError(f"into: expected room for {wanted} samples, found {futures.capacity}.")
    with progress_bar(count, "collecting", shown=progress) as bar:
        while len(futures) < wanted:
            if drive.steps % every == 0:
                window.note(drive.steps, drive.observation, drive.frame)
            window.push(drive.step())
            bar.update(sum(futures.add(samples, until=wanted) for samples in window.due()))
    worlds.close()
    return futures


class Frame(NamedTuple):
    """What states tell of a moment [world ...]."""

    poses: np.ndarray  # float64 [world actor 3]
    sizes: np.ndarray  # float64 [world actor 2]
    kinds: np.ndarray  # int32 [world actor]
    lives: np.ndarray  # int32 [world actor]
    episode: np.ndarray  # int64 [world]
    level: np.ndarray  # int64 [world]
    disturbed: np.ndarray  # bool [world], the expert was, in the step that led here


def frame_of(state: RoadState, disturbed: np.ndarray) -> Frame:
    """The moment that a state shows."""
    actors, worlds = state.actors, state.worlds
    poses = np.stack((actors["x"], actors["y"], actors["heading"]), axis=-1)
    sizes = np.stack((actors["length"], actors["width"]), axis=-1)
    episode, level = worlds["episode"].copy(), worlds["level"].copy()
    return Frame(poses, sizes, actors["kind"].copy(), actors["lives"].copy(), episode, level, disturbed)


class _Drive:
    """The expert at the wheel of every world; an episode that ends is followed by another at once."""

    def __init__(self, worlds: WorldVectorEnv, expert: Agent | None, seed: int, noise: Disturbance | None) -> None:
        self.worlds, self.expert, self.steps = worlds, Expert(worlds, expert), 0
        rng = np.random.default_rng(seed)
        self._phases = Phases(noise, worlds.num_envs, step_seconds=STEP_SECONDS, rng=rng)
        self._began = np.ones(worlds.num_envs, np.bool_)
        self.observation: Observation = worlds.reset(seed=seed)[0]
        self.frame = frame_of(worlds.get_state(), self._phases.active.copy())
        """Now: of a world whose episode has ended, where the next one begins."""

    def step(self) -> Frame:
        """One step everywhere; returns where it led: of a world whose episode has ended, to its end."""
        worlds, phases = self.worlds, self._phases
        actions = self.expert.label(self.observation, self._began, 0)
        space: Any = worlds.single_action_space
        actions = phases.disturbed(actions, self.observation, dt=worlds.config.trajectory_dt)
        self.observation, _, terminated, truncated, _ = worlds.step(actions.clip(space.low, space.high))
        reached = self.frame = frame_of(worlds.get_state(), phases.active.copy())
        self._began = terminated | truncated
        if self._began.any():
            self.observation, _ = worlds.reset(options={"reset_mask": self._began})
            self.frame = frame_of(worlds.get_state(), phases.active.copy())
        phases.advance(self._began)
        self.steps += 1
        return reached


class _Window:
    """The frames that futures are read from, and the samples that wait for theirs."""

    def __init__(self, steps: int, stride: int) -> None:
        self._stride, self._reach = stride, steps * stride
        self._frames: deque[Frame] = deque(maxlen=self._reach)
        self._waiting: deque[tuple[int, Observation, Frame]] = deque()
        self._pushed = 0

    def note(self, step: int, observation: Observation, now: Frame) -> None:
        """A sample that begins now, before the frame of the step that follows is pushed."""
        self._waiting.append((step, observation, now))

    def push(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._pushed += 1

    def due(self) -> list[dict[str, np.ndarray]]:
        """The samples whose last frame has just been pushed."""
        found = []
        while self._waiting and self._pushed - self._waiting[0][0] == self._reach:
            _, observation, now = self._waiting.popleft()
            found.append(samples_of(observation, now, list(self._frames), self._stride))
        return found


def samples_of(observation: Observation, now: Frame, frames: list[Frame], stride: int) -> dict[str, np.ndarray]:
    """The samples [some ...] of one moment of all worlds, of those that have a future of the expert's own.

    Args:
        observation: [world ...] of that moment.
        now: That moment.
        frames: One for each step after it.
        stride: Steps between the poses of a future.
    """
    lasts = np.stack([frame.episode == now.episode for frame in frames], axis=1)
    is_own = ~(np.stack([frame.disturbed for frame in frames], axis=1) & lasts).any(axis=1)
    later = frames[stride - 1 :: stride]
    known = lasts[:, stride - 1 :: stride]
    rows = np.flatnonzero(is_own & known[:, 0])
    order = _nearest_first(now)[rows]
    poses = np.stack([frame.poses for frame in later], axis=2)[rows]
    stays = np.stack([(f.kinds == now.kinds) & (f.lives == now.lives) for f in later], axis=2)[rows]
    kinds, sizes = (np.take_along_axis(array[rows], order, 1) for array in (now.kinds, now.sizes[..., 0]))
    widths, stays = np.take_along_axis(now.sizes[rows, :, 1], order, 1), np.take_along_axis(stays, order[..., None], 1)
    is_there = kinds != ABSENT
    # An actor's absence, once it has left, lasts: its place in the arrays has another life when it is taken again.
    seen = is_there[..., None] & np.logical_and.accumulate(stays, axis=2) & known[rows, None]
    seen_from = now.poses[rows, 0]
    futures = _in_frame_of(seen_from, np.take_along_axis(poses, order[..., None, None], 1))
    own = _in_frame_of(seen_from, poses[:, :1])[:, 0]
    return {
        **{f"{SEEN}{key}": array[rows] for key, array in observation.items()},
        "expert": np.where(known[rows, :, None], own, 0.0).astype(np.float32),
        "expert_known": known[rows],
        "actors": np.where(seen[..., None], futures, 0.0).astype(np.float32),
        "actors_known": seen,
        "sizes": np.where(is_there[..., None], np.stack((sizes, widths), axis=-1), 0.0).astype(np.float32),
        "are_pedestrians": is_there & (kinds == PEDESTRIAN),
        "level": now.level[rows],
    }


def _nearest_first(now: Frame) -> np.ndarray:
    """Indices [world others] of the actors as the observation lists them: nearest first, and then who is absent."""
    return by_distance(torch.from_numpy(now.poses), torch.from_numpy(now.kinds != ABSENT)).numpy()


def _in_frame_of(seen_from: np.ndarray, poses: np.ndarray) -> np.ndarray:
    """Poses [row actor time 3] ahead of, to the left of, and turned from `seen_from` [row 3]."""
    x, y, heading = np.moveaxis(poses - seen_from[:, None, None], -1, 0)
    cos, sin = (f(seen_from[:, 2])[:, None, None] for f in (np.cos, np.sin))
    return np.stack((x * cos + y * sin, y * cos - x * sin, np.arctan2(np.sin(heading), np.cos(heading))), axis=-1)
