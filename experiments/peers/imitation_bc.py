"""Train the `imitation` library's behaviour cloning on arrays; runs in that library's environment, not in ours.

  PYTHON imitation_bc.py ARRAYS.npz WEIGHTS.npz BATCHES BATCH_SIZE SEED

ARRAYS: `observations` [step number], `actions` [step ...], and `choices` (how many, of discrete actions) or `low` and
`high`. WEIGHTS: the layers of the policy that came out, and the seconds that training it took.
"""

import sys
import time
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from imitation.algorithms import bc  # pyright: ignore[reportMissingImports]
from imitation.data.types import Transitions  # pyright: ignore[reportMissingImports]


def main() -> None:
    """As the module says."""
    arrays, weights, batches, batch_size, seed = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(int(seed))
    found = np.load(arrays)
    observations, actions = found["observations"], found["actions"]
    if "choices" in found:
        action_space: spaces.Space = spaces.Discrete(int(found["choices"]))
    else:
        action_space = spaces.Box(found["low"], found["high"], dtype=np.float32)
    transitions = Transitions(
        obs=observations,
        acts=actions,
        infos=np.array([{}] * len(actions)),
        next_obs=observations,
        dones=np.zeros(len(actions), dtype=bool),
    )
    trainer = bc.BC(
        observation_space=spaces.Box(-np.inf, np.inf, observations.shape[1:], np.float32),
        action_space=action_space,
        rng=np.random.default_rng(int(seed)),
        demonstrations=transitions,
        batch_size=int(batch_size),
        device="cpu",
    )
    wall, cpu = time.perf_counter(), time.process_time()
    trainer.train(n_batches=int(batches), progress_bar=False, log_interval=10**9)
    spent = {"wall_seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}
    policy = trainer.policy
    layers = [*policy.mlp_extractor.policy_net, policy.action_net]
    linear = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    tensors = {f"{name}_{k}": getattr(layer, name) for k, layer in enumerate(linear) for name in ("weight", "bias")}
    kept: dict[str, Any] = {**{name: tensor.detach().numpy() for name, tensor in tensors.items()}, **spent}
    np.savez(weights, **kept)


if __name__ == "__main__":
    main()
