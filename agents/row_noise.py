"""Randomness of a policy, row by row: a pure function of (seed, row, episode, step), counted in the agent's state."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int64

from agents.agent import State
from envs.kernels.counter_random import draw_rows

TO_UNIT = 2.0**-53


class Counts(NamedTuple):
    """What tells one decision's noise from every other's.

    It travels in the state, so a row keeps its own noise wherever it stands in a later batch.
    """

    row: Int64[np.ndarray, " batch"]
    episode: Int64[np.ndarray, " batch"]
    step: Int64[np.ndarray, " batch"]

    def of(self, rows: Int64[np.ndarray, " some"]) -> "Counts":
        """Of some rows."""
        return Counts(*(part[rows] for part in self))


def count_rows(size: int, state: State, episode_start: np.ndarray | None) -> Counts:
    """(rows, episodes, steps) that each row of a batch of `size` has seen before this decision.

    Raises:
        ValueError: `state` or `episode_start` is of another batch.
    """
    if state is None:
        return Counts(np.arange(size), np.zeros(size, np.int64), np.zeros(size, np.int64))
    row, episode, step = state
    _check_rows("state", len(step), size)
    if episode_start is None:
        return Counts(row, episode, step)
    began = np.atleast_1d(np.asarray(episode_start, np.bool_))
    _check_rows("episode_start", len(began), size)
    return Counts(row, episode + began, np.where(began, 0, step))


def _check_rows(name: str, found: int, expected: int) -> None:
    # numpy would stretch one row over all of them
    if found != expected:
        raise ValueError(f"predict: {name} has {found} rows, the batch of observations has {expected}.")


def row_uniforms(seed: int, counts: Counts, count: int, *, first: int = 0) -> Float64[np.ndarray, "batch count"]:
    """`count` numbers in [0, 1) for each row's decision, from its `first` on."""
    words = np.empty((len(counts.row), count), np.uint64)
    draw_rows(seed, *counts, first, words)
    return (words >> np.uint64(11)) * TO_UNIT


def draw_categorical(
    logits: Float[np.ndarray, "batch choice"], unit: Float64[np.ndarray, "batch choice"]
) -> np.ndarray:
    """A choice for each row, drawn from the softmax of its logits by numbers in [0, 1).

    Gumbel's trick: the largest of logits plus Gumbel noise is such a draw.
    """
    gumbel = -np.log(-np.log(unit + 1e-12) + 1e-12)
    return (logits + gumbel).argmax(axis=1)


def next_counts(counts: Counts) -> Counts:
    """The state to hand on."""
    return counts._replace(step=counts.step + 1)
