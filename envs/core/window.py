"""A window on the screen for human eyes."""

import os
import sys

import numpy as np
from jaxtyping import UInt8


class Window:
    """Shows frames at a steady pace.  It opens with the first frame; closing it does not stop the program.

    Raises (on the first frame):
        RuntimeError: there is no screen to open a window on.
    """

    def __init__(self, title: str = "crossroads", *, fps: float | int = 10) -> None:
        if not fps > 0:
            raise ValueError(f"fps must be positive, got {fps}.")
        self.title = title
        self.fps = fps
        self._surface = None
        self._clock = None
        self._dismissed = False

    @property
    def is_open(self) -> bool:
        """True from the first frame until somebody closes the window."""
        return self._surface is not None

    def show(self, frame: UInt8[np.ndarray, "height width 3"]) -> None:
        """Show a frame and wait until the next is due; does nothing once the user has closed the window."""
        if self._dismissed:
            return
        pygame = _pygame()
        if self._surface is None or self._surface.get_size() != (frame.shape[1], frame.shape[0]):
            self._open(frame.shape[1], frame.shape[0])
        assert self._surface is not None
        assert self._clock is not None
        pygame.surfarray.blit_array(self._surface, frame.transpose(1, 0, 2))
        pygame.display.flip()
        self._answer_events()
        self._clock.tick(self.fps)

    def close(self) -> None:
        """Close the window; the next frame would open it again.  Closing twice is fine."""
        if self._surface is not None:
            # the display alone: fonts may be in use by others
            _pygame().display.quit()
        self._surface = None
        self._dismissed = False

    def _open(self, width: int, height: int) -> None:
        pygame = _pygame()
        _check_screen()
        try:
            pygame.display.init()
            self._surface = pygame.display.set_mode((width, height))
        except pygame.error as error:
            raise RuntimeError(_no_screen(str(error))) from error
        pygame.display.set_caption(self.title)
        self._clock = pygame.time.Clock()

    def _answer_events(self) -> None:
        pygame = _pygame()
        for event in pygame.event.get():
            escape = event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE
            if event.type == pygame.QUIT or escape:
                self.close()
                self._dismissed = True
                return


def _pygame():
    # pygame greets on standard output, where the results of a program belong
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    return pygame


def _check_screen() -> None:
    """On Linux, SDL would silently draw to a screen that is not there."""
    asked = os.environ.get("SDL_VIDEODRIVER") or os.environ.get("SDL_VIDEO_DRIVER")
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not (asked or screen):
        raise RuntimeError(_no_screen("neither DISPLAY nor WAYLAND_DISPLAY is set"))


def _no_screen(reason: str) -> str:
    return f"render_mode='human' needs a screen, but {reason}. Use render_mode='rgb_array' and write a video."
