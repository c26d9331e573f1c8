"""Draw windows of consecutive steps that never cross the end of an episode.

Index arithmetic.  Steps are counted over the whole store.  Episode e has the steps b_e <= t < n_e, with
n = `episode_ends` and b_e = n_{e-1}; its observations are the rows b_e + e to n_e + e, both included.  A
window is placed by its *decision step* t, the step whose action is to be chosen:

    observation rows   t + e - (history - 1), ..., t + e, ..., t + e + lookahead   (t + e: seen when deciding)
    step rows          t, ..., t + horizon - 1                                     (t: what was done then)

so the action ``[:, k]`` acts on the observation ``[:, history - 1 + k]`` and leads to ``[:, history + k]``.

With padding every step of every episode is a decision step: there are N windows.  Without it, only those with
everything inside the episode: b_e + history - 1 <= t <= n_e - max(horizon, lookahead).
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

import numpy as np
from jaxtyping import Bool, Int, Integer, Shaped

from envs.core.naming import check_known
from envs.episodes.store import EpisodeStore


class WindowBatch(TypedDict):
    """Windows, batch first.  Masks are True for rows of the episode, False for repeated (padding) rows."""

    observations: dict[str, Shaped[np.ndarray, "batch history_and_lookahead ..."]]
    steps: dict[str, Shaped[np.ndarray, "batch horizon ..."]]
    observation_mask: Bool[np.ndarray, "batch history_and_lookahead"]
    step_mask: Bool[np.ndarray, "batch horizon"]
    decision_step: Int[np.ndarray, " batch"]


class WindowSampler:
    """All windows of a store; ``len(sampler)`` counts them.

    Behaviour cloning and diffusion policies: ``WindowSampler(store, history=2, horizon=8)``.  Before the
    first step the first observation is repeated, after the last step the last one of every step array, so a
    loss over the chunk must be weighted with `step_mask` (repeated rewards are no rewards).

    World models: ``WindowSampler(store, horizon=16, lookahead=16, pad=False)``: 16 actions between 17
    observations, all real.  A model with a context of C frames asks for C - 1 more of both and splits them.

    `history`: observations up to and with the decision, at least 1.  `horizon`: steps from the decision on,
    at least 1.  `lookahead`: observations after the decision, at least 0.  `observe` and `steps` name the
    arrays to fetch (all, where None).  Raises ``ValueError`` where no window fits into any episode.
    """

    def __init__(
        self,
        store: EpisodeStore,
        *,
        horizon: int = 1,
        history: int = 1,
        lookahead: int = 0,
        pad: bool = True,
        observe: Sequence[str] | None = None,
        steps: Sequence[str] | None = None,
    ):
        for name, value, least in (
            ("horizon", horizon, 1),
            ("history", history, 1),
            ("lookahead", lookahead, 0),
        ):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, found {value}.")
        self.horizon, self.history, self.lookahead, self.pad = horizon, history, lookahead, pad
        self._observations = _chosen("observation", store.observations, observe)
        self._steps = _chosen("step array", store.steps, steps)
        self._ends = np.array(store.episode_ends)
        self._begins = np.concatenate([[0], self._ends[:-1]])
        self._place_windows()

    def __len__(self) -> int:
        """Number of windows."""
        return int(self._window_ends[-1])

    def sample(self, batch_size: int, rng: np.random.Generator) -> WindowBatch:
        """`batch_size` windows, each drawn uniformly and independently from all."""
        return self.gather(rng.integers(len(self), size=batch_size))

    def epoch(self, batch_size: int, rng: np.random.Generator) -> Iterator[WindowBatch]:
        """Every window exactly once, in random order; the last batch may be smaller."""
        order = rng.permutation(len(self))
        for begin in range(0, len(order), batch_size):
            yield self.gather(order[begin : begin + batch_size])

    def gather(self, windows: Integer[np.ndarray, " batch"]) -> WindowBatch:
        """The windows with these numbers; 0 to ``len(self) - 1`` are in the order of their decision steps."""
        if len(windows) and not 0 <= windows.min() <= windows.max() < len(self):
            raise IndexError(f"Windows go from 0 to {len(self) - 1}, found {windows.min()} to {windows.max()}.")
        episode = np.searchsorted(self._window_ends, windows, side="right")
        decision = windows + self._shift[episode]
        begin, end = self._begins[episode], self._ends[episode]
        offsets = np.arange(1 - self.history, self.lookahead + 1)
        rows, observation_mask = _inside(decision + episode, offsets, begin + episode, end + episode)
        step_rows, step_mask = _inside(decision, np.arange(self.horizon), begin, end - 1)
        return {
            "observations": {key: np.take(array, rows, axis=0) for key, array in self._observations.items()},
            "steps": {name: np.take(array, step_rows, axis=0) for name, array in self._steps.items()},
            "observation_mask": observation_mask,
            "step_mask": step_mask,
            "decision_step": decision,
        }

    def _place_windows(self) -> None:
        """Episode e has the window numbers below `_window_ends[e]`; number w decides at w + `_shift[e]`."""
        lengths = self._ends - self._begins
        needed = self.history - 1 + max(self.horizon, self.lookahead)
        counts = lengths if self.pad else np.maximum(lengths - needed + 1, 0)
        if not counts.any():
            raise ValueError(f"No window fits: it needs {needed} steps, the longest episode has {lengths.max()}.")
        self._window_ends = np.cumsum(counts)
        first = self._begins if self.pad else self._begins + self.history - 1
        self._shift = first - (self._window_ends - counts)


def _chosen(kind: str, arrays: dict[str, np.ndarray], names: Sequence[str] | None) -> dict[str, np.ndarray]:
    for name in names or ():
        check_known(kind, name, arrays)
    # np.asarray drops the memmap class (not the mapping), whose own indexing costs more than the copy.
    return {name: np.asarray(arrays[name]) for name in (arrays if names is None else names)}


def _inside(
    at: Int[np.ndarray, " batch"],
    offsets: Int[np.ndarray, " time"],
    first: Int[np.ndarray, " batch"],
    last: Int[np.ndarray, " batch"],
) -> tuple[Int[np.ndarray, "batch time"], Bool[np.ndarray, "batch time"]]:
    """Rows `at` + `offsets`, clipped to [first, last], and whether each was inside."""
    rows = at[:, None] + offsets
    clipped = np.clip(rows, first[:, None], last[:, None])
    return clipped, clipped == rows
