"""How far it still is to the goal along the route, from wherever the ego comes to be."""

import torch
from jaxtyping import Float
from torch import Tensor

from envs.kernels.road_features import EGO_FEATURES, ROUTE_POINTS
from world_models.spec import Spec
from world_models.trajectories.reference_path import ReferencePath

TO_GOAL = EGO_FEATURES.index("to_goal")


def way_left(
    observation: dict[str, Tensor], places: Float[Tensor, " batch *places 2"], spec: Spec
) -> Float[Tensor, " batch *places"]:
    """Metres to the goal from positions (x ahead, y left [m]) in the frame of now, 0 behind it.

    What the observation says is left now, less the way along the route.
    """
    assert spec.extent is not None
    ego = observation["ego"]
    path = ReferencePath.of_observation(ego, observation["route"], spec.extent[0] / ROUTE_POINTS)
    done, _ = path.project(places)
    left = ego[:, TO_GOAL].reshape(-1, *[1] * (done.ndim - 1)) - done
    return torch.relu(left)
