"""What an agent that plans carries from decision to decision, row by row.

In the state's order: the model's memory, the action that was taken last, the plan that is being executed, how much of
it was executed, where the next search begins, and the counters that the row's random numbers hang on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Int64, Shaped
from torch import Tensor

from agents.agent import State
from agents.row_noise import Counts, count_rows, next_counts
from world_models.model import WorldModel
from world_models.planners.plan import Plan, Warm
from world_models.rollout import Before, Latent

COUNTS = len(Counts._fields)
WARM = len(Warm._fields)


@dataclass(frozen=True)
class Memory:
    """What is known before a decision; after the first of an episode, of the row's own episode."""

    past: Latent
    """What the model's next `encode` goes on from: some parts of its last latent, and of what it was of."""
    action: Shaped[Tensor, "batch ..."]
    """The last one."""
    plan: Shaped[Tensor, "batch horizon ..."]
    cursor: Int64[np.ndarray, " batch"]
    """Actions of the plan that were executed."""
    warm: Warm
    counts: Counts
    begins: Bool[np.ndarray, " batch"]

    def due(self, execute: int) -> Int64[np.ndarray, " some"]:
        """Rows that need a plan: they begin, or have executed `execute` actions of the last one."""
        return np.flatnonzero(self.begins | (self.cursor >= execute))

    def before(self) -> Before:
        """As models ask for it."""
        return Before(self.past, self.action, torch.from_numpy(self.begins).to(self.action.device))

    def planned(self, rows: Int64[np.ndarray, " some"], plan: Plan) -> "Memory":
        """With new plans in some rows."""
        index, cursor = torch.from_numpy(rows).to(self.plan.device), self.cursor.copy()
        cursor[rows] = 0
        warm = Warm(*(_put(old, index, new) for old, new in zip(self.warm, plan.warm, strict=True)))
        return replace(self, plan=_put(self.plan, index, plan.actions), cursor=cursor, warm=warm)

    def next_action(self) -> Shaped[Tensor, "batch ..."]:
        """Of each row's plan."""
        steps = torch.from_numpy(np.minimum(self.cursor, self.plan.shape[1] - 1)).to(self.plan.device)
        return self.plan[torch.arange(len(steps), device=steps.device), steps]

    def as_state(self, latent: Latent) -> tuple[np.ndarray, ...]:
        """After the decision: the next action is taken, in the situation that `latent` tells of."""
        kept = [latent.parts[name] for name in self.past.parts]
        kept += [latent.observation[key] for key in self.past.observation]
        arrays = [part.detach().cpu().numpy() for part in (*kept, self.next_action(), self.plan)]
        return (*arrays, self.cursor + 1, *self.warm.to_arrays(), *next_counts(self.counts))


@dataclass(frozen=True)
class Kept:
    """What of a latent a model's memory is made of."""

    parts: tuple[str, ...]
    keys: tuple[str, ...]
    """Of the observation."""

    @classmethod
    def by(cls, model: WorldModel, observation: Mapping[str, object]) -> "Kept":
        """A model that is shown such observations."""
        return cls(model.memory, tuple(key for key in model.recalls if key in observation))

    @property
    def arrays(self) -> int:
        """How many `Memory.as_state` makes: the model's, the action, the plan, how far it is, what searches keep."""
        return len(self.parts) + len(self.keys) + 3 + WARM + COUNTS

    def of(self, latent: Latent) -> Latent:
        """That much of a latent."""
        parts = {name: latent.parts[name] for name in self.parts}
        return Latent(parts, {key: latent.observation[key] for key in self.keys})


def recall(
    state: State, episode_start: np.ndarray | None, *, kept: Kept, size: int, device: torch.device
) -> Memory | None:
    """What the last decision's `as_state` had returned; None where there was none.

    Args:
        state: Of the agent.
        episode_start: Rows that begin.
        kept: Of the model's latents.
        size: Of the batch.
        device: Where tensors are wanted.

    Raises:
        ValueError: `state` or `episode_start` is of another batch.
    """
    counts = count_rows(size, None if state is None else state[-COUNTS:], episode_start)
    if state is None:
        return None
    begins = np.zeros(size, np.bool_) if episode_start is None else np.atleast_1d(np.asarray(episode_start, np.bool_))
    *head, cursor = state[: -COUNTS - WARM]
    *past, action, plan = (torch.from_numpy(np.array(array)).to(device) for array in head)
    warm = Warm.from_arrays(tuple(np.array(part) for part in state[-COUNTS - WARM : -COUNTS])).to(device)
    count = len(kept.parts)
    known = Latent(dict(zip(kept.parts, past[:count], strict=True)), dict(zip(kept.keys, past[count:], strict=True)))
    forgetful = warm.forget(torch.from_numpy(begins).to(device))
    return Memory(known, action, plan, cursor.copy(), forgetful, counts, begins)


def first(past: Latent, plan: Plan) -> Memory:
    """The memory of a batch whose every row begins, with its first plans."""
    size = len(plan.actions)
    cursor, begins = np.zeros(size, np.int64), np.ones(size, np.bool_)
    counts = count_rows(size, None, None)
    return Memory(past, plan.actions[:, 0], plan.actions, cursor, plan.warm, counts, begins)


def _put(whole: Tensor, rows: Tensor, some: Tensor) -> Tensor:
    filled = whole.clone()
    filled[rows] = some.to(whole.dtype)
    return filled
