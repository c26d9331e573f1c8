"""Model predictive control in what a model thinks: learn what happens next, search it for a plan, act by its beginning.

Hafner et al., *Learning latent dynamics for planning from pixels* (ICML 2019); Zhou et al., *DINO-WM* (2024). Any model
of `world_models.WORLD_MODELS` that looks at observations, with any planner of `world_models.planners`.
"""

import copy
from dataclasses import fields, replace
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor

import world_models
from agents.agent import Lesson, Observation, Own, State
from agents.checkpoint import Checkpoint
from agents.mpc.costing import cost_for
from agents.mpc.deciding import Decider
from agents.mpc.devices import device_of
from agents.mpc.goals import AGENT, GOAL
from agents.mpc.learning import fit_model
from agents.mpc.mpc_config import LatentMPCConfig
from agents.mpc.outline import Outline
from agents.mpc.pictures import overlays
from agents.mpc.proposer import Proposer
from agents.mpc.settings import check_fields, make_planner, read_words
from agents.world_learner import WorldLearner
from envs.driving.config import STEP_SECONDS
from world_models.model import WorldModel
from world_models.planners.gradient import check_descent
from world_models.road_proposals import RoadProposals

NEAR = ("cem", "mppi")
NEAR_PROPOSALS = {"candidates": 32, "iterations": 2, "elites": 6, "kept": 4, "spread": 0.1, "spread_floor": 0.02}
"""Of searches that begin with proposals: some forty of those are good ways already, and are made a little better."""
LEAST_SECONDS = 1.0
"""Of a plan on roads: a shorter one sees no stop."""
FIXED = ("occupancy", "ego", "route")
"""Keys of observations whose shapes models are built for."""
ROAD_ARGUMENTS = "action=continuous repeat=5 observe=occupancy,ego,route,actors"


class LatentMPC(WorldLearner):
    """Plans by a model of the world that it learns, any of `world_models.WORLD_MODELS`.

    Roads need action="continuous", repeat=5, observe=("occupancy", "ego", "route", "actors"). Of plans that cost the
    same it keeps to the one it has: what is left of the last plan is the first candidate of every search. Decisions
    that are asked to be deterministic search with the same random numbers in every row.
    """

    name: ClassVar[str] = "latent-mpc"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = LatentMPCConfig
    config: LatentMPCConfig
    network: WorldModel

    def build_for(self, outline: Outline) -> WorldModel:
        config = self.config
        check_worlds(self.name, outline, config.horizon)
        check_goal(outline, config)
        kind = world_models.model_class(config.model)
        if kind.reads_state:
            raise ValueError(f"Agent {self.name!r}: the model {config.model!r} looks at the state; use 'oracle-mpc'.")
        model = kind.for_env(outline, **self._model_settings(kind)).to(device_of(config.device))
        self.proposals, self.proposer = proposals_of(outline, model, config), proposer_of(outline, config)
        self.planner = planner_of(config, model, self.proposals)
        self.cost = cost_for(model.spec, config.weights, config.latent_goal)
        return model

    def _model_settings(self, kind: type[WorldModel]) -> dict[str, Any]:
        settings = read_words(self.config.model_config, "model_config")
        check_fields(kind.Config, settings, "setting")
        known = {field.name for field in fields(kind.Config)}
        own = {"seed": self.config.seed, "horizon": self.config.horizon}
        return {name: value for name, value in own.items() if name in known} | settings

    @property
    def decider(self) -> Decider:
        """The model with its planner."""
        return decider_of(self, self.network, device_of(self.config.device))

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        decision = self.decider.decide(observation, state, episode_start, drawn=not deterministic)
        return as_actions(decision.actions, self.action_space), decision.state

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The plan, the best candidates with their costs, and who is foreseen where at half the horizon."""
        decision = self.decider.decide(observation, state, None, drawn=False)
        return overlays(decision, self.network, self.outline)

    def study(self, lesson: Lesson) -> None:
        if self.network.learns:
            fit_model(self, lesson)

    def with_model(self: Own, model: WorldModel) -> Own:
        """The same agent with another model of the same worlds, on the same device."""
        other: Any = copy.copy(self)
        other.network = model.to(device_of(other.config.device)).eval()
        other.cost = cost_for(model.spec, other.config.weights, other.config.latent_goal)
        return other

    @classmethod
    def from_checkpoint(cls: type[Own], checkpoint: Checkpoint, env: Any = None) -> Own:
        """The saved agent; where there is no GPU, on the CPU.

        Raises:
            ValueError: `env` looks unlike the worlds that it was made for.
        """
        if env is not None:
            check_shapes(cls.name, checkpoint, env)
        if checkpoint.config.get("device") != "cpu" and not torch.cuda.is_available():
            checkpoint = replace(checkpoint, config={**checkpoint.config, "device": "cpu"})
        return super().from_checkpoint(checkpoint, env)  # type: ignore[misc]

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor.detach().cpu() for name, tensor in self.network.state_dict().items()}


def check_shapes(name: str, checkpoint: Checkpoint, env: Any) -> None:
    """Raise ``ValueError`` where `env` shows, or takes, what no model of the saved agent's worlds can be shown."""
    found = getattr(env, "single_observation_space", None) or env.observation_space
    for key, space in checkpoint.observation_space.items():
        if key not in found.spaces or (key in FIXED and found[key].shape != space.shape):
            has = f"{found[key].shape}" if key in found.spaces else "nothing of that name"
            raise ValueError(f"Agent {name!r} learned from worlds whose {key!r} is {space.shape}; here it is {has}.")
    actions = getattr(env, "single_action_space", None) or env.action_space
    if actions != checkpoint.action_space:
        raise ValueError(f"Agent {name!r} learned the actions {checkpoint.action_space}, here they are {actions}.")


def planner_of(config: Any, model: WorldModel, proposals: RoadProposals | None) -> Any:
    """The planner of a `PlanningConfig`; where there are proposals it searches near them, unless told otherwise.

    Raises:
        ValueError: descent through a model that has no gradient: now, not after it was fitted.
    """
    if config.planner == "gradient":
        check_descent(model)
    near = {} if proposals is None or config.planner not in NEAR else NEAR_PROPOSALS
    return make_planner(
        config.planner,
        config.planner_config,
        near,
        horizon=config.horizon,
        candidates=config.candidates,
        iterations=config.iterations,
        time_budget_ms=config.time_budget_ms,
    )


def proposals_of(outline: Outline, model: WorldModel, config: Any) -> RoadProposals | None:
    """What searches begin with, besides what they draw."""
    return RoadProposals.of_env(outline, model.spec) if config.proposals and outline.is_road else None


def proposer_of(outline: Outline, config: Any) -> Proposer | None:
    """The saved agent that proposes plans, where the config names one."""
    if not isinstance(config.proposals, str):
        return None
    return Proposer.of_path(config.proposals, outline.observation_space, outline.action_space)


def decider_of(agent: Any, model: WorldModel, device: torch.device) -> Decider:
    """An agent's planner, cost, proposals and goal with a model."""
    config, settings = agent.config, {}
    if config.latent_goal is not None:
        settings["goal_channels"] = model.spec.foreseen
    return Decider(
        *(model, agent.planner, agent.cost, config.execute, config.seed, device),
        proposals=agent.proposals,
        proposer=getattr(agent, "proposer", None),
        **settings,
    )


def check_goal(outline: Outline, config: Any) -> None:
    """Raise ``ValueError`` where a latent goal is asked for and what will be seen there is not known."""
    if config.latent_goal is None:
        return
    is_whole = not outline.is_road and outline.config.view == "full"
    if not is_whole or not {AGENT, GOAL} <= set(outline.channels):
        raise ValueError("latent_goal: only on grids seen whole is it known what will be seen at the goal.")


def as_actions(actions: Tensor, space: Any) -> np.ndarray:
    """[batch ...] as the environment takes them."""
    found = actions.detach().cpu().numpy().astype(space.dtype)
    return found.clip(space.low, space.high) if isinstance(space, spaces.Box) else found


def check_worlds(name: str, outline: Outline, horizon: int) -> None:
    """Raise ``ValueError`` for what is neither grid nor road, and roads not driven, or seen, as plans need it."""
    if not outline.is_road:
        if "occupancy" not in outline.observation_space.spaces:
            raise ValueError(f"Agent {name!r} plans on grids and roads, got worlds of {outline.world!r}.")
        return
    config = outline.config
    if config.action != "continuous" or {"occupancy", "ego", "route"} - set(config.observe):
        raise ValueError(
            f"Agent {name!r} needs an environment with {ROAD_ARGUMENTS}; "
            f"found action={config.action}, observe={','.join(config.observe)}."
        )
    seconds = STEP_SECONDS * config.steps_per_action
    if seconds * horizon < LEAST_SECONDS:
        raise ValueError(
            f"Agent {name!r}: plans of {horizon} actions of {seconds:g} s each see no stop coming; "
            f"make the environment with {ROAD_ARGUMENTS}."
        )
