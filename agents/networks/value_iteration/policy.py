"""A planning network as a policy: from observations of grids to maps and cells."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor, nn

from agents.networks.categorical import CategoricalPolicy
from agents.networks.encoders import OCCUPANCY, Encoder, flattened
from agents.networks.propagation import AGENT_CHANNEL
from agents.networks.value_iteration.architectures import planning_network
from agents.networks.value_iteration.config import ValueIterationConfig
from agents.networks.value_iteration.planning import BLOCKED, PlanningNetwork


class PlannerEncoder(Encoder):
    """What the planner says at the agent's cell, joined by the other keys as plain features."""

    def __init__(self, planner: PlanningNetwork, space: spaces.Dict, num_actions: int) -> None:
        super().__init__()
        self.planner = planner
        self.extras = tuple(key for key in space if key != OCCUPANCY)
        self.size = num_actions + sum(prod(space[key].shape or ()) for key in self.extras)

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Logits of the planner first."""
        maps, cell = _split(observation[OCCUPANCY])
        logits = self.planner(maps, torch.arange(len(maps)), cell)
        return torch.cat([logits, flattened(observation, self.extras)], dim=1) if self.extras else logits

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """The value map, nan on obstacles; nothing where the network does not think in values."""
        maps, _ = _split(observation[OCCUPANCY])
        value = self.planner.values(maps)
        return {} if value is None else {"value_map": torch.where(maps[:, BLOCKED] > 0, torch.nan, value).numpy()}


class PlanningPolicy(CategoricalPolicy):
    """The planner's logits; what other keys tell is added to them, nothing to begin with."""

    encoder: PlannerEncoder

    def __init__(self, encoder: PlannerEncoder, num_actions: int) -> None:
        super().__init__(encoder, num_actions)
        self.head = nn.Sequential()
        if encoder.extras:
            readout = nn.Linear(encoder.size, num_actions)
            nn.init.eye_(readout.weight)
            nn.init.zeros_(readout.bias)
            self.head.append(readout)


def planning_policy(
    observation_space: spaces.Dict, action_space: spaces.Space, config: ValueIterationConfig
) -> PlanningPolicy:
    """The policy for a grid's spaces.

    Raises:
        ValueError: other spaces than binary `occupancy` and `Discrete` moves.
    """
    occupancy = observation_space.get(OCCUPANCY)
    if not isinstance(occupancy, spaces.MultiBinary) or len(occupancy.shape) != 3:
        raise ValueError(f"Expected a grid's binary {OCCUPANCY!r} [channel row col], got the space {occupancy}.")
    if not isinstance(action_space, spaces.Discrete) or action_space.n < 4:
        raise ValueError(f"Expected Discrete moves in 4 or 8 directions, got the action space {action_space}.")
    num_channels, rows, cols = occupancy.shape
    num_actions = int(action_space.n)
    planner = planning_network(
        config.architecture,
        (rows, cols),
        num_channels - 1,
        num_actions=num_actions,
        iterations=config.iterations,
        width=config.width,
    )
    return PlanningPolicy(PlannerEncoder(planner, observation_space, num_actions), num_actions)


def _split(occupancy: Float[Tensor, "batch channel row col"]) -> tuple[Tensor, Tensor]:
    """The maps without their agents [batch channel row col], and the agents' cells (row, col) [batch 2]."""
    maps = torch.cat([occupancy[:, :AGENT_CHANNEL], occupancy[:, AGENT_CHANNEL + 1 :]], dim=1)
    place = occupancy[:, AGENT_CHANNEL].flatten(1).argmax(dim=1)
    cols = occupancy.shape[3]
    return maps, torch.stack([place // cols, place % cols], dim=1)
