"""What decisions cost: alone, along an episode, and in a large batch; on one thread."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from agents.agent import Agent, State
from experiments.environments import on_split
from experiments.threads import single_threaded

WARM_UP, DECISIONS = 20, 200
BATCH = 256
SECONDS = 6.0
"""Longest time of each measurement, once it has ten values."""


def measure_timings(agent: Agent, env: Any, *, deterministic: bool = True) -> dict[str, float]:
    """Milliseconds and rates of `predict`.

    - ``p50``, ``p95``: a decision that begins anew, for a batch of one: nothing is left of a plan made before.
    - ``cpu_p50``: its processor time, which other programs on the machine disturb less.
    - ``encoder``: of these, the milliseconds in the network's encoder (median); left out where there is none.
    - ``step``: mean along episodes, where an agent that plans ahead decides at some steps only.
    - ``per_second``: decisions that begin anew, in batches of `BATCH`.
    """
    with single_threaded():
        with _encoder_seconds(agent) as encoding:
            alone = time_alone(agent, env, deterministic=deterministic)
        along = _decide(agent, env, deterministic, anew=False)
        batch = _decide_for_many(agent, env, deterministic)
    return {
        **alone,
        "step": float(np.mean(along[0])) * 1000.0,
        "per_second": BATCH / batch,
        **({"encoder": float(np.median(encoding)) * 1000.0} if encoding else {}),
    }


def time_alone(agent: Agent, env: Any, *, deterministic: bool = True) -> dict[str, float]:
    """Of the milliseconds of `measure_timings` those of decisions that begin anew, and how many were timed."""
    with single_threaded():
        wall, busy = _decide(agent, env, deterministic, anew=True)
    p50, p95 = np.quantile(wall, [0.5, 0.95]) * 1000.0
    return {
        "p50": float(p50),
        "p95": float(p95),
        "cpu_p50": float(np.median(busy)) * 1000.0,
        "decisions": len(wall),
    }


@contextmanager
def _encoder_seconds(agent: Agent) -> Iterator[list[float]]:
    """Collect how long each pass of the agent's encoder takes meanwhile."""
    encoder: Any = getattr(getattr(agent, "network", None), "encoder", None)
    seconds: list[float] = []
    if encoder is None:
        yield seconds
        return
    hooks = (
        encoder.register_forward_pre_hook(lambda *_: seconds.append(-time.perf_counter())),
        encoder.register_forward_hook(lambda *_: seconds.append(seconds.pop() + time.perf_counter())),
    )
    try:
        yield seconds
    finally:
        for hook in hooks:
            hook.remove()


def _decide(agent: Agent, env: Any, deterministic: bool, *, anew: bool) -> tuple[list[float], list[float]]:
    """Wall and processor seconds of decisions along episodes of held-out levels."""
    worlds = on_split(env, "test")
    player = agent.bound_to(worlds)
    observation, _ = worlds.reset(seed=0)
    state: State = None
    begins = np.ones(1, np.bool_)
    wall: list[float] = []
    busy: list[float] = []
    started = time.monotonic()
    while len(wall) < WARM_UP + DECISIONS:
        before, busy_before = time.perf_counter(), time.thread_time()
        actions, state = player.predict(observation, None if anew else state, begins, deterministic)
        wall.append(time.perf_counter() - before)
        busy.append(time.thread_time() - busy_before)
        observation, _, terminated, truncated, _ = worlds.step(actions)
        begins = np.ones(1, np.bool_) if anew else terminated | truncated
        if time.monotonic() - started > SECONDS and len(wall) >= 2 * 10:
            break
    worlds.close()
    skipped = min(WARM_UP, len(wall) // 2)
    return wall[skipped:], busy[skipped:]


def _decide_for_many(agent: Agent, env: Any, deterministic: bool) -> float:
    """Median seconds for `BATCH` worlds at once."""
    worlds = on_split(env, "test", BATCH)
    player = agent.bound_to(worlds)
    observation, _ = worlds.reset(seed=0)
    begins = np.ones(BATCH, np.bool_)
    seconds: list[float] = []
    started = time.monotonic()
    while len(seconds) < 3 or (len(seconds) < 10 and time.monotonic() - started < SECONDS):
        before = time.perf_counter()
        player.predict(observation, None, begins, deterministic)
        seconds.append(time.perf_counter() - before)
    worlds.close()
    return float(np.median(seconds))
