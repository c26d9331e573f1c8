"""Descent on the actions themselves, through a model that is differentiable, from several starts at once.

Actions are tanh of what is descended on, so that they stay within their bounds. Adam: Kingma and Ba, *Adam: a method
for stochastic optimization*, ICLR 2015.
"""

import math
import time
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from world_models.costs.cost import Cost
from world_models.model import Draws, WorldModel
from world_models.planners.action_scale import action_scale
from world_models.planners.begin import begin_warm, check_proposals, device_of
from world_models.planners.budget import Clock, Stopwatch, check_budget
from world_models.planners.distribution import draw_units
from world_models.planners.evaluation import evaluate
from world_models.planners.noise import normal
from world_models.planners.plan import Plan, Stats, Warm, pick
from world_models.planners.risk import check_risk
from world_models.planners.units import Units
from world_models.rollout import Latent
from world_models.spec import Spec

BETAS, TINY = (0.9, 0.999), 1e-8
NEARLY = 0.999
"""Where a start at a bound is put, in units: on it the gradient would vanish."""


@dataclass(frozen=True, kw_only=True)
class GradientDescent:
    """plan = GradientDescent().plan(model, latent, cost, draws=draws)"""

    restarts: int = 8
    """Starts: what is left of the last plan (or the middle of the range), and plans at random."""
    horizon: int = 8
    """Steps."""
    iterations: int = 30
    learning_rate: float = 0.1
    """At first; it falls to 0 as a cosine."""
    noise: float = 0.0
    """Standard deviation of what is added after each update."""
    spread: float = 0.5
    """Standard deviation of random starts about the first, in halves of the range."""
    time_budget_ms: float | None = None
    """No iteration begins that would end later, if it took as long as the last one; there is always one."""
    samples: int = 1
    """Futures of each candidate, for models that can draw them."""
    risk: str = "mean"
    tail: float = 0.2
    clock: Clock = field(default=time.perf_counter, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("restarts", "horizon", "iterations", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}.")
        for name in ("learning_rate", "spread"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise ValueError(f"{name}: expected a finite number > 0, got {getattr(self, name)}.")
        if not (math.isfinite(self.noise) and self.noise >= 0.0):
            raise ValueError(f"noise: expected a finite number >= 0, got {self.noise}.")
        check_budget(self.time_budget_ms)
        check_risk(self.risk, self.tail)

    def plan(
        self,
        model: WorldModel,
        latent: Latent,
        cost: Cost,
        *,
        draws: Draws,
        warm: Warm | None = None,
        executed: int | Int64[Tensor, " batch"] = 1,
        proposals: Float[Tensor, "batch proposal horizon number"] | None = None,
        goal: Latent | None = None,
    ) -> Plan:
        """The best plan met on the way down; arguments as for `SamplingPlanner.plan`, proposals are further starts.

        Raises:
            ValueError: choices, which have no gradient, or a model that has none; else as there.
        """
        check_descent(model)
        stopwatch = Stopwatch(self.time_budget_ms, device_of(latent), self.clock)
        begun = begin_warm(warm, executed, model.spec, latent, horizon=self.horizon, kept=1)
        units = Units.of(model.spec.actions, device_of(latent))
        scale = action_scale(model.spec, latent)[:, None, None]
        free = self._starts(units, scale, begun, draws, proposals)
        moments = torch.zeros_like(free), torch.zeros_like(free)
        best, lowest, trace = None, None, []
        while True:
            count = len(trace) + 1
            actions, costs, slope = self._slope(free * scale, units, (model, latent, cost, goal), draws)
            slope = slope * scale
            wins = torch.ones_like(costs).bool() if lowest is None else costs < lowest
            best = actions if best is None else torch.where(wins[..., None, None], actions, best)
            lowest = costs if lowest is None else torch.where(wins, costs, lowest)
            trace.append(lowest.amin(1))
            if count == self.iterations or not stopwatch.allows_another():
                break
            free, moments = self._descend(free, slope, moments, count)
            if self.noise:
                free = free + self.noise * normal(draw_units(draws, free, tuple(free.shape[1:])))
        costs, order = lowest.sort(dim=1, stable=True)
        ranked = pick(best, order)
        stats = Stats(stopwatch.milliseconds, len(trace), len(trace), torch.stack(trace))
        following = Warm(ranked[:, 0], ranked[:, :1], torch.ones_like(begun.known))
        return Plan(ranked[:, 0], costs[:, 0], following, ranked, costs, stats)

    def _starts(self, units: Units, scale: Tensor, warm: Warm, draws: Draws, proposals: Tensor | None) -> Tensor:
        """[batch start horizon number], before the squashing."""
        known = warm.known[:, None, None]
        first = torch.where(known, units.of_actions(warm.centre), 0.0)[:, None]
        noise = normal(draw_units(draws, first, (self.restarts, *first.shape[2:])))[:, 1:]
        around = first + self.spread * scale * noise
        parts = [first, around]
        proposals = check_proposals(proposals, first[:, 0])
        if proposals is not None:
            parts.append(units.of_actions(proposals))
        return torch.atanh(torch.cat(parts, 1).clamp(-NEARLY, NEARLY)) / scale

    def _slope(self, free: Tensor, units: Units, problem: tuple, draws: Draws) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, their costs, and the costs' gradient in what is free; 0 where that is not a number."""
        model, latent, cost, goal = problem
        with torch.enable_grad():
            free = free.detach().requires_grad_()
            actions = units.to_actions(torch.tanh(free))
            costs = evaluate(
                *(model, latent, actions, cost, goal),
                samples=self.samples,
                draws=draws if self.samples > 1 else None,
                risk=self.risk,
                tail=self.tail,
            )
            (slope,) = torch.autograd.grad(costs.sum(), free)
        return actions.detach(), costs.detach(), slope.nan_to_num(0.0, 0.0, 0.0)

    def _descend(self, free: Tensor, slope: Tensor, moments: tuple, count: int) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One update of Adam."""
        first = BETAS[0] * moments[0] + (1.0 - BETAS[0]) * slope
        second = BETAS[1] * moments[1] + (1.0 - BETAS[1]) * slope.square()
        rate = 0.5 * self.learning_rate * (1.0 + math.cos(math.pi * (count - 1) / self.iterations))
        scale = (second / (1.0 - BETAS[1] ** count)).sqrt() + TINY
        return free - rate / (1.0 - BETAS[0] ** count) * first / scale, (first, second)


def check_descent(model: WorldModel) -> None:
    """Raise ``ValueError`` for a model whose actions have no gradient."""
    spec: Spec = model.spec
    if spec.actions.is_discrete:
        raise ValueError(
            f"GradientDescent: the actions of {model.name} are {spec.actions.size} choices, which have no gradient; "
            "'cem' and 'mppi' search among choices."
        )
    if not spec.is_differentiable:
        raise ValueError(
            f"GradientDescent: no gradient leads through {model.name} to the actions (spec.is_differentiable is "
            "False); 'cem' and 'mppi' need none."
        )
