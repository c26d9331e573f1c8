"""Score agents on held-out levels: means with 95 % intervals, and the time of one decision.

Every agent plays the same levels, the first ones of the split, with the same seeds, so results are paired.

  crossroads evaluate --env GridNav-v0 --agent oracle
  crossroads evaluate --env GridNav-v0 --env-args size=8 density=0.3 generator=uniform --agent random oracle
  crossroads evaluate --env GridNav-v0 --checkpoint runs/dagger runs/ppo --json results.json
  crossroads evaluate --env GridMap-v0 --env-args map=city.map scenario=city.map.scen --agent oracle

Success (and every metric that is 0 or 1) has Wilson's interval, other means the bootstrap's. Decision latency is
measured apart, for a batch of one on one thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agents
from agents.agent import Agent
from agents.rollouts import play_levels
from envs.registration import NAMESPACE
from experiments.arguments import Assignments, parse_assignments
from experiments.contenders import contenders
from experiments.environments import make_env, short_name, split_levels
from experiments.evaluation import Evaluation, side_by_side
from experiments.latency import measure_latency
from experiments.progress import progress_bar


@dataclass(frozen=True)
class Args:
    """What to evaluate."""

    env: str
    """Environment, as in `crossroads list`."""
    agent: tuple[str, ...] = ()
    """One agent or several by name, as in `crossroads list`."""
    checkpoint: tuple[Path, ...] = ()
    """Trained agents: files, or folders written by `crossroads train`."""
    episodes: int = 1000
    """Levels to play: the first ones of the split."""
    split: str = "test"
    """train, validation, test or all."""
    env_args: Assignments = ()
    """Arguments of the environment, as in `crossroads list GridNav-v0`."""
    config: Assignments = ()
    """Config of the one named agent, as in `crossroads list random`."""
    deterministic: bool = True
    """Take each agent's most likely action rather than draw one."""
    seed: int = 0
    """Of what is random within episodes; level k is played with seed + k."""
    num_envs: int = 128
    """Worlds side by side; unless an agent draws its actions, the results do not depend on it."""
    json: Path | None = None
    """Write episodes and summary here; with several agents, one file each: results-oracle.json."""


def evaluate(
    agent: Agent | str,
    env: Any,
    *,
    episodes: int = 1000,
    split: str = "test",
    seed: int = 0,
    num_envs: int = 128,
    deterministic: bool = True,
    progress: bool = True,
) -> Evaluation:
    """Play the first levels of a split and measure everything.

        print(evaluate("oracle", "GridNav-v0"))
        evaluate(agent, env, episodes=100).summary["success"].low

    Args:
        agent: An agent, or the name of one.
        env: An environment (single or vector; it is not touched), or the name of one.
        episodes: Levels to play; a split with fewer is played whole.
        split: ``train``, ``validation``, ``test`` or ``all``.
        seed: Level k is played with seed + k, whoever plays.
        num_envs: Worlds side by side.
        deterministic: Take the most likely action rather than a drawn one.
        progress: Show a bar on stderr if it takes longer than two seconds.

    Raises:
        ValueError: unknown names, with the nearest known ones; fewer than one episode.
    """
    if episodes < 1 or num_envs < 1:
        raise ValueError(f"Expected episodes >= 1 and num_envs >= 1, got {episodes} and {num_envs}.")
    env = make_env(env) if isinstance(env, str) else env
    agent = agents.make(agent, env) if isinstance(agent, str) else agent
    levels = split_levels(env, split, episodes)
    options = {"num_envs": num_envs, "deterministic": deterministic, "seed": seed}
    with progress_bar(len(levels), f"{agent.name} on {short_name(env)}", unit="episodes", shown=progress) as bar:
        played = play_levels(agent, env, levels, on_episodes=bar.update, **options)
    latency = measure_latency(agent, env, split=split, seed=seed, deterministic=deterministic)
    return Evaluation(f"{NAMESPACE}/{short_name(env)}", agent.name, split, tuple(played), latency)


def main(args: Args) -> None:
    """Print the table, and write the JSON."""
    env = make_env(args.env, parse_assignments(args.env_args, "--env-args"))
    players = contenders(args.agent, args.checkpoint, env, config=parse_assignments(args.config, "--config"))
    options = {name: getattr(args, name) for name in ("episodes", "split", "seed", "num_envs", "deterministic")}
    found = [(label, evaluate(agent, env, **options)) for label, agent in players.items()]
    print(found[0][1] if len(found) == 1 else side_by_side(found))
    if args.json is not None:
        for path, (_, evaluation) in zip(json_files(args.json, [label for label, _ in found]), found, strict=True):
            print(f"written: {evaluation.save(path)}")


def json_files(path: Path, labels: Sequence[str]) -> list[Path]:
    """`path` for one agent; for several, ``results-<label>.json`` each."""
    if len(labels) == 1:
        return [path]
    tidy = ["".join(c if c.isalnum() or c in "._-" else "-" for c in label) for label in labels]
    return [path.with_name(f"{path.stem}-{name}{path.suffix}") for name in tidy]
