"""Costs add up, say what they need, and are paid beyond a limit where that is asked for."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from world_models.costs.cost import Constraint, StepCost, Sum
from world_models.rollout import Latent, Rollout

ROLLOUT = Rollout(Latent({}, {"x": torch.zeros(2, 1)}), torch.zeros(2, 3, 4, 1), {})


@dataclass(frozen=True)
class Height(StepCost):
    heads: ClassVar[tuple[str, ...]] = ("ego",)

    def by_step(self, found, rollout, goal=None):
        return found["ego"]


@dataclass(frozen=True)
class Depth(StepCost):
    heads: ClassVar[tuple[str, ...]] = ("flow", "ego")
    extras: ClassVar[tuple[str, ...]] = ("continuation",)

    def by_step(self, found, rollout, goal=None):
        return found["flow"]


def found() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {key: torch.randn(2, 3, size, 4, generator=generator) for key, size in (("ego", 1), ("flow", 5))}


def test_sums_and_multiples_are_those_of_the_costs_and_futures_are_broadcast():
    seen = found()
    height, depth = seen["ego"].sum(-1), seen["flow"].sum(-1)
    cost = 2.0 * (Height() + 3.0 * Depth()) + Height() * 0.5
    assert isinstance(cost, Sum)
    assert (cost(seen, ROLLOUT) - (2.5 * height + 6.0 * depth)).abs().max() < 1e-5
    assert [weight for weight, _ in cost.parts] == [2.0, 6.0, 0.5]


def test_every_head_is_asked_for_once():
    cost = Height() + Depth() + Height()
    assert cost.needs == ("ego", "flow")
    assert cost.wants == ("continuation",)
    assert Constraint(Depth(), 1.0).needs == ("flow", "ego")


def test_the_terms_by_name_sum_to_the_cost():
    seen, cost = found(), 2.0 * Height() + 3.0 * Depth() + Height()
    terms = cost.terms(seen, ROLLOUT)
    assert list(terms) == ["Height", "Depth"]
    assert (terms["Height"] - 3.0 * seen["ego"].sum(-1)).abs().max() < 1e-5
    assert (terms["Height"] + terms["Depth"] - cost(seen, ROLLOUT)).abs().max() < 1e-5


def test_a_constraint_is_paid_only_beyond_its_limit():
    seen = found()
    cost = Constraint(Height(), 0.5)
    assert torch.equal(cost(seen, ROLLOUT), (seen["ego"] - 0.5).clamp(min=0.0).sum(-1))
    assert Constraint(Height(), 1e6)(seen, ROLLOUT).abs().max() == 0.0
