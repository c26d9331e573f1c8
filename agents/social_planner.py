"""A planner that foresees what everybody does together, and learns what trajectories cost among them.

Zeng et al., *DSDNet: Deep Structured Self-Driving Network* (2020): the joint energy of everybody's trajectories is how
good each is by itself, which is learned, and what it costs that two of them collide. Message passing gives the
marginals; the ego takes the trajectory of the lowest cost + expected collisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from agents.agent import Observation, State
from agents.config import check_at_least_one
from agents.max_margin_planner import OBSERVED, MaxMarginPlanner
from agents.networks.policy import as_tensors
from agents.planning.futures import FutureBatch
from agents.planning.planner_config import MaxMarginConfig
from agents.planning.planner_fitting import PlannerFitting, Pool
from agents.planning.trajectory_cost import TrajectoryCost
from agents.social.goodness import MAPS
from agents.social.joint import INTERACTIONS, nearest_sample
from agents.social.presence import presence
from agents.social.social_cost import Company, SocialCost
from agents.social.social_network import Manners, SocialNetwork
from envs.core.naming import check_known
from envs.driving.config import STATIC_CHANNELS


@dataclass(frozen=True, kw_only=True)
class SocialConfig(MaxMarginConfig):
    """As of the max-margin planner, and how the others are thought of."""

    interaction: str = "social"
    """`social`: beliefs about everybody, the ego included, together. `independent`: about each by itself.
    `predict-then-plan`: as independent, and the ego takes each one's most likely trajectory for what will happen."""
    nearest: int = 8
    """Others that are thought of at most, nearest first."""
    considered: int = 16
    """Most likely samples of each that the ego's candidates are held against."""
    sweeps: int = 3
    """Of message passing."""
    damping: float = 0.0
    """Of it."""
    own_word: bool = True
    """Whether the ego plans, as published, against beliefs in which the others have heard from it and make way for what
    it wishes; else against what they are believed to do but for that."""
    safety: float = 1.0
    """Below which two are too near [m]."""
    actors_weight: float = 5.0
    """Of the cross-entropy of what everybody really did."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("interaction", self.interaction, INTERACTIONS)
        check_at_least_one(self, "nearest", "considered", "sweeps")
        if not 0.0 <= self.damping < 1.0:
            raise ValueError(f"{type(self).__name__}.damping: expected in [0, 1), got {self.damping}.")
        if self.safety <= 0:
            raise ValueError(f"{type(self).__name__}.safety: expected > 0, got {self.safety}.")
        if self.actors_weight < 0:
            raise ValueError(f"{type(self).__name__}.actors_weight: expected >= 0, got {self.actors_weight}.")


class SocialFitting(PlannerFitting):
    """The planner's fitting, and that of beliefs: cross-entropy of the sample nearest to what each really did."""

    def planning_loss(self, cost: TrajectoryCost, batch: FutureBatch, pool: Pool) -> Float[Tensor, " batch"]:
        if not isinstance(cost, SocialCost):
            raise TypeError(f"Expected a SocialCost, got {type(cost).__name__}.")
        own = super().planning_loss(cost, batch, pool)
        return own + self.settings.actors_weight * belief_loss(cost.company, batch)


def belief_loss(company: Company, batch: FutureBatch) -> Float[Tensor, " batch"]:
    """-log belief in the nearest sample, mean over everybody whose future is half known at least, the ego included."""
    samples, count = company.samples, company.samples.poses.shape[1]
    known = batch.actors_known[:, :count]
    nearest, _ = nearest_sample(samples.poses, batch.actors[:, :count], known, samples.repeats)
    counts = samples.mask & _enough(known)
    own, _ = nearest_sample(
        company.ego.poses[:, None], batch.expert[:, None], batch.expert_known[:, None],
        ~company.ego.costs.isfinite()[:, None],
    )  # fmt: skip
    believed = torch.cat([company.ego_belief[:, None], company.log_belief], 1)
    chosen = torch.cat([own, nearest], 1)
    counts = torch.cat([_enough(batch.expert_known)[:, None], counts], 1)
    surprise = -believed.gather(-1, chosen[..., None]).squeeze(-1)
    return torch.where(counts, surprise, 0.0).sum(1) / counts.sum(1).clamp(min=1)


def _enough(known: Bool[Tensor, "*who time"]) -> Bool[Tensor, "*who"]:
    return known.sum(-1) >= (known.shape[-1] + 1) // 2


class SocialPlanner(MaxMarginPlanner):
    """Plans among what others may do; needs observe=("occupancy", "ego", "route", "actors") and trajectories."""

    name: ClassVar[str] = "social-planner"
    Config: ClassVar[type] = SocialConfig
    Fitting: ClassVar[type[PlannerFitting]] = SocialFitting
    observes: ClassVar[tuple[str, ...]] = (*OBSERVED, "actors")
    config: SocialConfig
    network: SocialNetwork

    def network_for(self, channels: int, highs: np.ndarray, **sizes: Any) -> SocialNetwork:
        config = self.config
        manners = Manners(
            interaction=config.interaction, nearest=config.nearest, considered=config.considered,
            sweeps=config.sweeps, damping=config.damping, margin=config.safety, own_word=config.own_word,
            collision=config.collision,
        )  # fmt: skip
        maps = tuple(STATIC_CHANNELS.index(name) for name in MAPS)
        return SocialNetwork(channels, highs, manners=manners, maps=maps, **sizes)

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """As of the max-margin planner; `occupancy` is where the others are believed to pass in the next seconds, and
        `futures` are their samples with what is believed of each.
        """
        network = self.network
        company = self.company(as_tensors(observation))
        passed = presence(company.log_belief, company.samples, extent=network.extent, resolution=network.resolution)
        believed = torch.where(company.samples.mask[..., None], company.log_belief.exp(), 0.0)
        shown = {"occupancy": passed, "futures": company.samples.poses, "future_probabilities": believed}
        return {**super().explain(observation, state), **{name: tensor.numpy() for name, tensor in shown.items()}}

    @torch.no_grad()
    def company(self, observation: Mapping[str, Tensor]) -> Company:
        """The others' samples, and what is believed of them."""
        cost = self.network(observation).cost
        return cost.company  # type: ignore[union-attr]
