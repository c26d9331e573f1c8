"""Drawing of grid worlds: a scene of plain arrays in, an image or a window out."""

from envs.core.drawing.sheet import contact_sheet
from envs.core.window import Window
from envs.gridworld.render.channels import channel_view
from envs.gridworld.render.overlay_shapes import OVERLAYS
from envs.gridworld.render.painter import paint
from envs.gridworld.render.scene import STATUSES, Scene

__all__ = ["OVERLAYS", "STATUSES", "Scene", "Window", "channel_view", "contact_sheet", "paint"]
