"""What a picture is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from envs.core.naming import check_known
from envs.particle.render.overlays import check_overlays

STATUSES = ("running", "success", "timeout")
Vector = Float[np.ndarray, " dim"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One moment of a particle.

    Raises:
        ValueError: an unknown status, or overlays that do not fit; see `OVERLAYS`.
    """

    position: Vector
    velocity: Vector
    goals: Float[np.ndarray, "2 dim"]
    touched: Bool[np.ndarray, "2"]
    radius: float
    """Within which a goal is touched."""
    trail: Float[np.ndarray, "time dim"]
    """Where the particle has been, now included."""
    step: int
    max_steps: int
    any_order: bool = False
    """Whether both goals may be next."""
    caption: str = ""
    """Facts separated by two spaces."""
    status: str = "running"
    overlay: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_known("status", self.status, STATUSES)
        check_overlays(self.overlay, self.dims)

    @property
    def dims(self) -> int:
        """Dimensions."""
        return len(self.position)

    def is_next(self, goal: int) -> bool:
        """Whether touching this goal now would count."""
        return not self.touched[goal] and (goal == 0 or self.any_order or bool(self.touched[0]))

    def set_points(self, name: str) -> Float[np.ndarray, "candidate time dim"]:
        """The overlay of this name as candidates; none where it is not there."""
        if name not in self.overlay:
            return np.zeros((0, 1, self.dims))
        array = np.asarray(self.overlay[name], np.float64)
        return array.reshape(-1, *array.shape[-2:])
