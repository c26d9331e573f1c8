"""Grids that are seen whole: where one is has to be remembered, the map has not."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from world_models.recurrents.view import Context, View
from world_models.recurrents.way_map import WayMap

AROUND = 24
"""Numbers that tell of the map around a cell."""
MOVING = ("agent", "others")
"""Channels that do not stay as they are."""
RARE = -4.0
"""Logit of another being somewhere, before anything is learned."""
SHARP = 8.0
"""Factor of the logits of places: what is one of a few hundred must be told apart early, or nothing else is learned."""


class GridView(View):
    """What stays is a context: read where one is, and shown again as it was.

    Maps differ from level to level, and hundreds of walls do not fit into a code; what is around the believed place of
    the agent is what decides its next step. That belief is of a row and of a column, each by itself: what is learned
    of moving in one row holds for all.

    Args:
        shape: Of the occupancy (channel row col).
        channels: Their names.
        features: Numbers of memory and code.
        observed: Numbers besides the occupancy.
        embedded: Numbers of an observation.
    """

    is_costly = False

    def __init__(
        self, shape: tuple[int, ...], channels: tuple[str, ...], *, features: int, observed: int, embedded: int
    ) -> None:
        super().__init__()
        self.channels, (_, self.rows, self.cols) = channels, shape
        self.embedded, self.read_size = embedded, AROUND + self.rows + self.cols
        cells = self.rows * self.cols
        self.still = [channel for channel in channels if channel not in MOVING]
        self.moving = [channel for channel in channels if channel in MOVING]
        obstacle, goal = self.still.index("obstacle"), self.still.index("goal")
        self.way = WayMap(len(self.still), obstacle=obstacle, goal=goal, sweeps=self.rows + self.cols)
        self.around = nn.Conv2d(len(self.still), AROUND, 3, padding=1)
        told = len(self.moving) * (cells + self.rows + self.cols) + observed
        self.understand = nn.Sequential(
            nn.Linear(told, embedded, bias=False), nn.LayerNorm(embedded), nn.SiLU(), nn.Linear(embedded, embedded)
        )
        self.place = nn.Linear(features, self.rows + self.cols)
        self.others = nn.Linear(features, cells) if "others" in channels else None
        if self.others is not None:
            nn.init.constant_(self.others.bias, RARE)

    def embed(self, observation: dict[str, Tensor]) -> Float[Tensor, "batch number"]:
        moving = self._of(observation["occupancy"], self.moving).float()
        parts = [moving.flatten(1), moving.sum(-1).flatten(1), moving.sum(-2).flatten(1)]
        parts += [part.flatten(1).float() for key, part in observation.items() if key != "occupancy"]
        return self.understand(torch.cat(parts, -1))

    def context(self, observation: dict[str, Tensor]) -> Context:
        plan = self._of(observation["occupancy"], self.still).float()
        around = functional.silu(self.around(plan))
        return {"plan": plan, "around": around.flatten(2).mT, "way": self.way(plan).flatten(1)}

    def read(self, features: Float[Tensor, "batch many number"], context: Context) -> Tensor:
        rows, cols = (part.exp() for part in self._where(features))
        place = (rows.unsqueeze(-1) * cols.unsqueeze(-2)).flatten(-2)
        return torch.cat([place @ context["around"], rows, cols], -1)

    def cell(self, features: Float[Tensor, "batch many number"]) -> Float[Tensor, "batch many row col"]:
        """Probability of the agent's place."""
        return self._place(features).exp().unflatten(-1, (self.rows, self.cols))

    def to_go(self, features: Float[Tensor, "batch many number"], context: Context) -> Float[Tensor, "batch many"]:
        """Cost of the way from there on."""
        return (self._place(features).exp() @ context["way"].unsqueeze(-1)).squeeze(-1)

    def chances(
        self,
        features: Float[Tensor, "batch many number"],
        context: Context,
        poses: Tensor | None = None,
        steps: Tensor | None = None,
    ) -> Tensor:
        shape = (*features.shape[:2], self.rows, self.cols)
        shown = {channel: context["plan"][:, None, k].expand(shape) for k, channel in enumerate(self.still)}
        shown["agent"] = self.cell(features)
        if self.others is not None:
            shown["others"] = self.others(features).sigmoid().view(shape)
        return torch.stack([shown[channel] for channel in self.channels], 2)

    def nats(
        self,
        features: Float[Tensor, "batch many number"],
        occupancy: Tensor,
        context: Context,
        poses: Tensor | None = None,
        steps: Tensor | None = None,
    ) -> Tensor:
        truth = {channel: occupancy[:, :, self.channels.index(channel)].flatten(2).float() for channel in self.moving}
        off = -(self._place(features) * truth["agent"]).sum(-1)
        if self.others is not None:
            logits = self.others(features)
            off = off + functional.binary_cross_entropy_with_logits(logits, truth["others"], reduction="none").sum(-1)
        return off

    def _place(self, features: Tensor) -> Float[Tensor, "batch many cell"]:
        """Logarithm of the probability of being there."""
        rows, cols = self._where(features)
        return (rows.unsqueeze(-1) + cols.unsqueeze(-2)).flatten(-2)

    def _where(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logarithms of the probabilities of rows [batch many row] and of columns."""
        rows, cols = (SHARP * self.place(features)).split([self.rows, self.cols], -1)
        return rows.log_softmax(-1), cols.log_softmax(-1)

    def _of(self, occupancy: Tensor, channels: list[str]) -> Tensor:
        return occupancy[:, [self.channels.index(channel) for channel in channels]]
