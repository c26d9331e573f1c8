"""Roads as the ego sees them: views that move with it, read and shown patch by patch."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from world_models.networks.numbers import Numbers
from world_models.networks.pixel_decoder import RARE, PixelDecoder
from world_models.networks.road_stem import FlatStem, as_shares
from world_models.recurrents.view import Context, View
from world_models.views import Extent, turn

SURE = 3.0
"""Logits that an occupied cell of now adds at first to the same place later."""


class RoadView(View):
    """What is seen passes through memory and code; what stands still need not.

    The view of now is a context: it stays on the ground while the ego drives on, and is added to what the decoder
    makes of memory and code, by as much as they say; more of it where cells look as if they stood. Without it hundreds
    of cells would have to pass through 16 choices among 16, for which a few minutes of learning do not suffice.

    Args:
        shapes: Of an observation, by key.
        shown: Channels that are shown again.
        window: Extent and resolution of the occupancy, as in `Spec`.
        features: Numbers of memory and code.
        embedded: Numbers of an observation.
        hidden: Of the decoder's layer.
    """

    is_costly = True

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        shown: tuple[int, ...],
        *,
        window: tuple[Extent, float],
        features: int,
        embedded: int,
        hidden: int = 256,
    ) -> None:
        super().__init__()
        channels, rows, cols = shapes["occupancy"]
        self.embedded, self.read_size, self.shown = embedded, 0, list(shown)
        self.numbers = Numbers(shapes)
        self.stem = FlatStem(channels, rows, cols, size=embedded)
        self.understand = nn.Sequential(nn.Linear(embedded + self.numbers.size, embedded), nn.SiLU())
        self.write = PixelDecoder(features, (len(shown), rows, cols), depth=16, hidden=hidden)
        self.window = window
        # who moved in the last tenths of a second, as the older channels show
        self.stands = nn.Conv2d(channels, len(shown), 5, padding=2)
        self.stays = nn.Linear(features, 2 * len(shown))
        nn.init.constant_(self.stays.bias, SURE)

    def embed(self, observation: dict[str, Tensor]) -> Float[Tensor, "batch number"]:
        seen = functional.silu(self.stem(observation["occupancy"]))
        return self.understand(torch.cat([seen, self.numbers(observation)], -1))

    def context(self, observation: dict[str, Tensor]) -> Context:
        occupancy = as_shares(observation["occupancy"])
        now = occupancy[:, self.shown]
        return {"now": torch.cat([now, now * self.stands(occupancy).sigmoid()], 1)}

    def read(self, features: Float[Tensor, "batch many number"], context: Context) -> Tensor:
        return features[..., :0]

    def chances(self, features: Float[Tensor, "batch many number"], context: Context, poses: Tensor | None) -> Tensor:
        assert poses is not None
        # outside of the later view there is nothing to say: all but surely empty
        moved = turn(self.write(features) - RARE, poses, *self.window) + RARE
        return (moved + self._staying(features, context["now"].unsqueeze(1))).sigmoid()

    def nats(
        self, features: Float[Tensor, "batch many number"], occupancy: Tensor, context: Context, poses: Tensor | None
    ) -> Tensor:
        logits, truth = self.write(features), as_shares(occupancy[:, :, self.shown])
        if poses is not None:
            stayed = turn(context["now"].unsqueeze(1), poses, *self.window, inverse=True)
            logits = logits + self._staying(features, stayed)
        off = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        return off.sum((-3, -2, -1))

    def measure(self, observation: dict[str, Tensor]) -> None:
        self.numbers.measure(observation)

    def _staying(self, features: Tensor, now: Tensor) -> Float[Tensor, "batch many channel row col"]:
        """Logits that what is there now adds to its place."""
        shares = self.stays(features)[..., None, None] * now
        return shares.unflatten(2, (2, -1)).sum(2)
