"""What there is to draw: one moment of one road world, as one agent lives through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Integer, Shaped, UInt8

from envs.core.naming import check_known
from envs.driving.network import Network
from envs.driving.render.overlay_shapes import check_overlays

STATUSES = ("running", "success", "collision", "off road", "timeout", "ended")


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One moment of one road world.

    Raises:
        ValueError: an ego that is no actor, an unknown status, or an overlay that is unknown or has wrong axes.
    """

    network: Network
    actors: Shaped[np.ndarray, " actor"]
    """ACTOR records."""
    ego: int
    """Index of the actor whose decisions are judged."""
    agent: np.void
    """The ego's AGENT record."""
    num_agents: int = 1
    """The first so many actors are moved by a learner."""
    steps: int = 0
    """Since the episode began, 0.1 s each."""
    signals: Integer[np.ndarray, " signal"] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Colour of each signal now."""
    view: UInt8[np.ndarray, "channel row col"] | None = None
    """What the ego sees."""
    channels: tuple[str, ...] = ()
    extent: tuple[float, float, float, float] = (48.0, 16.0, 32.0, 32.0)
    """How far maps in the ego frame reach ahead, behind, to the left and to the right [m]."""
    caption: str = ""
    """Facts separated by two spaces; the first is set in bold ink."""
    status: str = "running"
    overlay: Mapping[str, object] = field(default_factory=dict)
    """What an agent's `explain` returned; names and axes in `OVERLAYS`."""

    def __post_init__(self) -> None:
        check_known("status", self.status, STATUSES)
        if not 0 <= self.ego < len(self.actors):
            raise ValueError(f"ego must be one of the {len(self.actors)} actors, got {self.ego}.")
        check_overlays(self.overlay)

    @property
    def pose(self) -> tuple[float, float, float]:
        """The ego's x, y, heading."""
        body = self.actors[self.ego]
        return float(body["x"]), float(body["y"]), float(body["heading"])

    def in_the_world(self, points: Float[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape 2"]:
        """Points of the ego frame (ahead, left) in the world (x, y) [m]."""
        x, y, heading = self.pose
        cos, sin = np.cos(heading), np.sin(heading)
        return points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)

    def in_the_ego_frame(self, points: Float[np.ndarray, "*shape 2"]) -> Float[np.ndarray, "*shape 2"]:
        """The way back."""
        x, y, heading = self.pose
        cos, sin = np.cos(heading), np.sin(heading)
        return (points - (x, y)) @ np.array([[cos, -sin], [sin, cos]])
