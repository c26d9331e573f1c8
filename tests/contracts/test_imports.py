"""Nothing heavy loads before it is needed, and torch never."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from worlds_for_tests import PLAIN_CASES, open_case

ROOT = Path(__file__).parents[2]
HEAVY = ("numba", "torch", "pygame", "scipy", "stable_baselines3", "pettingzoo", "matplotlib", "imageio")
LOADED = f"; import sys, json; print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"


def loaded_after(code):
    """Heavy modules in a fresh interpreter after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import envs",
        "import envs, gymnasium; gymnasium.spec('crossroads/GridNav-v0')",
        "import envs; envs.register_envs(); envs.register_envs()",
        "import envs.core.levels, envs.core.naming, envs.core.states, envs.core.actions, envs.core.arguments",
    ],
)
def test_importing_loads_nothing_heavy(code):
    assert loaded_after(code) == set()


def test_playing_every_world_behind_every_face_loads_numba_and_no_torch(world_files):
    lines = ["import envs, gymnasium"]
    for world in (open_case(case, world_files) for case in PLAIN_CASES):
        arguments = f"**{world.arguments!r}"
        lines += [
            f"single = gymnasium.make({world.id!r}, {arguments}).unwrapped",
            f"batch = gymnasium.make_vec({world.id!r}, 2, {arguments})",
            f"many = envs.parallel_env({world.id!r}, 2, {arguments})",
            "for face in (single, batch, many): face.reset(seed=0); face.step(face.oracle_action()); face.close()",
        ]
    loaded = loaded_after(f"exec({chr(10).join(lines)!r})")
    assert "numba" in loaded
    assert not loaded & {"torch", "stable_baselines3", "matplotlib", "imageio"}


def test_gymnasium_finds_the_ids_through_a_module_prefix():
    code = "import gymnasium; env = gymnasium.make('envs:crossroads/GridNav-v0'); env.reset(seed=0)"
    assert "torch" not in loaded_after(code)


def test_registering_twice_is_silent():
    code = "import warnings; warnings.simplefilter('error'); import envs; envs.register_envs()"
    assert loaded_after(code) == set()
