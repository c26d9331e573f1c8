"""Heads on shared features: each its own network, unsure where there was nothing to learn from."""

import numpy as np
import torch
from torch.nn import functional

from agents.gates.heads import Heads


def fitted(features, labels, members=5):
    heads = Heads(features, members=members, outputs=2, seed=0)
    rng = np.random.default_rng(0)
    weight = torch.from_numpy(rng.poisson(1.0, (members, len(features))).astype(np.float32))

    def loss(said, rows):
        return functional.cross_entropy(said.transpose(1, 2), labels[rows].expand(members, -1), reduction="none")

    heads.fit(features, loss, weight=weight, rng=rng)
    return heads


def test_members_agree_on_what_they_saw_and_differ_most_near_the_border():
    rng = np.random.default_rng(1)
    features = torch.from_numpy(rng.uniform(-1, 1, (200, 2)).astype(np.float32))
    features[:, 0] += 0.4 * features[:, 0].sign()
    labels = (features[:, 0] > 0).long()
    heads = fitted(features, labels)
    chosen = heads(features).detach().argmax(dim=2)
    assert (chosen == labels).float().mean() > 0.99
    said = heads(torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])).detach()
    spread = functional.softmax(said, dim=2).var(dim=0).sum(dim=1)
    assert spread[2] > 10 * spread[:2].max()


@torch.no_grad()
def test_all_heads_at_once_are_each_alone():
    features = torch.from_numpy(np.random.default_rng(2).normal(size=(7, 3)).astype(np.float32))
    heads = Heads(features, members=4, outputs=2, seed=3)
    usual = (features - features.mean(dim=0)) / features.std(dim=0, correction=0)
    for member, said in enumerate(heads(features)):
        hidden = torch.relu(usual @ heads.first[member] + heads.bias[member])
        assert torch.allclose(said, hidden @ heads.second[member] + heads.offset[member], atol=1e-5)
