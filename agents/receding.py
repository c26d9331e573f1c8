"""Receding horizon: what was seen lately goes in, a chunk of actions comes out, the first of them are executed.

All of it travels in the agent's state, row by row: the observations before this one, the chunk that is being
played, how far it is played, and the counters that the row's noise hangs on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from agents.agent import State
from agents.row_noise import Counts, count_rows


@dataclass
class Memory:
    """What one decision of a batch stands on; `as_state` hands it on."""

    past: dict[str, np.ndarray]
    """Observations [batch history ...], the present one last; before the first of an episode that one is repeated."""
    chunk: Float32[np.ndarray, "batch time number"]
    cursor: Int64[np.ndarray, " batch"]
    """Actions of the chunk that have been played."""
    counts: Counts

    def due(self, execute: int) -> Bool[np.ndarray, " batch"]:
        """Which rows have played `execute` actions of their chunk, or have none."""
        return self.cursor >= execute

    def as_state(self) -> tuple[np.ndarray, ...]:
        """After the decision: one action further."""
        kept = [array[:, 1:] for array in self.past.values()]
        return (*kept, self.chunk, self.cursor + 1, *self.counts._replace(step=self.counts.step + 1))


def remember(
    observation: Mapping[str, np.ndarray],
    state: State,
    episode_start: np.ndarray | None,
    *,
    history: int,
    chunk_shape: tuple[int, int],
) -> Memory:
    """The memory at a new observation [batch ...]; rows that begin have a chunk that is played to its end.

    Args:
        observation: Every key.
        state: What the last decision returned, or None.
        episode_start: Rows that begin.
        history: Observations, with the present one.
        chunk_shape: (actions, numbers of each).

    Raises:
        ValueError: `state` or `episode_start` is of another batch.
    """
    size = len(next(iter(observation.values())))
    keys, last = len(observation), None if state is None else state[-3:]
    counts = count_rows(size, last, episode_start)
    if state is None:
        past = {key: _repeated(array, history) for key, array in observation.items()}
        return Memory(past, np.zeros((size, *chunk_shape), np.float32), np.full(size, chunk_shape[0]), counts)
    begins = np.zeros(size, np.bool_) if episode_start is None else np.atleast_1d(np.asarray(episode_start, np.bool_))
    kept, chunk, cursor = state[:keys], state[keys], state[keys + 1]
    past = {}
    for (key, array), earlier in zip(observation.items(), kept, strict=True):
        past[key] = np.concatenate([earlier, array[:, None]], axis=1) if history > 1 else array[:, None]
        if history > 1 and begins.any():
            past[key][begins] = _repeated(array[begins], history)
    return Memory(past, chunk.copy(), np.where(begins, chunk_shape[0], cursor), counts)


def _repeated(array: np.ndarray, times: int) -> np.ndarray:
    return np.repeat(array[:, None], times, axis=1)
