"""Imitation through the plan: L-BFGS on the difference between an expert's plans and those of a fitted system."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from experiments.control.recovery.seeing import SEEN, UNKNOWN
from experiments.control.recovery.system import System


@dataclass(frozen=True)
class Shown:
    """Demonstrations: `seen` of an expert's plans from `starts` [batch x]."""

    starts: Tensor
    seen: str
    values: list[Tensor]

    def loss(self, system: System) -> Tensor:
        """Mean squared difference over the mean square of the expert's, summed over what is seen."""
        pairs = zip(SEEN[self.seen](system.plan(self.starts)), self.values, strict=True)
        return torch.stack([(mine - theirs).square().mean() / theirs.square().mean() for mine, theirs in pairs]).sum()


class Learned(NamedTuple):
    """The loss of each system that was tried, and these."""

    losses: list[float]
    systems: list[System]

    @property
    def best(self) -> System:
        """The one of the least loss."""
        return self.systems[min(range(len(self.losses)), key=self.losses.__getitem__)]


def learn(start: System, shown: Shown, *, unknown: str, evaluations: int) -> Learned:
    """What is `unknown` of `start` is fitted; the rest is the truth. A start without plans is given back as it is.

    L-BFGS with a line search (Liu and Nocedal, 1989), for which exact derivatives are made. Where it loses its way it
    begins anew from the best so far, as long as that helps.
    """
    fit = _Fit(start, shown, {name: getattr(start, name).clone().requires_grad_() for name in UNKNOWN[unknown]})
    while (left := evaluations - len(fit.losses)) > 0:
        before = min(fit.losses, default=torch.inf)
        with suppress(_LostError):
            fit.search(left)
        if not fit.losses:
            return Learned([torch.inf], [start])
        if min(fit.losses) > 0.99 * before:
            break
        fit.go_back()
    return Learned(fit.losses, fit.systems)


def learn_from_several(starts: list[System], shown: Shown, *, unknown: str, tries: int, evaluations: int) -> Learned:
    """A short fit from each of the starts; the best of them is gone on with."""
    fits = [learn(start, shown, unknown=unknown, evaluations=tries) for start in starts]
    first = min(fits, key=lambda one: min(one.losses))
    fits.append(learn(first.best, shown, unknown=unknown, evaluations=evaluations))
    return Learned([loss for one in fits for loss in one.losses], [system for one in fits for system in one.systems])


class _LostError(Exception):
    """There is no plan, or no derivative of one: the step was too long."""


@dataclass
class _Fit:
    """A system in the making, and all that it has been."""

    start: System
    shown: Shown
    parts: dict[str, Tensor]
    losses: list[float] = field(default_factory=list)
    systems: list[System] = field(default_factory=list)

    def search(self, evaluations: int) -> None:
        """So many evaluations at most."""
        method = torch.optim.LBFGS(
            list(self.parts.values()),
            max_iter=evaluations,
            max_eval=evaluations,
            tolerance_grad=1e-14,
            tolerance_change=1e-18,
            history_size=50,
            line_search_fn="strong_wolfe",
        )
        method.step(self.evaluate)

    def evaluate(self) -> Tensor:
        """The loss, and its derivatives in `grad` of the parts."""
        loss = self.shown.loss(self.start._replace(**self.parts))
        found = torch.autograd.grad(loss, list(self.parts.values()))
        if not all(bool(torch.isfinite(one).all()) for one in (loss, *found)):
            raise _LostError
        for part, gradient in zip(self.parts.values(), found, strict=True):
            part.grad = gradient
        self.losses.append(loss.item())
        self.systems.append(self.start._replace(**{name: part.detach().clone() for name, part in self.parts.items()}))
        return loss.detach()

    def go_back(self) -> None:
        """To the best so far."""
        best = Learned(self.losses, self.systems).best
        with torch.no_grad():
            for name, part in self.parts.items():
                part.copy_(getattr(best, name))
