"""See what a world model imagines: the real future above, below it what the model foresaw for the actions really taken.

A .png shows one moment, a .mp4 or .gif every moment of an episode. On roads everything is seen from where the ego is at
that moment.

A checkpoint knows the worlds that it was made for; --env, and single --env-args, put others in their place.

  crossroads imagine --checkpoint runs/latent --out imagined.png
  crossroads imagine --checkpoint runs/recurrent --driver oracle --after 8 --out imagined.mp4
  crossroads imagine --env Intersection-v0 --env-args action=continuous repeat=5 observe=occupancy,ego,route,actors \
    --agent latent-mpc --config model=constant-velocity --driver oracle --out straight_on.png
  crossroads imagine --env GridNav-v0 --agent oracle-mpc --out truth.png
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from torch import Tensor

import agents
from agents.agent import Agent, State
from agents.checkpoint import read_checkpoint
from agents.mpc.deciding import tensors_of
from agents.mpc.outline import Outline
from envs.core.naming import check_known
from envs.core.video import WRITERS, write_video
from envs.registration import ENVS
from experiments.arguments import Assignments, parse_assignments
from experiments.contenders import checkpoint_file, one_contender
from experiments.environments import make_env, short_name, split_levels
from experiments.imagined import Moment, strip
from experiments.progress import progress_bar
from world_models.model import WorldModel
from world_models.rollout import Before, Latent

FPS = 3.0


@dataclass(frozen=True)
class Args:
    """Whose imagination, of what, and the file to write."""

    out: Path
    """File to write; its suffix says how: .png, .mp4 or .gif."""
    env: str | None = None
    """Environment, as in `crossroads list`; a checkpoint knows its own."""
    agent: str | None = None
    """An agent with a world model: latent-mpc or oracle-mpc."""
    checkpoint: Path | None = None
    """Or a trained one: a file, or a folder written by `crossroads train`."""
    driver: str | None = None
    """Who acts, as in `crossroads list`; the agent itself unless told otherwise."""
    level: int | None = None
    """Of the environment; the first of the split unless told otherwise."""
    split: str = "test"
    """train, validation, test or all."""
    after: int = 6
    """Actions that have been taken when a picture is made; an episode that is shorter is shown earlier."""
    seconds: tuple[float, ...] = ()
    """How far ahead, in seconds, on grids in steps; none: 0.5, 1, 2, 3, 4 on roads and 1, 2, 4, 6, 8 on grids."""
    env_args: Assignments = ()
    """Arguments of the environment, as in `crossroads list GridNav-v0`."""
    config: Assignments = ()
    """Config of the named agent, as in `crossroads list latent-mpc`."""
    seed: int = 0
    """Of what is random within the episode."""


@dataclass
class Played:
    """An episode, moment by moment."""

    observations: list[dict[str, np.ndarray]] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    latents: list[Latent] = field(default_factory=list)
    actions: list[Any] = field(default_factory=list)
    """One fewer than moments."""


def main(args: Args) -> None:
    """Play, imagine, draw and write."""
    check_known("file suffix", args.out.suffix.lower(), WRITERS)
    if args.after < 0:
        raise ValueError(f"--after: expected at least 0, got {args.after}.")
    env = env_of(args)
    agent = one_contender(args.agent, args.checkpoint, env, config=parse_assignments(args.config, "--config"))
    model = model_of(agent)
    driver = agents.make(args.driver, env) if args.driver else agent
    level = args.level if args.level is not None else split_levels(env, args.split, 1)[0]
    played = play(env, driver, model, seed=args.seed, level=level)
    steps = steps_of(args.seconds, model)
    title = f"{short_name(env)}  level {level}  {agent.name} {model.name}"
    last = max(0, len(played.actions) - max(steps))
    chosen = [min(args.after, last)] if args.out.suffix.lower() == ".png" else list(range(last + 1))
    print(f"written: {write_video(args.out, frames(played, model, steps, chosen, title), FPS)}")


def env_of(args: Args) -> gymnasium.Env:
    """The environment that is asked for, or the one that the checkpoint was made for.

    Raises:
        ValueError: neither.
    """
    arguments = parse_assignments(args.env_args, "--env-args")
    if args.env is not None:
        return make_env(args.env, arguments)
    if args.checkpoint is None:
        raise ValueError("Which worlds? Expected --env, or --checkpoint of a trained agent.")
    checkpoint = read_checkpoint(checkpoint_file(args.checkpoint))
    if "world" not in checkpoint.facts:
        raise ValueError(f"--env: {checkpoint.agent!r} does not know what it was made for; name the environment.")
    outline = Outline.of_facts(checkpoint.facts, checkpoint.observation_space, checkpoint.action_space)
    name = next(name for name, world in ENVS.items() if world == outline.world)
    return make_env(name, {**checkpoint.facts["config"], **arguments})


def model_of(agent: Agent) -> WorldModel:
    """The agent's world model.

    Raises:
        ValueError: it has none.
    """
    found = getattr(agent, "model", None) or getattr(agent, "network", None)
    if not isinstance(found, WorldModel):
        raise ValueError(f"--agent: {agent.name!r} has no world model; latent-mpc and oracle-mpc have.")
    if "occupancy" not in found.spec.heads:
        raise ValueError(f"The model {found.name!r} foresees no occupancy that could be drawn.")
    return found


def steps_of(seconds: tuple[float, ...], model: WorldModel) -> tuple[int, ...]:
    """How many actions ahead.

    Raises:
        ValueError: seconds that are no multiple of an action.
    """
    dt, is_road = model.spec.dt, model.spec.extent is not None
    seconds = seconds or ((0.5, 1.0, 2.0, 3.0, 4.0) if is_road else (1, 2, 4, 6, 8))
    steps = tuple(max(1, round(second / dt)) for second in seconds)
    for second, step in zip(seconds, steps, strict=True):
        if abs(step * dt - second) > 1e-6:
            raise ValueError(f"--seconds: expected multiples of {dt:g}, got {second:g}.")
    return steps


@torch.no_grad()
def play(env: Any, driver: Agent, model: WorldModel, *, seed: int, level: int) -> Played:
    """One episode by `driver`; the model is shown every moment of it."""
    observation, _ = env.reset(seed=seed + level, options={"level": level})
    state: State = None
    played, begins, is_over = Played(), np.ones(1, np.bool_), False
    while True:
        seen = tensors_of({key: np.asarray(array)[None] for key, array in observation.items()}, device_of(model))
        before = None
        if played.latents:
            action = action_tensor(played.actions[-1:], model)[:, 0, 0]
            before = Before(played.latents[-1], action, torch.zeros(1, dtype=torch.bool, device=action.device))
        played.observations.append(observation)
        played.states.append(env.unwrapped.get_state())
        played.latents.append(model.encode(seen, before))
        if is_over:
            return played
        action, state = driver.predict(observation, state, begins, deterministic=True)
        played.actions.append(action)
        observation, _, terminated, truncated, _ = env.step(action)
        begins, is_over = np.zeros(1, np.bool_), terminated or truncated


def action_tensor(actions: list[Any], model: WorldModel) -> Tensor:
    """[1 1 horizon ...] as models take them."""
    kind = torch.int64 if model.spec.actions.is_discrete else torch.float32
    return torch.as_tensor(np.stack([np.asarray(action) for action in actions]), dtype=kind, device=device_of(model))[
        None, None
    ]


def device_of(model: WorldModel) -> torch.device:
    """Where it lives."""
    return next(model.parameters(), torch.zeros(0)).device


@torch.no_grad()
def frames(
    played: Played, model: WorldModel, steps: tuple[int, ...], chosen: list[int], title: str
) -> Iterator[np.ndarray]:
    """A strip for each chosen moment."""
    with progress_bar(len(chosen), f"imagining with {model.name}", unit="moments") as bar:
        for now in chosen:
            ends = [min(now + step, len(played.actions)) for step in steps]
            actions = played.actions[now : ends[-1]] or played.actions[-1:]
            rollout = model.predict(played.latents[now], action_tensor(actions, model))
            found = model.decode(rollout, [key for key in ("occupancy", "ego") if key in model.spec.heads])
            within = [min(step, len(actions)) - 1 for step in steps]
            occupancy = found["occupancy"][0, 0].mean(0)[within].float().clamp(0.0, 1.0).cpu().numpy()
            poses = found["ego"][0, 0, 0, within, :3].cpu().numpy() if "ego" in found else None
            moment = Moment(played.observations[now], played.states[now], [played.states[end] for end in ends])
            heads = [f"+{step * model.spec.dt:g} s" if model.spec.extent else f"+{step}" for step in steps]
            yield strip(moment, occupancy, poses, model.spec, heads=heads, title=f"{title}  after {now} actions")
            bar.update()
