"""Times of fresh processes: from Python to a first observation, and from no kernels to all."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]

FIRST_OBSERVATION = """
import gymnasium, envs
gymnasium.make("crossroads/GridNav-v0").reset(seed=0)
"""

GRID_KERNELS = """
import gymnasium, numpy, envs

for name in envs.ENVS:
    if not name.startswith("Grid") or name == "GridMap-v0":  # needs a file, and has no kernels of its own
        continue
    for arguments in ({}, {"view": "egocentric", "occlusion": True}, {"slip": 0.1}):
        worlds = gymnasium.make_vec(f"crossroads/{name}", 2, vectorization_mode="vector_entry_point", **arguments)
        worlds.reset(seed=0)
        worlds.step(worlds.oracle_action())
        worlds.set_state(worlds.get_state())
        worlds.worlds.optimal_actions()

import agents
agents.make("random", worlds).predict(worlds.reset()[0])
"""

ROAD_KERNELS = """
import gymnasium, numpy, envs

worlds = gymnasium.make_vec("crossroads/Intersection-v0", 2, vectorization_mode="vector_entry_point")
worlds.reset(seed=0)
for driver in ("oracle", "idm", "constant-velocity"):
    worlds.step(worlds.worlds.driver_action(driver)[:, 0])
worlds.set_state(worlds.get_state())
"""


def start_seconds() -> Callable[[], float]:
    """A process that imports, makes an environment and resets it, with kernels compiled before."""
    _seconds(FIRST_OBSERVATION)
    return lambda: _seconds(FIRST_OBSERVATION)


def cold_seconds(script: str) -> Callable[[], float]:
    """A process that runs `GRID_KERNELS` or `ROAD_KERNELS` with an empty cache: interpreter and imports included."""

    def once() -> float:
        with TemporaryDirectory() as cache:
            return _seconds(script, XDG_CACHE_HOME=cache)

    return once


def _seconds(script: str, **variables: str) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", script], env={**os.environ, **variables}, cwd=ROOT, check=True)
    return perf_counter() - began
