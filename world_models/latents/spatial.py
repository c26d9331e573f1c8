"""A latent with the shape of the map: what every cell is like, read once, and where the agent may be.

The structure is given: the agent is in one cell (the channel `agent` shows it), a step leads to a neighbour or
nowhere, all else stands still, and what a cell is like can be read off its surroundings. Everything else is learned
from what happened: whether a move is open or refused, corners, slips, what a step pays and costs, where episodes end.

encode    two layers read off the nine cells around every cell x, for every action a and way d: the probability
          m(a, d, x) that the action leads that way, e(a, d, x) that this ends the episode; the reward r(a, x); the
          price c(a, x).
          Costs to go V follow from these by value iteration over what was learned: `settled`.
predict   b'(x) = sum_d b(x - d) m(a, d, x - d) (1 - e(a, d, x - d)): nine numbers for each cell.
decode    what is to go is sum_x b(x) V(x); given that the episode has come that far, the reward of a step is the mean
          of r(a, x) and the continuation the share of the belief that is left. What b has lost is where it ended.
"""

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from world_models.experience import Windows
from world_models.latents.map_reader import MapReader, Reading, inside
from world_models.latents.neighbours import advance, arriving
from world_models.latents.room import Room
from world_models.latents.settled import settled
from world_models.latents.spatial_losses import LEAST, SCALE, spatial_losses
from world_models.rollout import Latent, Rollout, expand

AJAR = 0.01
"""Less than this is what learning has left over: a leak into a place without a way out would make all ways dear."""


class SpatialRoom(Room):
    """See above; parts are named in `encode`.

    Args:
        shape: (channel, row, col) of the occupancy.
        agent: Its channel.
        num_actions: Choices.
        width: Features of a cell.
    """

    heads = ("latent", "occupancy", "cell", "reward", "continuation", "to_go")
    is_differentiable = False
    is_inside: Tensor

    def __init__(self, shape: tuple[int, ...], agent: int, num_actions: int, *, width: int) -> None:
        super().__init__()
        channels, self.rows, self.cols = shape
        self.agent, self.others = agent, [channel for channel in range(channels) if channel != agent]
        self.reader = MapReader(len(self.others), num_actions, width=width)
        self.register_buffer("is_inside", inside(self.rows, self.cols, torch.device("cpu")), persistent=False)

    def still(self, occupancy: Shaped[Tensor, "*batch channel row col"]) -> Float[Tensor, "*batch other row col"]:
        """All channels but the agent's."""
        return occupancy[..., self.others, :, :].float()

    def gates(self, read: Reading) -> tuple[Float[Tensor, "batch cell action 9"], Float[Tensor, "batch cell action 9"]]:
        """Probabilities that an action leads a way and the episode goes on there, or ends there."""
        ways, ends = read.ways.exp(), torch.sigmoid(read.ends)
        return ways * (1.0 - ends), ways * ends

    def _arriving(self, leaving: Float[Tensor, "batch cell action 9"]) -> Float[Tensor, "batch action 9 cell"]:
        laid_out = leaving.permute(0, 2, 3, 1).unflatten(-1, (self.rows, self.cols))
        return arriving(laid_out).flatten(-2)

    def to_go(
        self, features: Float[Tensor, "batch cell feature"], gates: Float[Tensor, "batch cell action 9"]
    ) -> Float[Tensor, "batch cell"]:
        """Costs to go; nowhere more than a way through every cell. Gates that hardly open count as shut."""
        sure = torch.where(gates > AJAR, gates, 0.0)
        return settled(self.reader.price(features), sure, (self.rows, self.cols), far=1.0 * self.rows * self.cols)

    def encode(self, observation: dict[str, Tensor]) -> dict[str, Tensor]:
        """Where the agent is; gates that go on and exits that end it; rewards; costs to go; what stands still."""
        occupancy = observation["occupancy"]
        features = self.reader.features(self.still(occupancy))
        read = self.reader(features, self.is_inside)
        goes_on, ends = self.gates(read)
        return {
            "latent": occupancy[:, self.agent].float(),
            "to_go": self.to_go(features, goes_on).unflatten(-1, (self.rows, self.cols)),
            "gates": self._arriving(goes_on),
            "exits": self._arriving(ends),
            "rewards": (read.ways.exp() * read.rewards).sum(-1).mT / SCALE,
            "still": torch.sigmoid(self.reader.still(features)).mT.unflatten(-1, (self.rows, self.cols)),
        }

    def predict(self, latent: Latent, actions: Int64[Tensor, "batch candidate horizon"]) -> dict[str, Tensor]:
        """The belief after every step [batch candidate 1 horizon row col], of episodes that go on."""
        belief, steps = expand(latent.parts["latent"], actions.shape[1]), []
        for action in actions.unbind(2):
            belief = advance(belief, latent.parts["gates"], action)
            steps.append(belief)
        return {"latent": torch.stack(steps, 2).unsqueeze(2)}

    def decode(self, rollout: Rollout, key: str) -> Tensor:
        belief = rollout.parts["latent"]
        if key == "to_go":
            return torch.einsum("bkshrc,brc->bksh", belief, rollout.start.parts["to_go"])
        if key == "continuation":
            before = self._before(rollout).sum((-2, -1)).clamp(min=LEAST).unsqueeze(2)
            return (belief.sum((-2, -1)) / before).clamp(max=1.0)
        if key == "reward":
            return self._rewards(rollout)
        cells = self._cells(rollout)
        if key == "occupancy":
            return self._occupancy(cells, rollout.start.parts["still"])
        return cells if key == "cell" else cells.flatten(-2)

    def _before(self, rollout: Rollout) -> Float[Tensor, "batch candidate horizon row col"]:
        """The belief before every step."""
        start = expand(rollout.start.parts["latent"], rollout.actions.shape[1]).unsqueeze(2)
        return torch.cat([start, rollout.parts["latent"][:, :, 0, :-1]], 2)

    def _rewards(self, rollout: Rollout) -> Float[Tensor, "batch candidate 1 horizon"]:
        rows = torch.arange(len(rollout.actions), device=rollout.actions.device)[:, None, None]
        paid = rollout.start.parts["rewards"][rows, rollout.actions]
        before = self._before(rollout).flatten(-2)
        return ((before * paid).sum(-1) / before.sum(-1).clamp(min=LEAST)).unsqueeze(2)

    def _cells(self, rollout: Rollout) -> Float[Tensor, "batch candidate 1 horizon row col"]:
        """Where the agent is, or was when its episode ended."""
        before, exits = self._before(rollout), rollout.start.parts["exits"]
        ended = [advance(before[:, :, step], exits, rollout.actions[:, :, step]) for step in range(rollout.horizon)]
        return rollout.parts["latent"] + torch.stack(ended, 2).cumsum(2).unsqueeze(2)

    def _occupancy(self, cells: Tensor, still: Tensor) -> Float[Tensor, "batch candidate 1 horizon channel row col"]:
        still = still[:, None, None, None].expand(*cells.shape[:4], *still.shape[1:])
        return torch.cat([still[..., : self.agent, :, :], cells.unsqueeze(4), still[..., self.agent :, :, :]], 4)

    def losses(self, windows: Windows) -> dict[str, Tensor]:
        return spatial_losses(self, windows)
