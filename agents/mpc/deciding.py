"""One decision of model predictive control: see, foresee, search, act; any model, any planner, any cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from agents.agent import State
from agents.mpc.draws import RowDraws, alike
from agents.mpc.goals import goal_observation
from agents.mpc.memory import Kept, Memory, first, recall
from agents.mpc.proposer import Others, Proposer, parted, plans_of
from agents.row_noise import count_rows
from world_models.costs.cost import Cost
from world_models.model import WorldModel
from world_models.planners.plan import Plan, Stats, Warm
from world_models.road_proposals import RoadProposals
from world_models.rollout import Latent
from world_models.spec import Spec

MOST_NUMBERS = 2**26
"""Of foreseen occupancy, that a search of several rows may hold at once."""


@dataclass(frozen=True)
class Decision:
    """What was decided, and on what."""

    latent: Latent
    memory: Memory
    rows: Int64[np.ndarray, " some"]
    """Which had a new plan made."""
    plan: Plan | None
    """Theirs; None where all went on with the plans they had."""
    others: Others = ()
    """What the agent that proposes carries."""

    @property
    def actions(self) -> Tensor:
        """[batch ...]"""
        return self.memory.next_action()

    @property
    def state(self) -> tuple[np.ndarray, ...]:
        """To hand to the next decision."""
        return (*self.memory.as_state(self.latent), *self.others)


@dataclass(frozen=True)
class Decider:
    """A model, a planner and a cost; it keeps nothing of an episode."""

    model: WorldModel
    planner: Any
    cost: Cost
    execute: int
    """Actions of a plan that are taken before the next one is made."""
    seed: int
    device: torch.device
    proposals: RoadProposals | None = None
    """Candidates that a search begins with; None: none."""
    proposer: Proposer | None = None
    """An agent that proposes some, too."""
    goal_channels: tuple[str, ...] | None = None
    """Channels of a grid's occupancy where costs compare with what will be seen at the goal; None: they do not."""

    def decide(
        self, observation: Mapping[str, np.ndarray], state: State, episode_start: np.ndarray | None, *, drawn: bool
    ) -> Decision:
        """For a batch of observations.

        Args:
            observation: Every key [batch ...], bytes as bytes.
            state: What the last decision returned.
            episode_start: Rows that begin.
            drawn: Search with numbers of each row's own; else with the same in all rows, so that a decision follows
                from what its row has seen, wherever it stands.
        """
        seen = tensors_of(observation, self.device)
        size = len(next(iter(seen.values())))
        kept = Kept.by(self.model, seen)
        own, others = (state, ()) if self.proposer is None else parted(state, kept.arrays)
        memory = recall(own, episode_start, kept=kept, size=size, device=self.device)
        latent = self._encode(seen, memory)
        proposed = None
        if self.proposer is not None:
            actions, others = self.proposer.ask(observation, others, episode_start)
            proposed = plans_of(actions, memory, horizon=self.planner.horizon, device=self.device)
        if memory is None:
            plan = self._search(latent, np.arange(size), None, proposed, drawn=drawn)
            return Decision(latent, first(kept.of(latent), plan), np.arange(size), plan, others)
        rows = memory.due(self.execute)
        if not len(rows):
            return Decision(latent, memory, rows, None, others)
        plan = self._search(latent, rows, memory, proposed, drawn=drawn)
        return Decision(latent, memory.planned(rows, plan), rows, plan, others)

    @torch.no_grad()
    def _encode(self, seen: dict[str, Tensor], memory: Memory | None) -> Latent:
        """Once for each decision."""
        before = None if memory is None or not self.model.memory else memory.before()
        return self.model.encode(seen, before)

    def _search(
        self, latent: Latent, rows: np.ndarray, memory: Memory | None, proposed: Tensor | None, *, drawn: bool
    ) -> Plan:
        """Plans of some rows, a few rows at a time: what is foreseen of many would not fit into memory."""
        few = max(1, MOST_NUMBERS // numbers_foreseen(self.model.spec, self.planner))
        found = []
        for first_row in range(0, len(rows), few):
            found.append(self._search_few(latent, rows[first_row : first_row + few], memory, proposed, drawn=drawn))
        return joined(found)

    def _search_few(
        self, latent: Latent, rows: np.ndarray, memory: Memory | None, proposed: Tensor | None, *, drawn: bool
    ) -> Plan:
        everyone = len(rows) == len(latent)
        index = torch.from_numpy(rows).to(self.device)
        counts = count_rows(len(latent), None, None) if memory is None else memory.counts
        draws = RowDraws(self.seed, (counts if drawn else alike(counts)).of(rows), self.device)
        settings: dict[str, Any] = {}
        if memory is not None:
            warm = memory.warm if everyone else memory.warm.rows(index)
            settings = {"warm": warm, "executed": torch.from_numpy(memory.cursor[rows]).to(self.device)}
        where = latent if everyone else latent.rows(index)
        proposals = [] if proposed is None else [proposed[index]]
        if self.proposals is not None:
            proposals.append(self.proposals(where.observation, self.planner.horizon))
        if proposals:
            settings["proposals"] = torch.cat(proposals, 1)
        if self.goal_channels is not None:
            settings["goal"] = self._encode(goal_observation(where.observation, self.goal_channels), None)
        return self.planner.plan(self.model, where, self.cost, draws=draws, **settings)


def numbers_foreseen(spec: Spec, planner: Any) -> int:
    """Numbers of foreseen occupancy that a search of one row may hold at once."""
    candidates = getattr(planner, "candidates", None) or planner.restarts
    cells = max(1, len(spec.foreseen)) * prod(spec.observation.get("occupancy", (1,))[1:])
    return candidates * planner.samples * planner.horizon * cells


def joined(plans: list[Plan]) -> Plan:
    """Plans of rows as those of one batch; `stats` are those of all searches, one after the other."""
    if len(plans) == 1:
        return plans[0]
    together = {
        name: torch.cat([getattr(plan, name) for plan in plans])
        for name in ("actions", "cost", "candidates", "candidate_costs")
    }
    warm = Warm(*(torch.cat(parts) for parts in zip(*(plan.warm for plan in plans), strict=True)))
    least = min(plan.stats.iterations for plan in plans)
    stats = Stats(
        sum(plan.stats.milliseconds for plan in plans),
        sum(plan.stats.calls for plan in plans),
        least,
        torch.cat([plan.stats.trace[:least] for plan in plans], 1),
    )
    return Plan(**together, warm=warm, stats=stats)


def tensors_of(observation: Mapping[str, np.ndarray], device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """As models are shown observations: `occupancy` as bytes, everything else float32."""
    found = {}
    for key, array in observation.items():
        array = np.asarray(array)
        kind = np.uint8 if key == "occupancy" else np.float32
        found[key] = torch.from_numpy(np.array(array, kind)).to(device)  # a copy: the caller's is not to be written to
    return found
