"""From observations to what trajectories cost among others: the max-margin planner's network, and beliefs.

Who will be where is foreseen by the same network that writes the ego's costs; how good a sample of somebody is, is read
off that (`agents.social.goodness`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.planning.planner_network import Judgement, PlannerNetwork
from agents.planning.trajectory_cost import TrajectoryCost
from agents.social.actor_samples import ActorSamples, Fan, read_actors, sample_actors
from agents.social.goodness import Goodness, Surroundings
from agents.social.joint import EgoSamples, beliefs, ego_energy, represent
from agents.social.social_cost import Company, SocialCost
from world_models.trajectories.library import SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

ALONG_THE_PATH = SamplerConfig(
    places=(0.0,), proposal_places=(0.0,), turns=(), clothoid_speeds=(), accelerations=(), steerings=(),
    lateral_seconds=2.5, lateral_metres=8.0,
)  # fmt: skip
"""What the others expect of the ego: to keep to its path, at any speed."""
FAN = Fan()
FIRST_GAMMA, FIRST_SHARPNESS = 4.0, 0.3
LEAST_COLLISION = 0.1


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How the others are thought of; see `agents.social_planner.SocialConfig`."""

    interaction: str = "social"
    nearest: int = 8
    considered: int = 16
    sweeps: int = 3
    damping: float = 0.0
    margin: float = 1.0
    own_word: bool = True
    collision: float = 5.0
    """Price of meeting somebody, at first: it is learned, but hardly goes far from there."""
    fan: Fan = FAN


class SocialNetwork(PlannerNetwork):
    """`PlannerNetwork`, whose costs are `SocialCost`.

    Args:
        channels, highs: As of a `PlannerNetwork`, and so is `sizes`.
        manners: How the others are thought of.
        maps: Where `agents.social.goodness.MAPS` are among the channels.
    """

    def __init__(self, channels: int, highs: Any, *, manners: Manners, maps: tuple[int, ...], **sizes: Any) -> None:
        super().__init__(channels, highs, **sizes)
        self.manners, self.maps = manners, maps
        self.goodness = Goodness(times=self.volumes.times)
        first = torch.tensor([FIRST_GAMMA, max(manners.collision, LEAST_COLLISION), FIRST_SHARPNESS])
        self.strengths = nn.Parameter(first.expm1().log())
        """Of overlaps in the joint, of nearness in the ego's cost, and of the ego's cost in the joint."""

    def forward(self, observation: Mapping[str, Tensor]) -> Judgement:
        """Of observations as `as_tensors` gives them, with `actors` and `actors_mask`."""
        judged = super().forward(observation)
        manners = self.manners
        gamma, collision, sharpness = functional.softplus(self.strengths).unbind()
        seen, mask = read_actors(observation["actors"], observation["actors_mask"], most=manners.nearest)
        samples = sample_actors(seen, mask, manners.fan, dt=self.dt, steps=self.volumes.times)
        maps = observation["occupancy"][:, list(self.maps)]
        unary = self.goodness(samples, Surroundings(maps, judged.occupancy, self.extent, self.resolution))
        ego = self.ego_samples(observation, judged.cost)
        company = self.company(unary, samples, ego, gamma=gamma, sharpness=sharpness)
        cost = judged.cost
        social = SocialCost(
            cost.volume, cost.outside, cost.weights, cost.setting, cost.footprint,
            company=company, collision=collision, margin=manners.margin,
        )  # fmt: skip
        return Judgement(social, judged.occupancy)

    @torch.no_grad()
    def ego_samples(self, observation: Mapping[str, Tensor], cost: TrajectoryCost) -> EgoSamples:
        """The ego as one of the actors: what it would do on its path, at its costs without the others."""
        ego = observation["ego"]
        path = ReferencePath.of_observation(ego, observation["route"], self.extent[0] / 12)
        limit, start = ego[:, 6].clamp(min=1.0), Start.of_observation(ego)
        found = sample(path, start, limit=limit, dt=self.dt, steps=self.volumes.times, config=ALONG_THE_PATH)
        return represent(found.poses, cost(found.poses), found.feasible, self.manners.fan.size)

    def company(
        self,
        unary: Float[Tensor, "batch actors sample"],
        samples: ActorSamples,
        ego: EgoSamples,
        *,
        gamma: Float[Tensor, ""],
        sharpness: Float[Tensor, ""],
    ) -> Company:
        """What is believed of everybody: together, or of each by itself."""
        manners, energy = self.manners, ego_energy(ego.costs, sharpness)
        if manners.interaction == "social":
            size = (4.8, 2.0)
            found = beliefs(
                unary, samples, (ego, energy, size), gamma=gamma,
                margin=manners.margin, iters=manners.sweeps, damping=manners.damping,
            )  # fmt: skip
            believed = found.log_belief
            reckoned = believed if manners.own_word else found.without(0)
        else:
            reckoned = believed = torch.cat([-energy[:, None], -unary], 1).log_softmax(-1)
        certain = manners.interaction == "predict-then-plan"
        return Company(
            samples, believed[:, 1:], reckoned[:, 1:], ego, believed[:, 0],
            certain=certain, considered=manners.considered,
        )  # fmt: skip
