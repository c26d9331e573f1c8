"""Randomness of a policy, row by row: a pure function of (seed, row, episode, step), counted in the agent's state."""

import numpy as np
from jaxtyping import Float, Float64, Int64

from agents.agent import State
from envs.kernels.counter_random import draw_rows

Counts = tuple[Int64[np.ndarray, " batch"], Int64[np.ndarray, " batch"]]


def count_rows(size: int, state: State, episode_start: np.ndarray | None) -> Counts:
    """(episodes, steps) that each row has seen before this decision.

    Raises:
        ValueError: `state` or `episode_start` is of another batch.
    """
    if state is None:
        return np.zeros(size, np.int64), np.zeros(size, np.int64)
    episode, step = state
    _check_rows("state", len(step), size)
    if episode_start is None:
        return episode, step
    began = np.atleast_1d(np.asarray(episode_start, np.bool_))
    _check_rows("episode_start", len(began), size)
    return episode + began, np.where(began, 0, step)


def _check_rows(name: str, found: int, expected: int) -> None:
    # numpy would stretch one row over all of them
    if found != expected:
        raise ValueError(f"predict: {name} has {found} rows, the batch of observations has {expected}.")


def row_uniforms(seed: int, counts: Counts, count: int) -> Float64[np.ndarray, "batch count"]:
    """`count` numbers in [0, 1) for each row's decision."""
    words = np.empty((len(counts[0]), count), np.uint64)
    draw_rows(seed, *counts, words)
    return (words >> np.uint64(11)) * 2.0**-53


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
    return counts[0], counts[1] + 1
