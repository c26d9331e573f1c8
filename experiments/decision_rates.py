"""What a decision of each family of policies costs beyond its encoder: one row, one thread."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import gymnasium
import numpy as np
import torch

import agents
from agents.policies.diffusion import DiffusionHead
from agents.policies.energy import EnergyHead
from agents.policies.explicit import RegressionHead
from agents.policies.flow import FlowHead
from agents.policies.head import Head
from agents.policies.noise import RowNoise
from agents.policies.samplers import make_sampler
from agents.row_noise import Counts
from experiments.rates import Once
from experiments.threads import single_threaded

FEATURES, HORIZON, SIZE = 128, 8, 2
"""As on roads: what the encoder gives, actions in a chunk, numbers of an action."""
HEADS: dict[str, Callable[..., Head]] = {
    "explicit": RegressionHead,
    "diffusion": DiffusionHead,
    "flow": FlowHead,
    "energy": EnergyHead,
}
TRIALS = 30


def head_milliseconds(family: str, sampler: str | None = None, **settings: Any) -> Once:
    """Milliseconds of one proposal."""
    propose = _proposal(family, sampler, **settings)
    return lambda: 1000.0 * _seconds(propose)


def sampler_gain(family: str, sampler: str, over: Callable[[Head], Callable[[], object]], **settings: Any) -> Once:
    """A proposal's time over that of another, measured in turn."""
    head = _head(family)
    propose, other = _bound(head, make_sampler(sampler, **settings)), over(head)
    return lambda: _ratio(propose, other)


def one_pass(head: Any) -> Callable[[], object]:
    """One evaluation of a denoiser as anybody would call it: chunk, time and features in, chunk out."""
    chunk, time, features = torch.zeros(1, HORIZON, SIZE), torch.full((1,), 0.5), torch.zeros(1, FEATURES)
    return lambda: head.denoiser(chunk, time, features)


def whole_gain(first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]) -> Once:
    """The time of one agent's decision on a road, its encoder included, over another's, measured in turn."""
    env = gymnasium.make("crossroads/Intersection-v0")
    observation, _ = env.reset(seed=0)
    acts = [partial(agents.make(name, env, **config).predict, observation) for name, config in (first, second)]
    return lambda: _ratio(*acts)


def _proposal(family: str, sampler: str | None, **settings: Any) -> Callable[[], object]:
    return _bound(_head(family), None if sampler is None else make_sampler(sampler, **settings))


def _head(family: str) -> Head:
    torch.manual_seed(0)
    return HEADS[family](FEATURES, HORIZON, SIZE).eval()


def _bound(head: Head, sampler: Any) -> Callable[[], object]:
    features, zero = torch.zeros(1, FEATURES), np.zeros(1, np.int64)
    return lambda: head.propose(features, RowNoise(0, Counts(zero, zero, zero)), sampler=sampler, deterministic=True)


@torch.no_grad()
def _seconds(act: Callable[[], object]) -> float:
    with single_threaded():
        return _timed(act, 5 * TRIALS)


@torch.no_grad()
def _ratio(act: Callable[[], object], other: Callable[[], object]) -> float:
    """In turn, so that what else the machine does falls on both."""
    with single_threaded():
        pairs = [(_timed(act, TRIALS), _timed(other, TRIALS)) for _ in range(5)]
    return median(one / two for one, two in pairs)


def _timed(act: Callable[[], object], trials: int) -> float:
    spent = []
    for _ in range(trials):
        began = perf_counter()
        act()
        spent.append(perf_counter() - began)
    return median(spent)
