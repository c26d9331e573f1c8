import os
import subprocess
import sys
from pathlib import Path

import pytest

from envs.gridworld.render import Window

ROOT = Path(__file__).parents[3]
SCENE = """
import os, sys
import numpy as np
from envs.gridworld.render import Scene, Window, paint
one = np.ones(1, dtype=bool)
scene = Scene(obstacle=np.eye(8, dtype=bool), cells=np.array([[4, 3]]), goals=np.array([[1, 6]]),
              active=one, controlled=one, caption="GridNav-v0  level 1")
"""


def _run(code, **variables):
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER", "PYGAME_HIDE_SUPPORT_PROMPT")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-c", SCENE + code]
    done = subprocess.run(
        command, cwd=ROOT, env=clean | variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_images_need_no_display_open_none_and_leave_the_environment_alone():
    out = _run("""
assert "pygame" not in sys.modules
before = dict(os.environ)
image = paint(scene)
import pygame
new = set(os.environ.items()) - set(before.items())
print(image.shape, pygame.display.get_init(), sorted(name for name, _ in new if name.startswith("SDL")))
""")
    assert out == "(560, 536, 3) False []"


def test_images_can_be_drawn_after_somebody_else_has_quit_pygame():
    out = _run(
        """
first = paint(scene)
import pygame
pygame.init()
pygame.quit()
import dataclasses
again = paint(dataclasses.replace(scene, caption="GridNav-v0  level 2"))
print(np.array_equal(first, paint(scene)), not np.array_equal(first, again))
""",
        SDL_VIDEODRIVER="dummy",
        SDL_AUDIODRIVER="dummy",
        PYGAME_HIDE_SUPPORT_PROMPT="1",
    )
    assert out == "True True"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_a_window_without_a_screen_says_what_to_do():
    out = _run("""
try:
    Window().show(paint(scene))
except RuntimeError as error:
    print(error)
""")
    assert "needs a screen, but neither DISPLAY nor WAYLAND_DISPLAY is set" in out
    assert "render_mode='rgb_array'" in out


def test_a_window_shows_the_frame_keeps_the_pace_and_closes_twice():
    out = _run(
        """
import time
window = Window(fps=50)
assert not window.is_open
image = paint(scene)
window.show(image)
import pygame
shown = pygame.surfarray.array3d(pygame.display.get_surface()).transpose(1, 0, 2)
start = time.perf_counter()
for _ in range(5):
    window.show(image)
elapsed = time.perf_counter() - start
window.close()
window.close()
print(np.array_equal(shown, image), elapsed >= 0.08, window.is_open, pygame.display.get_init())
paint(scene)
""",
        SDL_VIDEODRIVER="dummy",
    )
    assert out == "True True False False"


def test_once_the_user_closes_the_window_the_program_goes_on_without_it():
    out = _run(
        """
window = Window(fps=100)
window.show(paint(scene))
import pygame
pygame.event.post(pygame.event.Event(pygame.QUIT))
window.show(paint(scene))
closed = not window.is_open
window.show(paint(scene))
print(closed, window.is_open)
""",
        SDL_VIDEODRIVER="dummy",
    )
    assert out == "True False"


def test_a_pace_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="fps must be positive, got 0"):
        Window(fps=0)
