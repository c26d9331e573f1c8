"""Playing levels and keeping every step of them, cut exactly where episodes begin and end."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from agents.agent import Agent, State
from envs.core.batched import WorldVectorEnv, vector_like

EpisodeRecord = dict[str, dict[str, Any]]
"""``observations`` [L + 1 ...], ``steps`` [L ...] and ``episode``, as an `EpisodeWriter` takes them."""


class RowLog:
    """Arrays of changing sets of rows, gathered row by row in the end."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []
        self._arrays: list[dict[str, np.ndarray]] = []

    def add(self, rows: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
        """Append one entry to each of `rows`; every array has as many."""
        self._rows.append(rows)
        self._arrays.append(arrays)

    def by_row(self, count: int) -> list[dict[str, np.ndarray]]:
        """The entries of rows 0 to count - 1, each in the order they came."""
        rows = np.concatenate(self._rows)
        order = np.argsort(rows, kind="stable")
        edges = np.searchsorted(rows[order], np.arange(1, count))
        joined = {name: np.concatenate([part[name] for part in self._arrays])[order] for name in self._arrays[0]}
        split = {name: np.split(array, edges) for name, array in joined.items()}
        return [{name: parts[row] for name, parts in split.items()} for row in range(count)]


def record_levels(
    agent: Agent,
    env: Any,
    levels: Sequence[int],
    *,
    num_envs: int,
    seed: int = 0,
    label: bool = False,
    deterministic: bool = True,
    skip: int = 0,
) -> Iterator[EpisodeRecord]:
    """Episodes of `levels[skip:]`, in this order; level k is played with seed + k.

    Levels are played in groups of `num_envs`, always whole ones: what an episode holds does not depend on how
    many are asked for, nor on how many were skipped.

    Args:
        agent: Plays; one that looks at the state is bound to the worlds made here.
        env: Tells which worlds; it is not touched itself.
        levels: Levels in the order of recording.
        num_envs: Worlds side by side.
        seed: Of what is random within episodes.
        label: Also record ``expert_action``, what the oracle would do at every step.
        deterministic: Take the most likely action rather than a drawn one.
        skip: Leave out so many levels at the beginning.
    """
    worlds = vector_like(env, num_envs)
    player = agent.bound_to(worlds)
    for first in range(skip - skip % num_envs, len(levels), num_envs):
        group = list(levels[first : first + num_envs])
        episodes = _record_group(player, worlds, group, seed=seed, label=label, deterministic=deterministic)
        yield from episodes[max(0, skip - first) :]
    worlds.close()


def _record_group(
    agent: Agent, worlds: WorldVectorEnv, levels: list[int], *, seed: int, label: bool, deterministic: bool
) -> list[EpisodeRecord]:
    padded = np.array(levels + levels[-1:] * (worlds.num_envs - len(levels)), np.int64)
    observation, _ = worlds.reset(seed=[seed + int(level) for level in padded], options={"level": padded})
    seen, steps, facts = RowLog(), RowLog(), dict[int, dict[str, Any]]()
    live = np.arange(len(levels))
    seen.add(live, _take(observation, live))
    state: State = None
    begins = np.ones(len(live), np.bool_)
    actions = np.zeros((worlds.num_envs, *worlds.single_action_space.shape), worlds.single_action_space.dtype)  # type: ignore[misc]
    while len(live):
        advice = {"expert_action": worlds.oracle_action()[live]} if label else {}
        if agent.sees_state:
            actions[:], _ = agent.predict(observation, None, None, deterministic)
        else:
            actions[live], state = agent.predict(_take(observation, live), state, begins, deterministic)
        observation, reward, terminated, truncated, infos = worlds.step(actions)
        outcome = _take({"reward": reward, "terminated": terminated, "truncated": truncated}, live)
        steps.add(live, {"action": actions[live], **outcome, **advice})
        seen.add(live, _take(observation, live))
        ended = (terminated | truncated)[live]
        for row in live[ended].tolist():
            metrics = {name: float(infos["metrics"][name][row]) for name in worlds.worlds.metric_names}
            facts[row] = {"level": levels[row], "seed": seed + levels[row], **metrics}
        begins = np.zeros(int((~ended).sum()), np.bool_)
        state = None if state is None else tuple(part[~ended] for part in state)
        live = live[~ended]
    logs = zip(seen.by_row(len(levels)), steps.by_row(len(levels)), strict=True)
    return [{"observations": o, "steps": s, "episode": facts[row]} for row, (o, s) in enumerate(logs)]


def _take(arrays: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    return {name: array[rows] for name, array in arrays.items()}
