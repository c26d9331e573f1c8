"""The same state under other actions of the ego, and what really follows: whether a model knows what actions do."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from jaxtyping import Int64, Shaped
from torch import Tensor

from agents.experience.branches import branch_off
from agents.experience.collecting import USUAL, behaviour_of
from agents.experience.mix import BRANCH, NOISY, ORACLE, Mix
from agents.experience.recorder import Recorder
from envs.core.batched import WorldVectorEnv, vector_like
from world_models.experience import Windows

MOMENTS = 4
"""States from each world, `horizon` steps apart, where that takes no more worlds than there are."""


@dataclass(frozen=True)
class Counterfactuals:
    """States, several candidates of actions in each, and what came of them."""

    observation: dict[str, Shaped[Tensor, "state ..."]]
    actions: Shaped[Tensor, "state branch step ..."]
    truth: Windows
    """Row state * branches + branch; its frame 0 is the state."""
    levels: Int64[np.ndarray, " state"]

    def __len__(self) -> int:
        """States."""
        return len(self.levels)

    @property
    def branches(self) -> int:
        """Candidates of each state."""
        return self.actions.shape[1]


def counterfactuals(
    env: Any,
    *,
    states: int,
    branches: int = 8,
    horizon: int = 8,
    split: str = "validation",
    seed: int = 0,
    num_envs: int = 32,
    mix: Mix = USUAL,
) -> Counterfactuals:
    """Go on from states that a noisy expert comes to: the first branch undisturbed, the others as experience branches.

    Args:
        env: Tells which worlds; it is not touched itself.
        states: How many; no two are of the same episode and closer than `horizon` steps.
        branches: Candidates of each.
        horizon: Actions of each.
        split: Of the levels.
        seed: Of levels and of actions.
        num_envs: Worlds side by side.
        mix: How actions differ from the expert's.

    Raises:
        ValueError: no state, branch or step at all.
    """
    for name, count in {"states": states, "branches": branches, "horizon": horizon}.items():
        if count < 1:
            raise ValueError(f"{name}: expected at least 1, got {count}.")
    num_envs = min(num_envs, -(-states // MOMENTS))
    moments = -(-states // num_envs)
    worlds = vector_like(env, num_envs, autoreset_mode=AutoresetMode.DISABLED, split=split)
    recorder = Recorder(moments * num_envs * branches * (horizon + 1))
    drive = _Drive(worlds, replace(mix, branch_steps=horizon), seed)
    for moment in range(moments):
        drive.go_on(horizon if moment else max(1, horizon // 2))
        for branch in range(branches):
            drive.branch(recorder, ORACLE if branch == 0 else BRANCH)
    worlds.close()
    experience = recorder.experience()
    first = np.cumsum(experience.lengths) - experience.lengths
    rows = first.reshape(moments, branches, num_envs).transpose(0, 2, 1).reshape(-1, branches)[:states]
    truth = experience.windows(rows.ravel(), horizon + 1)
    observation = {key: array[::branches, 0] for key, array in truth.observation.items()}
    actions = truth.actions.unflatten(0, (states, branches))
    return Counterfactuals(observation, actions, truth, experience.levels[rows[:, 0]])


class _Drive:
    """A noisy expert in every world."""

    def __init__(self, worlds: WorldVectorEnv, mix: Mix, seed: int) -> None:
        self._worlds, self._mix = worlds, mix
        self._rng = np.random.default_rng(seed)
        self._noisy, self._other = (behaviour_of(worlds, mix, rng) for rng in self._rng.spawn(2))
        self._begin(np.ones(worlds.num_envs, np.bool_))

    def _begin(self, chosen: np.ndarray) -> None:
        seeds = self._rng.integers(2**63, size=len(chosen)).tolist()
        listed = [seed if begins else None for seed, begins in zip(seeds, chosen, strict=True)]
        self._worlds.reset(seed=listed, options={"reset_mask": chosen})
        self._noisy.begin(chosen, np.full(len(chosen), NOISY))

    def go_on(self, steps: int) -> None:
        """A few steps everywhere; episodes that end are followed by others."""
        for _ in range(steps):
            _, _, terminated, truncated, _ = self._worlds.step(self._noisy.actions())
            if (ends := terminated | truncated).any():
                self._begin(ends)

    def branch(self, recorder: Recorder, behaviour: int) -> None:
        """Record what `behaviour` leads to from here."""
        branch_off(self._worlds, self._other, recorder, behaviour=behaviour, steps=self._mix.branch_steps)
