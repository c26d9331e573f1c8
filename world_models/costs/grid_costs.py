"""What futures cost where a goal is to be reached: the way that is left, distance in the latent, or reward."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from envs.core.naming import check_known
from world_models.costs.cost import Cost
from world_models.costs.map_distances import map_distances
from world_models.costs.remembered import once_for
from world_models.rollout import Latent, Rollout

PLACES = ("final", "path", "nearest")
DISTANCES = ("squared", "absolute", "cosine")


@dataclass(frozen=True, kw_only=True)
class ToGo(Cost):
    """What is paid for moves until the goal is reached, and what is still to be paid at the end of the horizon.

    Who has arrived pays no more, wherever the remaining actions lead. Where moves cost what the ground does, `Reward`
    with a price for the way left is the better measure.
    """

    heads: ClassVar[tuple[str, ...]] = ("to_go",)
    prices: tuple[float, ...] | None = None
    """Of each choice; None: 1. In the units of what is to go: otherwise moves that cost more than 1 seem a bargain."""
    arrived: float = 0.5
    """Less than so much to go is arrival."""
    far: float = 1e3
    """Stands for no way at all."""

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """In steps, or the units of `prices`."""
        to_go = self.way_left(found, rollout).clamp(max=self.far)
        is_under_way = (to_go.detach() >= self.arrived).to(to_go.dtype).cumprod(-1)
        begun = torch.cat([torch.ones_like(is_under_way[..., :1]), is_under_way[..., :-1]], -1)
        if self.prices is not None:
            begun = begun * to_go.new_tensor(self.prices)[rollout.actions].unsqueeze(2)
        return begun.sum(-1) + is_under_way[..., -1] * to_go[..., -1]

    def way_left(self, found: dict[str, Tensor], rollout: Rollout) -> Float[Tensor, "batch candidate sample horizon"]:
        """What is still to be paid after each step."""
        return found["to_go"]


@dataclass(frozen=True, kw_only=True)
class CellToGo(ToGo):
    """The same for models that foresee only the agent's cell: the way left is read off the map that was seen."""

    heads: ClassVar[tuple[str, ...]] = ("cell",)
    obstacle: int = 0
    goal: int = 1
    """Channels of `occupancy`."""
    moves: int = 8

    def way_left(self, found: dict[str, Tensor], rollout: Rollout) -> Float[Tensor, "batch candidate sample horizon"]:
        """Expected over the cells that the agent may be in."""
        cell, seen = found["cell"], rollout.start.observation["occupancy"]

        def measure() -> Tensor:
            return map_distances(seen[:, self.obstacle] > 0, seen[:, self.goal] > 0, moves=self.moves)

        distances = once_for(rollout.start, (type(self), self.obstacle, self.goal, self.moves), measure)
        left = distances.clamp(max=self.far).to(cell.dtype)
        return (cell * left[:, None, None, None]).sum((-1, -2))


@dataclass(frozen=True, kw_only=True)
class LatentGoal(Cost):
    """How far the latent is from the goal's, whose `parts["latent"]` are compared with the head `latent`.

    `squared` and `absolute` are means over numbers; `cosine` is 1 - cos of the angle between the two.
    """

    heads: ClassVar[tuple[str, ...]] = ("latent",)
    at: str = "final"
    """At the last step, on the mean over the `path`, or at the step that is `nearest`."""
    distance: str = "squared"

    def __post_init__(self) -> None:
        check_known("place of a latent goal", self.at, PLACES)
        check_known("distance", self.distance, DISTANCES)

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """The distance."""
        if goal is None or "latent" not in goal.parts:
            known = "no goal" if goal is None else f"a goal of {sorted(goal.parts)}"
            raise ValueError(f"LatentGoal: expected a goal with the part 'latent', got {known}.")
        latent = found["latent"][..., -1:, :] if self.at == "final" else found["latent"]
        wanted = goal.parts["latent"].flatten(1)[:, None, None, None]
        if wanted.shape[-1] != latent.shape[-1]:
            raise ValueError(f"LatentGoal: the goal has {wanted.shape[-1]} numbers, the head {latent.shape[-1]}.")
        away = self._distance(latent, wanted)
        return away.amin(-1) if self.at == "nearest" else away.mean(-1)

    def _distance(self, latent: Tensor, wanted: Tensor) -> Tensor:
        if self.distance == "cosine":
            return 1.0 - functional.cosine_similarity(latent, wanted, dim=-1)
        apart = latent - wanted
        return (apart.square() if self.distance == "squared" else apart.abs()).mean(-1)


@dataclass(frozen=True, kw_only=True)
class Reward(Cost):
    """Minus the rewards foreseen, each by the chance that the episode still goes on and by the discount.

    - sum_t discount^t alive_t reward_t + price * discount^H alive_H to_go_H,   alive_t = prod_{k < t} continuation_k

    The continuation counts where the model has that head.
    """

    heads: ClassVar[tuple[str, ...]] = ("reward",)
    extras: ClassVar[tuple[str, ...]] = ("continuation",)
    discount: float = 1.0
    price: float = 0.0
    """Of what is still to go behind the horizon, in rewards; 0: that is not looked at."""
    far: float = 1e3
    """Stands for no way at all."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Also `to_go` where that has a price."""
        return ("reward", "to_go") if self.price else ("reward",)

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """In rewards."""
        reward = found["reward"]
        goes_on = found.get("continuation", torch.ones_like(reward))
        alive = self.discount ** torch.arange(1, reward.shape[-1] + 1, device=reward.device) * goes_on.cumprod(-1)
        begun = torch.cat([torch.ones_like(alive[..., :1]), alive[..., :-1]], -1)
        cost = -(begun * reward).sum(-1)
        if self.price:
            cost = cost + self.price * alive[..., -1] * found["to_go"][..., -1].clamp(max=self.far)
        return cost
