"""Drawing of road worlds: roads, traffic, signals, and what an agent sees and means to do."""

from envs.core.window import Window
from envs.driving.render.channels import channel_view
from envs.driving.render.overlay_shapes import OVERLAYS
from envs.driving.render.painter import paint
from envs.driving.render.picture import Painter
from envs.driving.render.scene import STATUSES, Scene
from envs.driving.render.tiles import Tiles

__all__ = ["OVERLAYS", "STATUSES", "Painter", "Scene", "Tiles", "Window", "channel_view", "paint"]
