"""Watch an agent play: a film (.mp4, .gif), or a picture of how its episodes begin, or go on, (.png).

What the agent thinks of (its plan, the likelihood of its actions, its values) is drawn over the world.

  crossroads render --env GridNav-v0 --agent oracle --out nav.mp4
  crossroads render --env GridCrowd-v0 --checkpoint runs/dagger --level 2000000007 --out crowd.gif
  crossroads render --env GridMaze-v0 --env-args size=25 --agent oracle --episodes 6 --out mazes.png
  crossroads render --env Intersection-v0 --agent oracle --after 60 --out plan.png
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from agents.agent import Agent, State
from envs.core.naming import check_known
from envs.core.video import WRITERS, write_video
from experiments.arguments import Assignments, parse_assignments
from experiments.contenders import one_contender
from experiments.environments import make_env, short_name, split_levels
from experiments.progress import progress_bar

HOLD = 0.7
"""Seconds for which the last frame of an episode stands still."""
Frame = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Args:
    """Who plays what, and the file to write."""

    env: str
    """Environment, as in `crossroads list`."""
    out: Path
    """File to write; its suffix says how: .mp4, .gif or .png."""
    agent: str | None = None
    """Who plays, as in `crossroads list`."""
    checkpoint: Path | None = None
    """Or a trained agent: a file, or a folder written by `crossroads train`."""
    episodes: int = 3
    """Episodes to show: the first levels of the split."""
    split: str = "test"
    """train, validation, test or all."""
    level: tuple[int, ...] = ()
    """These levels instead."""
    explain: bool = True
    """Draw what the agent thinks of."""
    env_args: Assignments = ()
    """Arguments of the environment, as in `crossroads list GridNav-v0`."""
    config: Assignments = ()
    """Config of the named agent, as in `crossroads list random`."""
    seed: int = 0
    """Of what is random within episodes; level k is played with seed + k, as `crossroads evaluate` does."""
    after: int = 0
    """Steps that have been played when a picture is taken; an episode that is shorter is shown at its end."""
    fps: float | None = None
    """Frames per second; the environment's own unless told otherwise."""


def episode_frames(agent: Agent, env: Any, level: int, *, seed: int = 0, explain: bool = True) -> Iterator[Frame]:
    """Frames of one episode, the one after its last step included.

    Args:
        agent: Plays; made or loaded for this very `env`.
        env: A single environment with ``render_mode="rgb_array"``.
        level: Of the environment.
        seed: The episode is played with seed + level.
        explain: Draw what the agent thinks of.
    """
    observation, _ = env.reset(seed=seed + level, options={"level": level})
    state: State = None
    begins, is_over = np.ones(1, np.bool_), False
    while not is_over:
        if explain:
            env.unwrapped.set_overlay(_overlay(agent, observation, state))
        yield env.render()
        action, state = agent.predict(observation, state, begins, deterministic=True)
        observation, _, terminated, truncated, _ = env.step(action)
        begins, is_over = np.zeros(1, np.bool_), terminated or truncated
    env.unwrapped.set_overlay({})
    yield env.render()


def _overlay(agent: Agent, observation: Mapping[str, np.ndarray], state: State) -> dict[str, np.ndarray]:
    """What the agent has to show for this one observation, without the batch axis."""
    shown = agent.explain({key: np.asarray(array)[None] for key, array in observation.items()}, state)
    return {key: array[0] for key, array in shown.items()}


def film(agent: Agent, env: Any, levels: Sequence[int], *, hold: int = 0, **options: Any) -> Iterator[Frame]:
    """Episodes one after the other, the last frame of each repeated `hold` times; `options` of `episode_frames`."""
    with progress_bar(len(levels), f"{agent.name} on {short_name(env)}", unit="episodes") as bar:
        for level in levels:
            frame = None
            for frame in episode_frames(agent, env, level, **options):
                yield frame
            yield from [] if frame is None else [frame] * hold
            bar.update()


def pictures(agent: Agent, env: Any, levels: Sequence[int], *, after: int = 0, **options: Any) -> Frame:
    """Every episode after so many steps, or at its end if that comes before, on one sheet."""
    from envs.core.drawing.sheet import contact_sheet

    # of the frames until then the last one is kept
    frames = [deque(islice(episode_frames(agent, env, level, **options), after + 1), maxlen=1)[0] for level in levels]
    return frames[0] if len(frames) == 1 else contact_sheet(frames, columns=min(4, isqrt(len(frames) - 1) + 1))


def main(args: Args) -> None:
    """Play, draw and write."""
    check_known("file suffix", args.out.suffix.lower(), WRITERS)
    if args.episodes < 1:
        raise ValueError(f"--episodes: expected at least 1, got {args.episodes}.")
    if args.after < 0:
        raise ValueError(f"--after: expected at least 0, got {args.after}.")
    env = make_env(args.env, parse_assignments(args.env_args, "--env-args"), render_mode="rgb_array")
    agent = one_contender(args.agent, args.checkpoint, env, config=parse_assignments(args.config, "--config"))
    levels = list(args.level) or split_levels(env, args.split, args.episodes)
    fps = args.fps or env.metadata["render_fps"]
    options: dict[str, Any] = {"seed": args.seed, "explain": args.explain}
    if args.out.suffix.lower() == ".png":
        frames = iter([pictures(agent, env, levels, after=args.after, **options)])
    else:
        frames = film(agent, env, levels, hold=round(HOLD * fps), **options)
    print(f"written: {write_video(args.out, frames, fps)}")
