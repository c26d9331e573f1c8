"""Who will be where, as images: the present occupancy carried along by flows, and what comes into view.

For every step and K motion modes a small convolutional network says where the content of each cell came from; the
present occupancy is read there, and the modes are mixed. The ingredients are of Sadat et al., *Perceive, Predict, and
Plan* (P3, 2020), Casas et al., *MP3* (2021), and Mahjourian et al., *Occupancy Flow Fields* (2022).
"""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from world_models.boxes import Canvas
from world_models.checks import check_observed, check_one_future
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.flow.blending import Places, blended, in_patches, lively, mixed, preferred, spread
from world_models.flow.losses import cross_entropy, flow_error, soft_overlap, trace_likelihood
from world_models.flow.network import SIDE, Fields, FlowNetwork
from world_models.flow.reaction import Reaction, patch_centres
from world_models.flow.scene import Planes, num_planes, planes_of
from world_models.flow.targets import targets_of
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.networks.numbers import Numbers
from world_models.of_env import is_road, spec_of
from world_models.rollout import Before, Latent, Rollout, expand
from world_models.spec import Spec
from world_models.way_left import way_left

HEADS = ("occupancy", "flow", "ego", "to_go")


@dataclass(frozen=True, kw_only=True)
class OccupancyFlowConfig:
    """How large, and what counts."""

    horizon: int = 8
    """Steps that are foreseen at most."""
    modes: int = 3
    """Motion modes of a cell."""
    width: int = 32
    """Features at half resolution."""
    conditioned: bool = True
    """Whether the others' future depends on the ego's; if not, all candidates share one."""
    decoded: int = 3
    """Steps of a window whose images an update looks at; the others' turn comes."""
    entropy_weight: float = 0.05
    """Of cross entropy, for each occupied cell."""
    overlap_weight: float = 4.0
    """Of soft intersection over union: against cross entropy it makes forecasts sharper and less calibrated."""
    trace_weight: float = 0.3
    flow_weight: float = 0.1
    seed: int = 0
    """Of the weights."""

    def __post_init__(self) -> None:
        for name in ("horizon", "modes", "width", "decoded"):
            if getattr(self, name) < 1:
                raise ValueError(f"OccupancyFlowConfig.{name}: expected at least 1, got {getattr(self, name)}.")
        for name in ("entropy_weight", "overlap_weight", "trace_weight", "flow_weight"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"OccupancyFlowConfig.{name}: expected a finite number >= 0, got {value}.")


class OccupancyFlow(WorldModel):
    """Foresees occupancy and flow in the frame of now; what the ego does is physics, what it changes is learned.

    `encode` does the work that all candidates share; a candidate costs a few numbers for every patch of 4 x 4 cells.
    """

    name: ClassVar[str] = "occupancy-flow"
    Config: ClassVar[type] = OccupancyFlowConfig
    config: OccupancyFlowConfig

    def __init__(self, spec: Spec, config: OccupancyFlowConfig, motion: EgoMotion) -> None:
        super().__init__(spec, config)
        channels, rows, cols = spec.observation["occupancy"]
        if spec.extent is None or rows % SIDE or cols % SIDE:
            raise ValueError(f"Expected an occupancy with multiples of {SIDE} rows and columns, got {rows} and {cols}.")
        self.motion, self.canvas = motion, Canvas(spec.extent, spec.resolution)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.numbers = Numbers(spec.observation)
            planes = num_planes(channels, horizon=config.horizon, lists_actors="actors" in spec.observation)
            sizes = {"horizon": config.horizon, "modes": config.modes, "width": config.width}
            self.network = FlowNetwork(planes, self.numbers.size, **sizes)
            if config.conditioned:
                self.reaction = Reaction(2 * config.width, config.modes + 1, horizon=config.horizon)

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> "OccupancyFlow":
        """A model of a road environment that shows occupancy, ego and route; `actors` sharpens it where shown.

        Raises:
            ValueError: a grid, or an environment that shows less.
        """
        if not is_road(env):
            raise ValueError("occupancy-flow: expected a road environment; on grids nothing flows, take 'latent'.")
        spec = spec_of(env, heads=HEADS)
        check_observed(spec, "occupancy", "ego", "route")
        return cls(spec, cls.Config(**config), EgoMotion.of_env(env))

    def prepare(self, windows: Windows) -> None:
        """Mean and spread of plain numbers."""
        self.numbers.measure({key: part[:, 0] for key, part in windows.observation.items() if key in self.numbers.keys})

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        """Everything that does not depend on what the ego does."""
        planes = self._planes(observation)
        steps = torch.arange(self.config.horizon, device=planes.now.device)
        return Latent(self._parts(self._fields(planes, observation, steps), planes), observation)

    def _planes(self, observation: dict[str, Tensor]) -> Planes:
        config = self.config
        return planes_of(observation, self.canvas, dt=self.spec.dt, horizon=config.horizon, modes=config.modes)

    def _fields(self, planes: Planes, observation: dict[str, Tensor], steps: Tensor) -> Fields:
        """What the network adds to straight motion."""
        found = self.network(planes.seen, self.numbers(observation), steps)
        if planes.ways is None or planes.flow is None:
            return found
        return found._replace(ways=found.ways + planes.ways[:, steps], flow=found.flow + planes.flow[:, steps])

    def _parts(self, fields: Fields, planes: Planes) -> dict[str, Tensor]:
        shares, held = blended(fields, planes.now, self.spec.resolution, margin=planes.margin)
        if not self.config.conditioned:
            return {"occupancy": mixed(shares, held), "flow": fields.flow}
        scene, patches = self.reaction.scene(fields.features), in_patches(shares, held)
        return {"occupancy": mixed(shares, held), "patches": patches, "scene": scene, "flow": fields.flow}

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        """The ego's motions; what the others do about them is for `decode`."""
        check_actions(actions, self.spec.actions, len(latent))
        check_one_future(samples)
        if actions.shape[2] > self.config.horizon:
            raise ValueError(f"Expected at most {self.config.horizon} steps, got {actions.shape[2]}: see `horizon`.")
        ego = self.motion.rollout(latent.observation["ego"], actions)
        return Rollout(latent, actions, {"ego": ego.unsqueeze(2)})

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        """What is the same for all candidates has no strides along them."""
        if key == "ego":
            return rollout.parts["ego"]
        if key == "to_go":
            return way_left(rollout.start.observation, rollout.parts["ego"][..., :2], self.spec)
        if key == "occupancy" and self.config.conditioned:
            return self._conditioned(rollout)
        return expand(rollout.start.parts[key][:, : rollout.horizon], rollout.actions.shape[1]).unsqueeze(2)

    def _conditioned(self, rollout: Rollout) -> Tensor:
        parts, ego = rollout.start.parts, rollout.parts["ego"][:, :, 0]
        shared = parts["occupancy"][:, : rollout.horizon]
        places = lively(shared)
        changes = self.reaction(parts["scene"], ego, patch_centres(self.canvas, SIDE, ego), places)
        return preferred(shared, parts["patches"][tuple(places)], changes, places).unsqueeze(2)

    def loss(self, windows: Windows) -> tuple[Tensor, dict[str, float]]:
        """Of the first frame's forecast of those that follow, under the actions that were done.

        While learning, of `decoded` steps that are drawn: images are what costs.
        """
        most = min(windows.frames - 1, self.config.horizon)
        steps = torch.arange(most, device=windows.is_real.device)
        if self.training and self.config.decoded < most:
            steps = torch.randperm(most)[: self.config.decoded].sort().values.to(steps.device)
        targets = targets_of(windows, self.canvas, dt=self.spec.dt, steps=steps)
        observation = {key: part[:, 0] for key, part in windows.observation.items()}
        planes = self._planes(observation)
        fields = self._fields(planes, observation, steps)
        shares, held = blended(fields, planes.now, self.spec.resolution, margin=planes.margin)
        occupancy = mixed(shares, held)
        if self.config.conditioned:
            ego = self.motion.rollout(observation["ego"], windows.actions[:, None, :most])
            fields = self._under(fields, lively(occupancy), ego, steps)
            occupancy = mixed(fields.choices.softmax(2), held)
        parts = {
            "cross_entropy": cross_entropy(occupancy, targets),
            "overlap": soft_overlap(occupancy, targets),
            "trace": trace_likelihood(fields, targets, self._is_known(targets.ways, planes.margin)),
            "flow": flow_error(fields.flow, targets),
        }
        config = self.config
        loss = config.entropy_weight * parts["cross_entropy"] + config.overlap_weight * parts["overlap"]
        loss = loss + config.trace_weight * parts["trace"] + config.flow_weight * parts["flow"]
        return loss, {name: part.item() for name, part in parts.items()}

    def _under(self, fields: Fields, places: Places, ego: Tensor, steps: Tensor) -> Fields:
        """Fields of some steps under one plan: what `preferred` does for many."""
        centres, scene = patch_centres(self.canvas, SIDE, ego), self.reaction.scene(fields.features)
        changes = self.reaction(scene, ego, centres, places._replace(step=steps[places.step]))
        changes = spread(changes[:, 0], places, tuple(fields.choices.shape))
        return fields._replace(choices=fields.choices + changes)

    def _is_known(self, ways: Tensor, margin: float) -> Tensor:
        """Whether the present is drawn at the places that lie so far [batch step 2 row col] back."""
        came = self.canvas.centres(ways).movedim(-1, 0) - ways
        ahead, behind, left, right = self.canvas.wider(margin).extent
        return (came[:, :, 0] < ahead) & (came[:, :, 0] > -behind) & (came[:, :, 1] < left) & (came[:, :, 1] > -right)
