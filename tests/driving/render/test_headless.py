import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCENE = """
import os, sys
import numpy as np
sys.path[:0] = ["tests"]
from road_levels import crossing
from envs.kernels.road_records import ACTOR, AGENT, VEHICLE
from envs.driving.render import Scene, Tiles, paint
actors = np.zeros(1, ACTOR)
actors["kind"], actors["length"], actors["width"] = VEHICLE, 4.6, 1.9
scene = Scene(network=crossing(), actors=actors, ego=0, agent=np.zeros(1, AGENT)[0], caption="Crossing-v0  level 1")
"""


def _run(code, **variables):
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER", "MPLBACKEND")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", SCENE + code],
        cwd=ROOT, env=clean | variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_images_need_no_display_open_none_and_leave_the_environment_alone():
    out = _run("""
assert not {"pygame", "matplotlib"} & set(sys.modules)
before = dict(os.environ)
image = paint(scene, Tiles())
import pygame
new = set(os.environ.items()) - set(before.items())
seen = sorted(name for name, _ in new if "SDL" in name)
print(image.shape, pygame.display.get_init(), "matplotlib.pyplot" in sys.modules, seen)
""")
    assert out == "(560, 720, 3) False False []"


def test_two_processes_draw_the_same_bytes():
    code = "import hashlib; print(hashlib.sha256(paint(scene, Tiles()).tobytes()).hexdigest())"
    assert _run(code, PYTHONHASHSEED="1") == _run(code, PYTHONHASHSEED="2")


def test_images_can_be_drawn_after_somebody_has_chosen_another_backend_and_style():
    out = _run("""
plain = paint(scene, Tiles())
import matplotlib
matplotlib.rcParams.update({"lines.antialiased": False, "path.snap": True, "agg.path.chunksize": 101})
matplotlib.rcParams.update({"path.simplify": True, "path.simplify_threshold": 1.0, "path.sketch": (5, 50, 5)})
print(np.array_equal(plain, paint(scene, Tiles())))
""")
    assert out == "True"
