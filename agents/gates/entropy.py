"""What the policy itself says of how sure it is."""

from math import log
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from agents.agent import Observation
from agents.gates.uncertainty import Uncertainty
from agents.networks.categorical import CategoricalPolicy
from agents.networks.policy import Policy, as_tensors


class Entropy(Uncertainty):
    """Entropy of the policy's choice, as a share of the greatest: 0 where it is certain, 1 where it guesses."""

    def __init__(self, network: Policy, config: Any) -> None:
        if not isinstance(network, CategoricalPolicy):
            raise ValueError("The uncertainty 'policy' is of discrete actions; for others take 'ensemble'.")
        super().__init__(network, config)

    @torch.no_grad()
    def __call__(self, observation: Observation) -> np.ndarray:
        logs = functional.log_softmax(self.network(as_tensors(observation)), dim=1).double()
        return (-(logs.exp() * logs).sum(dim=1) / log(logs.shape[1])).numpy()
