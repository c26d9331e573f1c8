"""Another library's policy decides here as it would there."""

import numpy as np
import pytest
import torch
from gymnasium import spaces
from torch import nn

from experiments.peers.tanh_policy import TanhPolicy, flat

SEEN = spaces.Dict({"view": spaces.Box(0, 9, (2, 3)), "speed": spaces.Box(-1, 1, (1,))})


@pytest.mark.parametrize("actions", [spaces.Discrete(5), spaces.Box(-0.1, 0.1, (2, 2), np.float32)])
def test_it_is_the_network_that_it_was_trained_as(actions):
    torch.manual_seed(0)
    size = 5 if isinstance(actions, spaces.Discrete) else 4
    network = nn.Sequential(nn.Linear(7, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, size))
    weights = {
        f"{name}_{k}": getattr(network[2 * k], name).detach().numpy() for k in range(3) for name in ("weight", "bias")
    }
    mean, spread = np.arange(7, dtype=np.float32), np.full(7, 2.0, np.float32)
    agent = TanhPolicy(SEEN, actions, weights, mean=mean, spread=spread)
    rng = np.random.default_rng(0)
    seen = {
        "view": rng.uniform(0, 9, (6, 2, 3)).astype(np.float32),
        "speed": rng.uniform(-1, 1, (6, 1)).astype(np.float32),
    }
    expected = network(torch.from_numpy((flat(seen, SEEN) - mean) / spread)).detach().numpy()
    action, _ = agent.predict(seen)
    if isinstance(actions, spaces.Discrete):
        np.testing.assert_array_equal(action, expected.argmax(axis=1))
    else:
        np.testing.assert_allclose(action, np.clip(expected.reshape(6, 2, 2), -0.1, 0.1), atol=1e-6)
        assert (np.abs(action) == np.float32(0.1)).any(), "some are cut off at the bounds"


def test_numbers_come_in_the_order_of_the_space_whatever_that_of_the_observation():
    seen = {"view": np.ones((1, 2, 3), np.float32), "speed": np.zeros((1, 1), np.float32)}
    backwards = dict(reversed(seen.items()))
    np.testing.assert_array_equal(flat(seen, SEEN), flat(backwards, SEEN))
