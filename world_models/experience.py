"""What really happened, as models learn it: frames, and the actions between them."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor


@dataclass(frozen=True)
class Tracks:
    """Where everybody was at the frames of some windows, on the ground; actor 0 is the ego.

    An actor keeps its place from frame to frame. Poses of who is absent mean nothing.
    """

    poses: Float[Tensor, "batch time actor 3"]
    """x, y [m] and heading, float64 in the world's frame."""
    present: Bool[Tensor, "batch time actor"]
    """The same body as at frame 0, and still there; False for whoever came later, and always True of the ego."""
    sizes: Float[Tensor, "batch actor 2"]
    """Length and width [m]."""
    are_pedestrians: Bool[Tensor, "batch actor"]

    def seen_from(self, frame: int = 0, *, actor: int = 0) -> Float[Tensor, "batch time actor 3"]:
        """Poses ahead of, to the left of, and turned from that of one actor at one frame, float32."""
        x, y, heading = (self.poses - self.poses[:, frame, None, actor, None]).unbind(-1)
        turn = self.poses[:, frame, None, None, actor, 2]
        cos, sin = torch.cos(turn), torch.sin(turn)
        facing = torch.atan2(torch.sin(heading), torch.cos(heading))
        return torch.stack([x * cos + y * sin, y * cos - x * sin, facing], -1).float()


@dataclass(frozen=True)
class Windows:
    """Stretches of episodes: T frames and the T - 1 actions between them.

    `actions[:, t]` was done on seeing frame t, and frame t + 1 is what came of it. A window never crosses the end of an
    episode: from there on frames repeat the last one, and `is_real` is False for steps that never happened.
    """

    observation: dict[str, Shaped[Tensor, "batch time ..."]]
    """`occupancy` as bytes (0 or 255 on roads, 0 or 1 on grids), others float32."""
    actions: Shaped[Tensor, "batch step ..."]
    """float32 [batch step number], or int64 [batch step]."""
    rewards: Float[Tensor, "batch step"]
    terminated: Bool[Tensor, "batch step"]
    """The step ended the episode for good; a time limit does not count."""
    is_real: Bool[Tensor, "batch step"]
    to_go: Float[Tensor, "batch time"]
    """What the expert would still have to pay from each frame on: grids, the cost of a shortest path (inf: no way);
    roads, metres to the goal along the route."""
    tracks: Tracks | None = None
    """On roads."""

    def __len__(self) -> int:
        return len(self.is_real)

    @property
    def frames(self) -> int:
        """T."""
        return self.is_real.shape[1] + 1

    def to(self, device: torch.device | str) -> "Windows":
        """The same on another device."""
        tracks = self.tracks and Tracks(*(part.to(device) for part in vars(self.tracks).values()))
        parts = {name: part.to(device) for name, part in vars(self).items() if isinstance(part, Tensor)}
        return Windows({key: part.to(device) for key, part in self.observation.items()}, **parts, tracks=tracks)
