"""Drawing of particles: a scene of plain arrays in, an image out."""

from envs.particle.render.overlays import OVERLAYS
from envs.particle.render.painter import paint
from envs.particle.render.scene import STATUSES, Scene

__all__ = ["OVERLAYS", "STATUSES", "Scene", "paint"]
