"""A classifier of the states in which the novice would do something else than the expert (Zhang and Cho, 2017)."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from agents.agent import Observation
from agents.demonstrations import Aggregate
from agents.gates.heads import Heads
from agents.gates.uncertainty import DEVIATION, Uncertainty, features_of
from agents.networks.policy import Policy, as_tensors

FAR = 0.5
"""Distance from which an action is another one, where the config names none."""


class Risk(Uncertainty):
    """Probability that the novice deviates.

    It learns from how far the novice was from each label *when the label was given*: afterwards the novice has
    learned from it and knows better. The first round's labels, of states that no novice had met, tell nothing.
    """

    keeps_deviation = True

    def __init__(self, network: Policy, config: Any) -> None:
        super().__init__(network, config)
        self.head: Heads | None = None

    def fit(self, aggregate: Aggregate, index: int) -> None:
        observation, _ = aggregate.take(np.arange(len(aggregate)), keys=(DEVIATION,))
        deviation = observation[DEVIATION]
        known = torch.from_numpy(np.flatnonzero(~np.isnan(deviation)))
        if len(known) == 0:
            return
        features = features_of(self.network, aggregate)[known]
        far = FAR if self.config.deviation is None else self.config.deviation
        is_far = torch.from_numpy((deviation >= far).astype(np.float32))[known]
        self.head = Heads(features, members=1, outputs=1, seed=self.config.seed)
        self.head.fit(
            features,
            lambda said, rows: functional.binary_cross_entropy_with_logits(
                said[..., 0], is_far[rows][None], reduction="none"
            ),
            weight=torch.ones(1, len(features)),
            rng=np.random.default_rng((self.config.seed, index, 3)),
        )

    @torch.no_grad()
    def __call__(self, observation: Observation) -> np.ndarray:
        if self.head is None:
            raise RuntimeError("The classifier is fitted to labels before it is asked.")
        return torch.sigmoid(self.head(self.network.encoder(as_tensors(observation)))[0, :, 0]).double().numpy()
