"""One round of driving: expert and novice in turn, as a gate has it, while labels are gathered."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from agents.demonstrations import Aggregate
from agents.gates.decision import Choice, Decision, Gate
from agents.gates.uncertainty import DEVIATION, Uncertainty, distance
from agents.imitation import ImitationAgent, ImitationLesson
from agents.labelling import Expert
from envs.core.batched import vector_like


@dataclass
class Driven:
    """What a round came to."""

    queries: int = 0
    steps: int = 0
    """Of all worlds together."""
    expert_steps: int = 0
    """Those that the expert acted in."""
    takeovers: int = 0
    """How often the expert took over from the novice, or began an episode."""


@dataclass
class Round:
    """Drives until `budget` queries are made; where the gate asks too seldom, until patience ends.

    Args:
        agent: The novice.
        gate: Who acts, and what is labelled.
        uncertainty: What the gate looks at; None where it looks at none.
        index: Of the round, from 1.
    """

    agent: ImitationAgent
    gate: Gate
    uncertainty: Uncertainty | None
    index: int

    def drive(self, lesson: ImitationLesson, aggregate: Aggregate, budget: int) -> Driven:
        """Add the round's labels to `aggregate`."""
        config: Any = self.agent.config
        worlds = vector_like(lesson.source, config.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
        asked, driven = Expert(worlds, lesson.expert), Driven()
        observation, _ = worlds.reset(seed=config.seed + self.index * config.num_envs)
        begins, unseen = np.ones((2, config.num_envs), np.bool_)
        drove = np.zeros(config.num_envs, np.bool_)
        for step in range(1 + max(config.patience, config.label_every) * max(0, budget) // config.num_envs):
            decision = self._decision(asked, observation, begins, drove, (unseen, step, budget - asked.queries))
            choice = self.gate(decision)
            answers = decision.ask(choice.expert_acts | choice.label)
            unseen = unseen & (not decision.was_asked)
            self._keep(aggregate, decision, choice.label & decision.paid)
            if asked.queries >= budget:
                break
            observation, _, terminated, truncated, _ = worlds.step(_mix(choice.expert_acts, answers, decision))
            _count(driven, choice, drove)
            begins = terminated | truncated
            unseen |= begins
            drove = choice.expert_acts & ~begins
        worlds.close()
        driven.queries = asked.queries
        return driven

    def _decision(
        self, asked: Expert, observation: Any, begins: np.ndarray, drove: np.ndarray, rest: tuple[np.ndarray, int, int]
    ) -> Decision:
        agent, (unseen, step, left) = self.agent, rest
        return Decision(
            observation=observation,
            expert_drove=drove,
            step=step,
            left=left,
            asked=asked,
            begins=unseen,
            drive=lambda: np.asarray(agent.predict(observation, None, begins, deterministic=True)[0]),
            estimate=lambda: self._estimate(observation),
            distance=lambda first, second: distance(agent.network, agent.action_space, first, second),
        )

    def _estimate(self, observation: Any) -> np.ndarray:
        if self.uncertainty is None:
            raise ValueError("This gate looks at an uncertainty, and was given none.")
        return self.uncertainty(observation)

    def _keep(self, aggregate: Aggregate, decision: Decision, rows: np.ndarray) -> None:
        if not decision.was_asked:
            return
        kept = {key: array[rows] for key, array in decision.observation.items()}
        if self.uncertainty is not None and self.uncertainty.keeps_deviation:
            # Of states that the novice did not come to by itself it says nothing yet.
            unknown = np.full(int(rows.sum()), np.nan)
            kept[DEVIATION] = (unknown if self.index == 1 else decision.deviation(rows)[rows]).astype(np.float32)
        aggregate.add(kept, decision.ask(rows)[rows])


def _mix(acts: np.ndarray, answers: Any, decision: Decision) -> Any:
    """The expert's actions [env ...] where it acts, the novice's elsewhere."""
    if acts.all():
        return answers
    own = decision.novice
    return np.where(acts.reshape(-1, *[1] * (own.ndim - 1)), answers, own) if acts.any() else own


def _count(driven: Driven, choice: Choice, drove: np.ndarray) -> None:
    driven.steps += len(drove)
    driven.expert_steps += int(choice.expert_acts.sum())
    driven.takeovers += int((choice.expert_acts & ~drove).sum())
