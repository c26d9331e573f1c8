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
from agents.mpc.learning import fit_model
from agents.mpc.mpc_config import LatentMPCConfig
from agents.mpc.outline import Outline
from agents.mpc.pictures import overlays
from agents.mpc.settings import check_fields, make_planner, read_words
from agents.world_learner import WorldLearner
from envs.driving.config import STEP_SECONDS
from world_models.model import WorldModel
from world_models.road_proposals import RoadProposals

LEAST_SECONDS = 1.0
"""Of a plan on roads: a shorter one sees no stop."""
ROAD_ARGUMENTS = "action=continuous repeat=5 observe=occupancy,ego,route,actors"


class LatentMPC(WorldLearner):
    """Plans by a model that it learns; roads need action="continuous", repeat=5, observe=("occupancy", "ego", "route",
    "actors").

    Of plans that cost the same it keeps to the one it has: what is left of the last plan is the first candidate of
    every search. Decisions that are asked to be deterministic search with the same random numbers in every row.
    """

    name: ClassVar[str] = "latent-mpc"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = LatentMPCConfig
    config: LatentMPCConfig
    network: WorldModel

    def build_for(self, outline: Outline) -> WorldModel:
        config = self.config
        check_roads(self.name, outline, config.horizon)
        kind = world_models.model_class(config.model)
        if kind.reads_state:
            raise ValueError(f"Agent {self.name!r}: the model {config.model!r} looks at the state; use 'oracle-mpc'.")
        model = kind.for_env(outline, **self._model_settings(kind)).to(device_of(config.device))
        self.planner, self.cost = planner_of(config), cost_for(model.spec, config.weights)
        self.proposals = proposals_of(outline, model, config)
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
        other.cost = cost_for(model.spec, other.config.weights)
        return other

    @classmethod
    def from_checkpoint(cls: type[Own], checkpoint: Checkpoint, env: Any = None) -> Own:
        """The saved agent; where there is no GPU, on the CPU."""
        if checkpoint.config.get("device") != "cpu" and not torch.cuda.is_available():
            checkpoint = replace(checkpoint, config={**checkpoint.config, "device": "cpu"})
        return super().from_checkpoint(checkpoint, env)  # type: ignore[misc]

    def tensors(self) -> dict[str, Tensor]:
        return {name: tensor.detach().cpu() for name, tensor in self.network.state_dict().items()}


def planner_of(config: Any) -> Any:
    """The planner of a `PlanningConfig`."""
    return make_planner(
        config.planner,
        config.planner_config,
        horizon=config.horizon,
        candidates=config.candidates,
        iterations=config.iterations,
        time_budget_ms=config.time_budget_ms,
    )


def proposals_of(outline: Outline, model: WorldModel, config: Any) -> RoadProposals | None:
    """What searches begin with, besides what they draw."""
    return RoadProposals.of_env(outline, model.spec) if config.proposals and outline.is_road else None


def decider_of(agent: Any, model: WorldModel, device: torch.device) -> Decider:
    """An agent's planner, cost and proposals with a model."""
    config = agent.config
    return Decider(model, agent.planner, agent.cost, config.execute, config.seed, device, agent.proposals)


def as_actions(actions: Tensor, space: Any) -> np.ndarray:
    """[batch ...] as the environment takes them."""
    found = actions.detach().cpu().numpy().astype(space.dtype)
    return found.clip(space.low, space.high) if isinstance(space, spaces.Box) else found


def check_roads(name: str, outline: Outline, horizon: int) -> None:
    """Raise ``ValueError`` for roads that are not driven, or seen, as plans need it."""
    if not outline.is_road:
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
