"""The search that CEM and MPPI share: draw candidates, foresee them, fit the distribution to the good ones, again."""

import math
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from envs.core.naming import check_known
from world_models.costs.cost import Cost
from world_models.model import Draws, WorldModel
from world_models.planners.begin import begin_distribution, begin_warm, check_proposals, device_of
from world_models.planners.budget import Clock, Stopwatch, check_budget
from world_models.planners.distribution import Distribution, draw_units
from world_models.planners.evaluation import evaluate
from world_models.planners.plan import Plan, Stats, Warm, pick
from world_models.planners.risk import check_risk
from world_models.rollout import Latent
from world_models.spec import Spec

ANSWERS = ("best", "mean", "drawn")


@dataclass(frozen=True, kw_only=True)
class SamplingPlanner(ABC):
    """Subclasses weigh candidates."""

    candidates: int = 128
    """Foreseen in each iteration; the first is the centre of the distribution."""
    horizon: int = 8
    """Steps."""
    iterations: int = 4
    elites: int = 12
    """Best candidates, which the distribution is fitted to."""
    kept: int = 5
    """Of the elites, which are candidates again in the next iteration, and in the next search."""
    momentum: float = 0.0
    """Share of the old distribution in the new one."""
    spread: float = 0.4
    """Standard deviation at first, in halves of the range of an action times its `action_scale`."""
    spread_floor: float = 0.05
    """It never falls below this."""
    colour: float = 2.5
    """Exponent of the noise over the horizon: 0 white, 2 a random walk. Continuous actions only."""
    probability_floor: float = 0.1
    """Shared equally by all choices of a step. Discrete actions only."""
    doubt: float = 0.5
    """The same at the start of a search that goes on from an earlier plan."""
    answer: str = "best"
    """What is handed back: the `best` candidate met, the `mean` (or likeliest choices) of the last distribution, or an
    elite `drawn` by its weight."""
    time_budget_ms: float | None = None
    """No iteration begins that would end later, if it took as long as the last one; there is always one."""
    samples: int = 1
    """Futures of each candidate, for models that can draw them."""
    risk: str = "mean"
    """What of them counts: see `world_models.planners.risk`."""
    tail: float = 0.2
    clock: Clock = field(default=time.perf_counter, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("candidates", "horizon", "iterations", "elites", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}.")
        if not 0 <= self.kept <= self.elites <= self.candidates or self.kept >= self.candidates:
            raise ValueError(
                f"Expected kept <= elites <= candidates and kept < candidates, "
                f"got {self.kept}, {self.elites}, {self.candidates}."
            )
        if not 0.0 < self.spread_floor <= self.spread or not math.isfinite(self.spread):
            raise ValueError(f"Expected 0 < spread_floor <= spread, got {self.spread_floor} and {self.spread}.")
        for name in ("momentum", "probability_floor", "doubt"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name}: expected a share in [0, 1), got {getattr(self, name)}.")
        if not (math.isfinite(self.colour) and self.colour >= 0.0):
            raise ValueError(f"colour: expected a finite exponent >= 0, got {self.colour}.")
        check_known("answer", self.answer, ANSWERS)
        check_budget(self.time_budget_ms)
        check_risk(self.risk, self.tail)

    @abstractmethod
    def weigh(self, costs: Float[Tensor, "batch elite"]) -> Float[Tensor, "batch elite"]:
        """What each elite counts, best first; sums to 1."""

    @torch.no_grad()
    def plan(
        self,
        model: WorldModel,
        latent: Latent,
        cost: Cost,
        *,
        draws: Draws,
        warm: Warm | None = None,
        executed: int | Int64[Tensor, " batch"] = 1,
        proposals: Shaped[Tensor, "batch proposal horizon ..."] | None = None,
        goal: Latent | None = None,
    ) -> Plan:
        """The actions that the model foresees to cost least.

        Args:
            model: Who foresees.
            latent: What it kept of now.
            cost: To be low.
            draws: All that is random.
            warm: Of the last plan, to go on from.
            executed: Steps of it that were taken since, of all rows or of each.
            proposals: Further candidates of the first iteration.
            goal: For costs that compare with one.

        Raises:
            ValueError: proposals, a warm start or draws of another shape; a cost that the model has no heads for.
        """
        search = _Search(self, model, latent, cost, draws, goal)
        return search.run(
            begin_warm(warm, executed, model.spec, latent, horizon=self.horizon, kept=self.kept), proposals
        )

    def begin(self, spec: Spec, latent: Latent, warm: Warm) -> Distribution:
        """The distribution that a search begins with."""
        return begin_distribution(
            *(spec, latent, warm),
            spreads=(self.spread_floor, self.spread),
            colour=self.colour,
            floor=self.probability_floor,
            doubt=self.doubt,
        )


@dataclass
class _Search:
    """One search: what it looks at, and the best that it has met."""

    planner: SamplingPlanner
    model: WorldModel
    latent: Latent
    cost: Cost
    draws: Draws
    goal: Latent | None
    calls: int = 0

    def run(self, warm: Warm, proposals: Tensor | None) -> Plan:
        planner, device = self.planner, device_of(self.latent)
        stopwatch = Stopwatch(planner.time_budget_ms, device, planner.clock)
        distribution = planner.begin(self.model.spec, self.latent, warm)
        proposals = check_proposals(proposals, distribution.plan)
        kept, known, best, trace = warm.elites, warm.known, None, []
        while True:
            pool = self._pool(distribution, kept, known, proposals if not trace else None)
            elites, costs = self._best(pool)
            distribution = distribution.fitted(elites, planner.weigh(costs), planner.momentum)
            best = better(best, (elites[:, 0], costs[:, 0]))
            trace.append(best[1])
            kept, known = elites[:, : planner.kept], torch.ones_like(known)
            if len(trace) == planner.iterations or not stopwatch.allows_another():
                break
        actions, cost = self._answer(distribution, best, (elites, costs))
        stats = Stats(stopwatch.milliseconds, self.calls, len(trace), torch.stack(trace))
        return Plan(actions, cost, Warm(distribution.centre, kept, known), elites, costs, stats)

    def _pool(self, distribution: Distribution, kept: Tensor, known: Tensor, proposals: Tensor | None) -> Tensor:
        drawn = distribution.draw(self.draws, self.planner.candidates - 1)
        count = kept.shape[1]
        is_known = known.view(-1, *[1] * (drawn.ndim - 1))
        first = torch.where(is_known, kept, drawn[:, :count])
        parts = [distribution.plan[:, None], first, drawn[:, count:]]
        return torch.cat(parts if proposals is None else [*parts, proposals], 1)

    def _best(self, pool: Tensor) -> tuple[Tensor, Tensor]:
        """The elites of a pool, best first, and their costs; of equals the first."""
        costs, order = self._score(pool).sort(dim=1, stable=True)
        count = self.planner.elites
        return pick(pool, order[:, :count]), costs[:, :count]

    def _score(self, pool: Tensor) -> Tensor:
        planner = self.planner
        self.calls += 1
        return evaluate(
            *(self.model, self.latent, pool, self.cost, self.goal),
            samples=planner.samples,
            draws=self.draws if planner.samples > 1 else None,
            risk=planner.risk,
            tail=planner.tail,
        )

    def _answer(self, distribution: Distribution, best: Any, elites: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        if self.planner.answer == "best":
            return best
        if self.planner.answer == "mean":
            return distribution.plan, self._score(distribution.plan[:, None])[:, 0]
        actions, costs = elites
        upto = self.planner.weigh(costs).double().cumsum(1)[:, :-1]
        index = (draw_units(self.draws, costs, (1,)) >= upto).sum(1, keepdim=True)
        return pick(actions, index)[:, 0], costs.gather(1, index)[:, 0]


def better(best: tuple[Tensor, Tensor] | None, found: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Row by row the cheaper of two (actions, cost); of equals the first."""
    if best is None:
        return found
    wins = found[1] < best[1]
    actions = torch.where(wins.view(-1, *[1] * (best[0].ndim - 1)), found[0], best[0])
    return actions, torch.where(wins, found[1], best[1])
