"""Feet on the route are those of the reference path, and a line is made once for each decision."""

import gc

import torch

from world_models.costs import remembered
from world_models.costs.route_line import RouteLine
from world_models.rollout import Latent
from world_models.trajectories.reference_path import ReferencePath

EXTENT = (48.0, 16.0, 32.0, 32.0)


def observation(bend: float = 0.05, offset: float = 0.7, error: float = -0.1) -> dict[str, torch.Tensor]:
    """The ego beside a route along a circle, turned away from it."""
    s = 4.0 * torch.arange(1, 13)
    x, y = torch.sin(bend * s) / bend, (1.0 - torch.cos(bend * s)) / bend + 0.0 * s
    y, heading = y - offset, bend * s
    cos, sin = torch.cos(torch.tensor(-error)), torch.sin(torch.tensor(-error))
    route = torch.stack([x * cos - y * sin, x * sin + y * cos, heading - error], -1)
    ego = torch.tensor([[8.0, 0.5, 0.02, 0.1, offset, error, 10.0, 60.0, 100.0, 0.0]])
    return {"ego": ego, "route": route.view(1, -1)}


def test_feet_are_those_of_the_reference_path():
    seen = observation()
    path = ReferencePath.of_observation(seen["ego"], seen["route"])
    generator = torch.Generator().manual_seed(0)
    s = 46.0 * torch.rand(1, 200, generator=generator)
    d = 6.0 * torch.rand(1, 200, generator=generator) - 3.0
    at = path.at(s)
    turn = 0.4 * torch.rand(1, 200, generator=generator)
    x, y = at.x - d * torch.sin(at.heading), at.y + d * torch.cos(at.heading)
    foot = RouteLine.of_observation(seen, EXTENT).locate(torch.stack([x, y, at.heading + turn], -1))
    assert (foot.s - s).abs().max() < 0.02
    assert (foot.d - d).abs().max() < 0.02
    assert (foot.turn - turn).abs().max() < 0.005


def test_the_route_goes_straight_on_however_far():
    seen = observation(bend=1e-6, offset=0.0, error=0.0)
    poses = torch.tensor([[[-30.0, 1.0, 0.0], [0.0, 0.0, 0.3], [200.0, -2.0, 0.0]]])
    foot = RouteLine.of_observation(seen, EXTENT).locate(poses)
    assert (foot.s - poses[..., 0]).abs().max() < 0.01
    assert (foot.d - poses[..., 1]).abs().max() < 0.05


def test_a_line_is_made_once_for_a_latent_and_goes_with_it():
    latent = Latent({}, observation())
    line = RouteLine.of(latent, EXTENT)
    assert RouteLine.of(latent, EXTENT) is line
    other = Latent({}, observation(bend=0.02))
    assert RouteLine.of(other, EXTENT) is not line
    key = id(latent)
    assert key in remembered._KNOWN
    del latent, line
    gc.collect()
    assert key not in remembered._KNOWN
