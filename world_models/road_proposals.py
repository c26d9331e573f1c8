"""Where a search on roads may begin: trajectories along the route, as the actions that drive them.

Actions drawn at random leave the road at speed before they have shown what they are good for; these keep to it.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from envs.kernels.road_features import EGO_FEATURES, ROUTE_POINTS
from world_models.bicycle import Bicycle
from world_models.ego_motion import EgoMotion
from world_models.spec import Spec
from world_models.trajectories.inversion import invert
from world_models.trajectories.library import SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

LIMIT = EGO_FEATURES.index("limit")
USUAL = Bicycle()
FEW = SamplerConfig(
    speeds=(0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0),
    rates=((0.6, 0.9, 0.8), (1.5, 2.5, 2.5), (2.2, 3.8, 3.0)),
    waits=(0.8, 1.6, 2.4),
    shares=(1.0, 0.6),
    proposal_places=(0.0, -0.7, 0.7, -3.5, 3.5),
    turns=(),
    accelerations=(),
)
"""Ways to speed up and brake on the route, and places beside it: about forty."""


@dataclass(frozen=True)
class RoadProposals:
    """Actions for the roads of a model.

    proposals = RoadProposals.of(model.spec)(latent.observation, horizon)
    """

    spec: Spec
    vehicle: Bicycle = USUAL
    """With the limits that actions of size 1 stand for."""
    config: SamplerConfig = FEW

    @classmethod
    def of_env(cls, env: object, spec: Spec, config: SamplerConfig = FEW) -> "RoadProposals":
        """For vehicles with other limits than usual."""
        return cls(spec, EgoMotion.of_env(env).vehicle, config)

    @torch.no_grad()
    def __call__(self, observation: dict[str, Tensor], horizon: int) -> Float[Tensor, "batch proposal horizon 2"]:
        """Held actions [-1, 1] that follow each trajectory within a few centimetres, where the vehicle can."""
        assert self.spec.extent is not None
        ego, spacing = observation["ego"], self.spec.extent[0] / ROUTE_POINTS
        path, start = ReferencePath.of_observation(ego, observation["route"], spacing), Start.of_observation(ego)
        found = sample(path, start, limit=ego[:, LIMIT], dt=self.spec.dt, steps=horizon, config=self.config)
        held = replace(self.vehicle, dt=self.spec.dt)
        controls = invert(start.motion(held.wheelbase), found.poses, held)
        most = torch.tensor([held.max_acceleration, held.max_steering], device=controls.device)
        return (controls / most).nan_to_num(0.0).clamp(-1.0, 1.0)
