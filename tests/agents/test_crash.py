"""kill -9 at any moment leaves the last agent that was saved, or the one before it, whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, str(Path(__file__).with_name("killed.py"))]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")
def test_an_agent_killed_while_saving_leaves_a_whole_one(tmp_path):
    found = subprocess.run(
        [*PROGRAM, str(tmp_path / "agent.safetensors"), "8"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == ["whole"] * 8
