"""What there is to draw: one moment of one grid world, as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Integer, Shaped, UInt8

from envs.core.naming import check_known
from envs.gridworld.render.overlay_shapes import check_overlays

STATUSES = ("running", "success", "collision", "timeout")


def _no_trace() -> Integer[np.ndarray, "0 2"]:
    return np.zeros((0, 2), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """One moment of one grid world.  Cells are (row, col), row down.

    Raises:
        ValueError: an array of another shape than the grid or the actors ask for, an actor outside the grid,
            a terrain class without a name, an unknown status or overlay.
    """

    obstacle: Shaped[np.ndarray, "row col"]
    """True where nobody can go (bool or 0/1)."""
    cells: Integer[np.ndarray, "actor 2"]
    """Where the actors are; the judged agent is the first controlled one, or actor 0 if none is."""
    goals: Integer[np.ndarray, "actor 2"]
    active: Bool[np.ndarray, " actor"]
    """False for actors that have left the grid: they are not drawn, except the judged agent."""
    controlled: Bool[np.ndarray, " actor"]
    """True for actors moved by a learner rather than by the simulator."""
    terrain: UInt8[np.ndarray, "row col"] | None = None
    """Class of each cell, an index into `terrain_names`."""
    terrain_names: tuple[str, ...] = ()
    trace: Integer[np.ndarray, "time 2"] = field(default_factory=_no_trace)
    """Cells the judged agent has been in, oldest first."""
    visible: Bool[np.ndarray, "row col"] | None = None
    """What the judged agent sees; the rest is dimmed.  None: everything."""
    caption: str = ""
    """Facts separated by two spaces; the first is set in bold ink."""
    status: str = "running"
    overlay: Mapping[str, object] = field(default_factory=dict)
    """What an agent's `explain` returned; names and axes in `OVERLAYS`."""

    def __post_init__(self) -> None:
        check_known("status", self.status, STATUSES)
        self._check_actors()
        self._check_maps()
        check_overlays(self.overlay, self.obstacle.shape)

    @property
    def judged(self) -> int:
        """Index of the actor whose decisions are judged."""
        return int(np.argmax(self.controlled))

    def _check_actors(self) -> None:
        num_actors = len(self.cells)
        if num_actors == 0:
            raise ValueError("A scene needs at least one actor (the judged agent), got none.")
        for name, shape in (("cells", (num_actors, 2)), ("goals", (num_actors, 2))):
            _check_shape(name, getattr(self, name), shape)
            self._check_inside(name)
        for name in ("active", "controlled"):
            _check_shape(name, getattr(self, name), (num_actors,))

    def _check_inside(self, name: str) -> None:
        cells = getattr(self, name)
        outside = np.flatnonzero(((cells < 0) | (cells >= self.obstacle.shape)).any(axis=1))
        if outside.size:
            index = int(outside[0])
            found = tuple(cells[index].tolist())
            raise ValueError(f"{name}[{index}] = {found} lies outside the {self.obstacle.shape} grid (rows, cols).")

    def _check_maps(self) -> None:
        for name in ("terrain", "visible"):
            if getattr(self, name) is not None:
                _check_shape(name, getattr(self, name), self.obstacle.shape)
        if self.terrain is not None and self.terrain.max(initial=0) >= len(self.terrain_names):
            raise ValueError(
                f"terrain holds class {int(self.terrain.max())}, but terrain_names has only "
                f"{len(self.terrain_names)}: {self.terrain_names}."
            )


def _check_shape(name: str, array: np.ndarray, expected: tuple[int, ...]) -> None:
    if array.shape != expected:
        raise ValueError(f"{name} must have shape {expected}, got {array.shape}.")
