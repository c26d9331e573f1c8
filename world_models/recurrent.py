"""A recurrent state-space model: what is remembered, and what of the present it could not have known.

Hafner et al., *Learning latent dynamics for planning from pixels* (ICML 2019), with the categorical latents of
*Mastering Atari with discrete world models* (ICLR 2021) and the balanced losses of *Mastering diverse domains through
world models* (2023).
"""

from dataclasses import replace
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor

from world_models.checks import check_observed
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.of_env import is_road, spec_of
from world_models.recurrents.cell import Cell, State, stacked
from world_models.recurrents.config import RecurrentConfig
from world_models.recurrents.core import Core
from world_models.recurrents.deeds import Choices, Controls, Deeds
from world_models.recurrents.grid_view import GridView
from world_models.recurrents.heads import symexp
from world_models.recurrents.objective import Lesson, objective
from world_models.recurrents.road_view import RoadView
from world_models.recurrents.view import View
from world_models.rollout import Before, Latent, Rollout
from world_models.spec import Spec
from world_models.way_left import way_left

MEMORY = ("hidden", "code")
"""Parts of a latent that are a state; besides there are `latent`, the code flat, and the context of the view."""


class Recurrent(WorldModel):
    """RSSM of grids that are seen whole, and of roads as the ego sees them.

    On grids the map is a context that is read where the agent believes to be (`GridView`); on roads the ego's own
    motion is known physics and goes into the memory as a deed, and future views are turned into the frame of now.

    Args:
        spec: Of the worlds.
        config: Sizes.
        core: What learns.
        deeds: Turns actions into numbers.
    """

    name: ClassVar[str] = "recurrent"
    Config: ClassVar[type] = RecurrentConfig
    memory: ClassVar[tuple[str, ...]] = MEMORY
    recalls: ClassVar[tuple[str, ...]] = ("ego",)

    def __init__(self, spec: Spec, config: RecurrentConfig, *, core: Core, deeds: Deeds) -> None:
        super().__init__(spec, config)
        self.core, self.deeds = core, deeds

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> "Recurrent":
        """An unfitted model of a grid or road environment, single or vector.

        Raises:
            ValueError: grids that are not seen whole, roads whose actions are not continuous, or too little to see.
        """
        chosen = RecurrentConfig(**config)
        heads = ("latent", "occupancy", "ego" if is_road(env) else "cell", "reward", "continuation", "to_go")
        spec = spec_of(env, heads=heads, is_stochastic=True)
        keys = ("occupancy", "ego", "route", "actors", "actors_mask") if is_road(env) else ("occupancy", "ego")
        spec = replace(spec, observation={key: spec.observation[key] for key in keys if key in spec.observation})
        deeds = Controls(EgoMotion.of_env(env), spec.actions.size) if is_road(env) else Choices(spec.actions.size)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chosen.seed)
            view = view_of(env, spec, chosen)
            return cls(spec, chosen, core=Core(cell_for(chosen, view, deeds), view), deeds=deeds)

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        kept = {key: observation[key] for key in self.spec.observation}
        context, seen = self.core.view.context(kept), self.core.view.embed(kept)
        state, done, begins = None, None, None
        if before is not None:
            state, begins = State(*(before.latent.parts[name] for name in MEMORY)), before.begins
            numbers, _ = self.deeds.numbers(before.latent.observation.get("ego"), before.action[:, None, None])
            done = numbers[:, 0, 0]
        trace = self.core.see(state, done, seen, context=context, begins=begins)
        parts = dict(zip(MEMORY, trace.states, strict=True))
        return Latent(parts | {"latent": parts["code"].flatten(1)} | context, dict(observation))

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        check_actions(actions, self.spec.actions, len(latent))
        if samples < 1 or (samples > 1 and draws is None):
            raise ValueError(f"samples: expected 1, or more with draws, got {samples}.")
        candidates, horizon = actions.shape[1:3]
        numbers, motions = self.deeds.numbers(latent.observation.get("ego"), actions)
        numbers = torch.repeat_interleave(numbers, samples, 1) if samples > 1 else numbers
        many, context = candidates * samples, self._context(latent)
        state = State(*(_spread(latent.parts[name], many) for name in MEMORY))
        found = []
        for time in range(horizon):
            unit = None if draws is None else draws((candidates, samples, self.core.cell.variables)).flatten(1, 2)
            state, _ = self.core.imagine(state, numbers[:, :, time], context=context, unit=unit)
            found.append(state)
        states = zip(MEMORY, stacked(found, 2), strict=True)
        parts = {name: part.unflatten(1, (candidates, samples)) for name, part in states}
        if motions is not None:
            parts["motions"] = motions.unsqueeze(2).expand(-1, -1, samples, -1, -1)
        return Rollout(latent, actions, parts)

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        if key == "ego":
            return rollout.parts["motions"]
        if key == "to_go" and self.spec.extent is not None:
            # known geometry, as the ego's motion is known physics
            return way_left(rollout.start.observation, rollout.parts["motions"][..., :2], self.spec)
        if key == "latent":
            # the code alone: what is remembered depends on the way, and a goal has none
            return rollout.parts["code"].flatten(-2)
        shape = rollout.parts["hidden"].shape[1:4]
        state = State(*(rollout.parts[name].flatten(1, 3) for name in MEMORY))
        return self._decode_flat(rollout, key, state.features).unflatten(1, shape)

    def _decode_flat(self, rollout: Rollout, key: str, features: Tensor) -> Tensor:
        """[batch many ...], of features [batch many number]."""
        view, context = self.core.view, self._context(rollout.start)
        if key == "occupancy":
            motions = rollout.parts.get("motions")
            steps = torch.arange(rollout.horizon, device=features.device).repeat(features.shape[1] // rollout.horizon)
            return view.chances(features, context, None if motions is None else motions[..., :3].flatten(1, 3), steps)
        if isinstance(view, GridView) and key in ("cell", "to_go"):
            return view.cell(features) if key == "cell" else view.to_go(features, context)
        outcome = self.core.outcome(features, context)
        return symexp(outcome.reward) if key == "reward" else outcome.goes_on.sigmoid()

    def loss(self, windows: Windows) -> tuple[Tensor, dict[str, float]]:
        total, parts = objective(self.core, self._lesson(windows), self.config)
        return total, {name: part.item() for name, part in parts.items()}

    def prepare(self, windows: Windows) -> None:
        self.core.view.measure({key: windows.observation[key][:, 0] for key in self.spec.observation})

    def _lesson(self, windows: Windows) -> Lesson:
        observation = {key: windows.observation[key] for key in self.spec.observation}
        ego = observation["ego"][:, :-1].flatten(0, 1) if "ego" in observation else None
        numbers, motions = self.deeds.numbers(ego, windows.actions.flatten(0, 1)[:, None, None])
        shape = windows.actions.shape[:2]
        moved = None if motions is None else motions[:, 0, 0, :3].unflatten(0, shape)
        return Lesson(windows, observation, numbers[:, 0, 0].unflatten(0, shape), moved)

    def _context(self, latent: Latent) -> dict[str, Tensor]:
        return {name: part for name, part in latent.parts.items() if name not in (*MEMORY, "latent")}


def view_of(env: Any, spec: Spec, config: RecurrentConfig) -> GridView | RoadView:
    """How the worlds of an environment look.

    Raises:
        ValueError: grids that are not seen whole, or roads that show too little.
    """
    worlds = getattr(env, "unwrapped", env)
    sizes = {"features": config.features, "embedded": config.embedded}
    if is_road(env):
        check_observed(spec, "occupancy", "ego", "route")
        shown = tuple(worlds.config.channels.index(channel) for channel in spec.foreseen)
        assert spec.extent is not None
        window, ahead = (spec.extent, spec.resolution), (spec.dt, config.horizon)
        return RoadView(spec.observation, shown, window=window, ahead=ahead, **sizes)
    if worlds.config.view != "full":
        raise ValueError(f"recurrent: on grids expected view='full', got {worlds.config.view!r}.")
    observed = sum(prod(shape) for key, shape in spec.observation.items() if key != "occupancy")
    return GridView(spec.observation["occupancy"], spec.foreseen, observed=observed, **sizes)


def cell_for(config: RecurrentConfig, view: View, deeds: Deeds) -> Cell:
    """The memory for such a view and such actions."""
    shared = ("width", "variables", "choices", "mixed", "blocks", "uniform")
    sizes = {name: getattr(config, name) for name in shared}
    return Cell(view.embedded, deeds.size + view.read_size, **sizes)


def _spread(part: Tensor, many: int) -> Tensor:
    """[batch ...] to [batch many ...]."""
    return part.unsqueeze(1).expand(-1, many, *part.shape[1:])
