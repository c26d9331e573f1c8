"""An agent with a network: how it is made, what is saved of it, and how its learning went."""

from abc import abstractmethod
from typing import Any

import torch
from gymnasium import spaces
from torch import nn

from agents.agent import Agent
from agents.checkpoint import Checkpoint


class Learner(Agent):
    """Subclasses build the network and `study`; `config.seed` fixes the network's first weights."""

    def __init__(self, observation_space: spaces.Dict, action_space: spaces.Space, config: Any) -> None:
        super().__init__(observation_space, action_space, config)
        with torch.random.fork_rng(devices=[]):  # the caller's generator is none of our business
            torch.manual_seed(config.seed)
            self.network = self.build().eval()
        self.history: list[dict[str, Any]] = []
        """How learning went: one entry a round, or whatever a method counts."""

    @abstractmethod
    def build(self) -> nn.Module:
        """The network for these spaces.

        Raises:
            ValueError: spaces that there is no network for.
        """

    def tensors(self) -> dict[str, torch.Tensor]:
        return dict(self.network.state_dict())

    def facts(self) -> dict[str, Any]:
        return {"history": self.history}

    def restore(self, checkpoint: Checkpoint) -> None:
        self.network.load_state_dict(checkpoint.tensors)
        self.history = checkpoint.facts["history"]
