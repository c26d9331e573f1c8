"""Experience of many kinds: who acts differs from episode to episode, and short branches show what else might be."""

from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from agents.experience.branches import branch_off
from agents.experience.choosing import Choosing
from agents.experience.mix import BRANCH, Mix, Shares
from agents.experience.moments import moment_of
from agents.experience.recorder import Recorder
from agents.experience.steering import Steering
from agents.experience.store import Experience
from agents.progress import progress_bar
from envs.core.batched import WorldVectorEnv, vector_like

USUAL = Mix()


def behaviour_of(env: WorldVectorEnv, mix: Mix, rng: np.random.Generator) -> Choosing | Steering:
    """Who acts in `env`.

    Raises:
        ValueError: actions that are neither a choice nor a few numbers.
    """
    space = env.single_action_space
    if isinstance(space, spaces.Discrete):
        return Choosing(env, mix, rng)
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return Steering(env, mix, rng)
    raise ValueError(f"Actions: expected a choice, or a vector of numbers, got {space}.")


def collect_experience(
    env: Any, *, steps: int, seed: int = 0, num_envs: int = 32, mix: Mix = USUAL, progress: bool = True
) -> Experience:
    """Act on training levels of `env` and keep everything.

    Args:
        env: Tells which worlds, single or vector, and what is seen; it is not touched itself.
        steps: Actions in all, or a few more; the last episodes are cut short.
        seed: Of levels, of what is random within episodes, and of behaviours.
        num_envs: Worlds side by side.
        mix: Who acts.
        progress: Show a bar.

    Raises:
        ValueError: fewer steps than 1, or actions that nobody here knows how to draw.
    """
    if steps < 1:
        raise ValueError(f"steps: expected at least 1, got {steps}.")
    worlds = vector_like(env, num_envs, autoreset_mode=AutoresetMode.DISABLED, split="train")
    drive = _Drive(worlds, steps, mix=mix, seed=seed)
    with progress_bar(steps, "collecting", unit="steps", shown=progress) as bar:
        while (done := drive.recorder.steps) < steps:
            drive.step()
            bar.update(drive.recorder.steps - done)
    drive.finish()
    worlds.close()
    return drive.recorder.experience()


class _Drive:
    """Episodes in every world; one that ends is followed by another at once."""

    def __init__(self, worlds: WorldVectorEnv, steps: int, *, mix: Mix, seed: int) -> None:
        self.worlds, self.steps, self.mix = worlds, steps, mix
        self._rng = np.random.default_rng(seed)
        self._shares = Shares(mix)
        self._behaviour, self._other = (behaviour_of(worlds, mix, rng) for rng in self._rng.spawn(2))
        # Every episode has an action at least, so that there are no more than two frames to a step.
        longest = max(1, mix.branch_steps) * worlds.num_envs
        self.recorder = Recorder(2 * (steps + longest) + worlds.num_envs)
        self._branched = 0
        self._episodes, self._running = np.zeros((2, worlds.num_envs), np.int64)
        self._begin(np.ones(worlds.num_envs, np.bool_))

    def _begin(self, chosen: np.ndarray) -> None:
        """New episodes, each from a seed of its own."""
        worlds, rows = self.worlds, np.flatnonzero(chosen)
        seeds = self._rng.integers(2**63, size=len(chosen))
        listed = [int(seed) if begins else None for seed, begins in zip(seeds, chosen, strict=True)]
        self._observation, _ = worlds.reset(seed=listed, options={"reset_mask": chosen})
        self._running[rows] = self._shares.next(self._running[~chosen], len(rows))
        self._behaviour.begin(chosen, self._running)
        self._episodes[rows] = self.recorder.begin(
            level=worlds.worlds.level[rows], seed=seeds[rows], behaviour=self._running[rows]
        )

    def step(self) -> None:
        """One step everywhere, or as many branches as are due."""
        recorder, worlds = self.recorder, self.worlds
        share, before = self.mix.shares[-1], recorder.steps
        if before > 0 and self._branched + 0.5 * self.mix.branch_steps * worlds.num_envs < share * before:
            facts = {"parent": self._episodes, "parent_step": recorder.length(self._episodes)}
            steps = self.mix.branch_steps
            self._observation = branch_off(worlds, self._other, recorder, behaviour=BRANCH, steps=steps, **facts)
            self._branched += recorder.steps - before
            return
        rows = recorder.add(self._episodes, moment_of(worlds, self._observation))
        actions = self._behaviour.actions()
        self._observation, rewards, terminated, truncated, _ = worlds.step(actions)
        recorder.note(rows, actions=actions, rewards=rewards, terminated=terminated)
        self._shares.count(self._running)
        if (ends := terminated | truncated).any():
            self._record(ends)
            self._begin(ends)

    def finish(self) -> None:
        """Cut short what still goes on."""
        self._record(np.ones(self.worlds.num_envs, np.bool_))

    def _record(self, chosen: np.ndarray) -> None:
        """The frames that some episodes are at now."""
        frames = moment_of(self.worlds, self._observation)
        self.recorder.add(self._episodes[chosen], {name: array[chosen] for name, array in frames.items()})
