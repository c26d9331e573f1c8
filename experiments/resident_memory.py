"""Memory of a fresh process that holds a batch of worlds: interpreter, imports and machine code included."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PLAY = """
import sys

import gymnasium
import numpy as np

import envs

worlds = gymnasium.make_vec(sys.argv[1], int(sys.argv[2]), vectorization_mode="vector_entry_point")
worlds.action_space.seed(0)
actions = worlds.action_space.sample()
held, _ = worlds.reset(seed=0)
for _ in range(3):  # whoever looks at one observation while the next is made holds two
    held, *_ = worlds.step(actions)
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


def resident_mebibytes(env_id: str, num_envs: int) -> Callable[[], float]:
    """The most that such a process had resident while it made, reset and stepped the worlds, kernels compiled before.

    Linux alone says so of its processes.
    """
    _play(env_id, 1)
    return partial(_play, env_id, num_envs)


def _play(env_id: str, num_envs: int) -> float:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PLAY, env_id, str(num_envs)]
    result = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return int(result.stdout) / 1024
