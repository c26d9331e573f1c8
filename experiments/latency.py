"""How long one decision takes, alone and on one thread, as on a robot."""

import time
from typing import Any, NamedTuple

import numpy as np

from agents.agent import Agent, State
from experiments.environments import on_split
from experiments.threads import single_threaded

DECISIONS = 200
WARM_UP = 20


class Latency(NamedTuple):
    """Quantiles of the time of one decision [ms]."""

    p50: float
    p95: float


def measure_latency(
    agent: Agent,
    env: Any,
    *,
    split: str = "test",
    decisions: int = DECISIONS,
    seed: int = 0,
    deterministic: bool = True,
) -> Latency:
    """Time `predict` for a batch of one along episodes of `split`, PyTorch on one thread.

    The first `WARM_UP` decisions (lazy compilation, cold caches) are not counted.
    """
    worlds = on_split(env, split)
    player = agent.bound_to(worlds)
    observation, _ = worlds.reset(seed=seed)
    state: State = None
    begins = np.ones(1, np.bool_)
    seconds = []
    with single_threaded():
        for _ in range(WARM_UP + decisions):
            began = time.perf_counter()
            actions, state = player.predict(observation, state, begins, deterministic)
            seconds.append(time.perf_counter() - began)
            observation, _, terminated, truncated, _ = worlds.step(actions)
            begins = terminated | truncated
    worlds.close()
    p50, p95 = np.quantile(seconds[WARM_UP:], [0.5, 0.95]) * 1000.0
    return Latency(float(p50), float(p95))
