"""Which model, which planner, at what cost; and what the model is fitted to."""

from dataclasses import dataclass

from agents.config import check_at_least_one
from agents.mpc.learning import mix_of
from agents.mpc.settings import Words, read_words
from envs.core.arguments import check_types
from envs.core.naming import check_known
from world_models import WORLD_MODELS
from world_models.costs.grid_costs import PLACES
from world_models.planners import PLANNERS


@dataclass(frozen=True, kw_only=True)
class PlanningConfig:
    """How the future is searched."""

    planner: str = "cem"
    """`cem`, `mppi` or `gradient`."""
    planner_config: Words = ()
    """Its settings, such as colour=2 or samples=4."""
    horizon: int = 8
    """Steps of a plan; of half a second each on roads where repeat=5."""
    candidates: int | None = None
    """Plans foreseen in each iteration; None: as many as the planner likes, on roads 32 beside the proposals."""
    iterations: int | None = None
    """Of the search; None: as many as the planner likes."""
    time_budget_ms: float | None = None
    """No iteration begins that would end later."""
    proposals: bool | str = True
    """On roads: searches begin with trajectories along the route, too. A path: and anywhere with what the agent that is
    saved there would do."""
    execute: int = 1
    """Actions of a plan that are taken before the next one is made."""
    latent_goal: str | None = None
    """On grids seen whole: search by how far, in the latent, from what will be seen at the goal: at the `final` step,
    along the `path`, or where it is `nearest`. None: by what the model foresees of the way left."""
    weights: Words = ()
    """Of the cost's terms, such as comfort=0.5: see `world_models.costs`."""
    seed: int = 0
    """Of the model's first weights, of what it learns from, and of the search."""

    def __post_init__(self) -> None:
        check_types(self)
        check_known("planner", self.planner, PLANNERS)
        check_at_least_one(self, "horizon", "candidates", "iterations", "execute")
        if self.execute > self.horizon:
            raise ValueError(f"execute: a plan of {self.horizon} steps has no {self.execute} to execute.")
        if self.proposals == "":
            raise ValueError("proposals: expected true, false, or the path of an agent, got ''.")
        if self.latent_goal is not None:
            check_known("place of a latent goal", self.latent_goal, PLACES)
            if self.weights:
                raise ValueError("latent_goal: the cost is one term, which has no weights; leave out one of the two.")
        for name in ("planner_config", "weights"):
            read_words(getattr(self, name), name)


@dataclass(frozen=True, kw_only=True)
class LatentMPCConfig(PlanningConfig):
    """The model, what is collected for it, and how it is fitted."""

    model: str = "latent"
    """One of `world_models.WORLD_MODELS` that looks at observations."""
    model_config: Words = ()
    """Its settings, such as width=128."""
    experience: int = 40_000
    """Steps that are collected on training levels: random, of the expert, of the disturbed expert, and branches."""
    mix: Words = ()
    """Shares of these, such as random=0.5: see `agents.experience.Mix`."""
    num_envs: int = 32
    """Worlds that they are collected in."""
    updates: int = 3_000
    """Optimiser steps in all."""
    batch_size: int = 32
    """Windows of an update."""
    frames: int | None = None
    """Of a window; None: one more than a plan has steps."""
    learning_rate: float = 1e-3
    minutes: float | None = None
    """Stop fitting after so many."""
    device: str = "cpu"
    """Where the model learns and is searched: `cpu`, or `cuda` where there is a GPU."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("world model", self.model, WORLD_MODELS)
        check_at_least_one(self, "experience", "num_envs", "updates", "batch_size")
        read_words(self.model_config, "model_config")
        mix_of(self.mix)
        if self.frames is not None and self.frames < 2:
            raise ValueError(f"LatentMPCConfig.frames: expected >= 2, got {self.frames}.")
        for name in ("learning_rate", "minutes"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"LatentMPCConfig.{name}: expected > 0, got {value}.")
