"""Roads as the ego sees them: views that move with it, read and shown patch by patch."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from world_models.boxes import Canvas
from world_models.floors.straight_on import StraightOn
from world_models.networks.coarse_decoder import RARE, CoarseDecoder
from world_models.networks.numbers import Numbers
from world_models.networks.road_stem import FlatStem, as_shares
from world_models.recurrents.view import Context, View
from world_models.views import Extent, turn

SURE = 3.0
"""Logits that an occupied cell of now adds at first to the same place later, where no more is known of who moves."""
COARSE = 2
"""Cells, each way, that memory and code say the same of: planning shows thousands of futures."""
LED = 7.0
"""Logits that straight motion adds at first where it leads."""


class RoadView(View):
    """What is seen passes through memory and code; what stands still need not.

    The view of now is a context: it stays on the ground while the ego drives on, and is added to what the decoder
    makes of memory and code, by as much as they say; more of it where cells look as if they stood. Without it hundreds
    of cells would have to pass through 16 choices among 16, for which a few minutes of learning do not suffice. Where
    the others are listed, so is where straight motion would lead them, as far as memory and code trust it.

    Args:
        shapes: Of an observation, by key.
        shown: Channels that are shown again.
        window: Extent and resolution of the occupancy, as in `Spec`.
        features: Numbers of memory and code.
        embedded: Numbers of an observation.
        hidden: Of the decoder's layer.
        ahead: Seconds of a step, and steps, that straight motion is looked at.
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
        hidden: int = 128,
        ahead: tuple[float, int] = (1.0, 1),
    ) -> None:
        super().__init__()
        channels, rows, cols = shapes["occupancy"]
        self.embedded, self.read_size, self.shown = embedded, 0, list(shown)
        self.numbers = Numbers(shapes)
        self.stem = FlatStem(channels, rows, cols, size=embedded)
        self.understand = nn.Sequential(nn.Linear(embedded + self.numbers.size, embedded), nn.SiLU())
        coarse = COARSE if rows % COARSE == cols % COARSE == 0 else 1
        self.write = CoarseDecoder(features, (len(shown), rows, cols), coarse=coarse, hidden=hidden)
        self.window = window
        # who moved in the last tenths of a second, as the older channels show
        self.stands = nn.Conv2d(channels, len(shown), 5, padding=2)
        self.stays = nn.Linear(features, 2 * len(shown))
        self.ahead, self.trusts = ahead, None
        if "actors" in shapes:
            self.trusts = nn.Linear(features, len(shown))
            nn.init.constant_(self.trusts.bias, LED)
        nn.init.constant_(self.stays.bias, SURE if self.trusts is None else 0.0)

    def embed(self, observation: dict[str, Tensor]) -> Float[Tensor, "batch number"]:
        seen = functional.silu(self.stem(observation["occupancy"]))
        return self.understand(torch.cat([seen, self.numbers(observation)], -1))

    def context(self, observation: dict[str, Tensor]) -> Context:
        occupancy = as_shares(observation["occupancy"])
        now = occupancy[:, self.shown]
        known = {"now": torch.cat([now, now * self.stands(occupancy).sigmoid()], 1)}
        if self.trusts is None:
            return known
        others = StraightOn.of_observation(observation, dt=self.ahead[0], horizon=self.ahead[1])
        return known | {"straight": others.occupancy(Canvas(*self.window))}

    def read(self, features: Float[Tensor, "batch many number"], context: Context) -> Tensor:
        return features[..., :0]

    def chances(
        self,
        features: Float[Tensor, "batch many number"],
        context: Context,
        poses: Tensor | None,
        steps: Int64[Tensor, " many"] | None = None,
    ) -> Tensor:
        assert poses is not None
        # outside of the later view there is nothing to say: all but surely empty
        extent, side = self.window
        moved = self.write.fine(turn(self.write(features) - RARE, poses, extent, side * self.write.coarse)) + RARE
        moved = moved + self._standing(features, context["now"])
        if self.trusts is not None and steps is not None:
            trust = self.trusts(features)[..., None, None]
            moved = torch.addcmul(moved, trust, self._straight(context, steps))
        return moved.sigmoid()

    def nats(
        self,
        features: Float[Tensor, "batch many number"],
        occupancy: Tensor,
        context: Context,
        poses: Tensor | None,
        steps: Int64[Tensor, " many"] | None = None,
    ) -> Tensor:
        logits, truth = self.write.fine(self.write(features)), as_shares(occupancy[:, :, self.shown])
        if poses is not None:
            stayed = turn(context["now"].unsqueeze(1), poses, *self.window, inverse=True)
            logits = logits + self._staying(features, stayed)
            if self.trusts is not None and steps is not None:
                straight = turn(self._straight(context, steps), poses, *self.window, inverse=True)
                logits = logits + self.trusts(features)[..., None, None] * straight
        off = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none")
        return off.sum((-3, -2, -1))

    def measure(self, observation: dict[str, Tensor]) -> None:
        self.numbers.measure(observation)

    def _staying(self, features: Tensor, now: Tensor) -> Float[Tensor, "batch many channel row col"]:
        """Logits that what is there now adds to its place."""
        shares = self.stays(features)[..., None, None] * now
        return shares.unflatten(2, (2, -1)).sum(2)

    def _straight(self, context: Context, steps: Tensor) -> Float[Tensor, "batch many channel row col"]:
        """Where straight motion leads; after the last step that is looked at, where it had led until then."""
        return context["straight"][:, steps.clamp(max=self.ahead[1] - 1)]

    def _standing(self, features: Tensor, now: Float[Tensor, "batch both row col"]) -> Tensor:
        """`_staying` where nothing turns, as a product of matrices: moments share what is there now."""
        shares = self.stays(features).unflatten(2, (2, -1)).permute(0, 3, 1, 2)
        found = shares @ now.flatten(2).unflatten(1, (2, -1)).transpose(1, 2)
        return found.transpose(1, 2).unflatten(-1, now.shape[-2:])
