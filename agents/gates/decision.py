"""What a gate is told of one step of a batch of worlds, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool

from agents.agent import Observation
from agents.labelling import Expert


class Choice(NamedTuple):
    """Who acts, and what is learned from; each bool [env]."""

    expert_acts: np.ndarray
    label: np.ndarray
    """Whether the expert's answer is kept as a label."""


@runtime_checkable
class Gate(Protocol):
    """Decides for every world of a batch who acts and whether to label."""

    def __call__(self, decision: "Decision") -> Choice: ...


@dataclass(kw_only=True, eq=False)
class Decision:
    """One step of a batch. What costs something is computed when it is first read; the expert's answers are paid for.

    Who reads an answer has asked for it: that is one query for each world read, labelled or not.
    """

    observation: Observation
    """Every key [env ...]."""
    expert_drove: np.ndarray
    """Bool [env]: who acted last; False where an episode begins."""
    step: int
    """Of the round, from 0."""
    left: int
    """Queries that this round has left."""
    asked: Expert
    begins: np.ndarray
    """Bool [env]: an episode has begun since the expert was last asked."""
    drive: Callable[[], np.ndarray]
    estimate: Callable[[], np.ndarray]
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """Between two batches of actions."""
    _answers: Any = None
    _paid: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._paid = np.zeros(self.num_envs, np.bool_)

    @property
    def num_envs(self) -> int:
        """Worlds."""
        return len(self.expert_drove)

    @cached_property
    def novice(self) -> np.ndarray:
        """What the learner would do [env ...]."""
        return self.drive()

    @cached_property
    def uncertainty(self) -> np.ndarray:
        """How unsure the learner is, float [env]; the config says by which measure."""
        return self.estimate()

    @property
    def paid(self) -> np.ndarray:
        """Bool [env]: worlds whose answer has been paid for."""
        return self._paid

    @property
    def was_asked(self) -> bool:
        """Whether the expert has looked at this step at all."""
        return self._answers is not None

    def ask(self, rows: Bool[np.ndarray, " env"]) -> Any:
        """The expert's actions [env ...], of which those of `rows` are paid for; None where none was ever asked.

        Once no query is left the rest is not paid: the round ends here, and nobody acts on it.
        """
        new = np.flatnonzero(rows & ~self._paid)[: self.left - int(self._paid.sum())]
        if rows.any() and self._answers is None:
            self._answers = self.asked.label(self.observation, self.begins, len(new))
        else:
            self.asked.queries += len(new)
        self._paid[new] = True
        return self._answers

    def deviation(self, rows: Bool[np.ndarray, " env"]) -> np.ndarray:
        """How far the novice is from the expert, float [env]: 0 outside `rows`, which are paid for."""
        if not rows.any():
            return np.zeros(self.num_envs)
        return np.where(rows, self.distance(self.novice, self.ask(rows)), 0.0)
