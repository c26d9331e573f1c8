"""The variance between several heads, each fitted to a bootstrap of the labels.

Osband et al., *Deep Exploration via Bootstrapped DQN* (NeurIPS 2016): the encoder is shared, only heads differ.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from agents.agent import Observation
from agents.demonstrations import Aggregate
from agents.gates.heads import Heads
from agents.gates.uncertainty import Uncertainty, features_of
from agents.networks.categorical import CategoricalPolicy
from agents.networks.policy import Policy, as_tensors


class Disagreement(Uncertainty):
    """Of choices: the variance of each one's probability, summed (0 to 1); of vectors: that of each number, averaged.

    Numbers are taken in spreads of the labels.
    """

    def __init__(self, network: Policy, config: Any) -> None:
        super().__init__(network, config)
        self.is_choice = isinstance(network, CategoricalPolicy)
        self.heads: Heads | None = None

    def fit(self, aggregate: Aggregate, index: int) -> None:
        config, features = self.config, features_of(self.network, aggregate)
        rng = np.random.default_rng((config.seed, index, 3))
        _, actions = aggregate.take(np.arange(len(aggregate)), keys=())
        labels = self._targets(torch.from_numpy(actions))
        outputs = self.network.head[-1].out_features
        self.heads = Heads(features, members=config.heads, outputs=outputs, seed=config.seed)  # type: ignore[arg-type]
        # How often a label is in a bootstrap of as many is all but Poisson distributed with mean 1.
        weight = torch.from_numpy(rng.poisson(1.0, (config.heads, len(features))).astype(np.float32))
        self.heads.fit(features, lambda said, rows: self._losses(said, labels[rows]), weight=weight, rng=rng)

    @torch.no_grad()
    def __call__(self, observation: Observation) -> np.ndarray:
        if self.heads is None:
            raise RuntimeError("The heads are fitted to labels before they are asked.")
        said = self.heads(self.network.encoder(as_tensors(observation)))
        if self.is_choice:
            return functional.softmax(said, dim=2).var(dim=0, correction=0).sum(dim=1).double().numpy()
        return said.var(dim=0, correction=0).mean(dim=1).double().numpy()

    def _targets(self, actions: Tensor) -> Tensor:
        if self.is_choice:
            return actions
        return self.network.labels(actions.flatten(1).float())  # type: ignore[operator]

    def _losses(self, said: Tensor, labels: Tensor) -> Tensor:
        """[member batch] of what all say [member batch output]."""
        if self.is_choice:
            each = labels.expand(len(said), -1)
            return functional.cross_entropy(said.transpose(1, 2), each, reduction="none")
        return functional.smooth_l1_loss(said, labels.expand_as(said), reduction="none").mean(dim=2)
