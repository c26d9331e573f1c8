"""What another agent would do, as plans that a search begins with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Shaped
from torch import Tensor

from agents.agent import Agent, State
from agents.mpc.memory import Memory
from world_models.planners.plan import ahead

Others = tuple[np.ndarray, ...]
"""What another agent carries from decision to decision; empty where it carries nothing."""


@dataclass(frozen=True)
class Proposer:
    """A saved agent, asked at every decision; it is as certain as it can be.

    Two plans come of the action that it would take now: that action held, and the action followed by what is left of
    the last plan. It is asked again before the next action, so that no more of them need be good than that.
    """

    agent: Agent

    @classmethod
    def of_path(cls, path: str, observed: spaces.Dict, actions: spaces.Space) -> "Proposer":
        """The agent saved at `path`, for worlds with these spaces.

        Raises:
            FileNotFoundError: no such file.
            ValueError: an agent of other worlds, or one that looks at the state.
        """
        import agents

        agent: Any = agents.load(path)
        if agent.sees_state:
            raise ValueError(f"proposals: {path} holds {agent.name!r}, which looks at the state.")
        if agent.action_space != actions:
            raise ValueError(f"proposals: {path} holds an agent of {agent.action_space}, expected {actions}.")
        for key, space in agent.observation_space.items():
            if key not in observed.spaces or observed[key].shape != space.shape:
                found = observed[key].shape if key in observed.spaces else "nothing of that name"
                raise ValueError(f"proposals: {path} holds an agent that sees {key!r} {space.shape}, here is {found}.")
        return cls(agent)

    def ask(
        self, observation: Mapping[str, np.ndarray], others: Others, episode_start: np.ndarray | None
    ) -> tuple[np.ndarray, Others]:
        """(actions [batch ...], what to hand in next time) at an observation [batch ...]."""
        seen = {key: observation[key] for key in self.agent.observation_space}
        actions, state = self.agent.act(seen, others or None, episode_start, True)
        return actions, state or ()


def plans_of(
    actions: np.ndarray, memory: Memory | None, *, horizon: int, device: torch.device
) -> Shaped[Tensor, "batch 2 horizon ..."]:
    """Of actions [batch ...]: held, and followed by what is left of the last plan where there is one."""
    first = torch.from_numpy(np.array(actions)).to(device)
    first = first.long() if not first.is_floating_point() else first.float()
    held = first.unsqueeze(1).expand(-1, horizon, *[-1] * (first.ndim - 1))
    if memory is None:
        return torch.stack([held, held], 1)
    left = ahead(memory.plan, torch.from_numpy(memory.cursor).to(device)).to(held.dtype)
    begins = torch.from_numpy(memory.begins).to(device).view(-1, *[1] * (held.ndim - 1))
    then = torch.where(begins, held, torch.cat([held[:, :1], left[:, 1:]], 1))
    return torch.stack([held, then], 1)


def parted(state: State, own: int) -> tuple[State, Others]:
    """(the first `own` parts of a state, the rest)."""
    return (None, ()) if state is None else (state[:own], state[own:])
