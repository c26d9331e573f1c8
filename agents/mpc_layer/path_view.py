"""The surroundings as seen along the path: a strip of the view that follows it, and the others by where they are on it.

What decides whether to wait lies on the path or crosses it. In these coordinates a bend looks like a straight road.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from envs.kernels.road_features import ACTOR_FEATURES
from world_models.costs.route_line import PIECE, RouteLine
from world_models.floors.straight_on import StraightOn

BEHIND, ALONG, ACROSS = 8.0, PIECE, 1.5
"""How far back the strip begins, and how far apart its cells are along and across the path [m]."""
COLUMNS = 13
"""Cells across."""
NEAREST = 12
"""Others that are looked at, at most."""
SCALE = 20.0
"""Distances are given in these [m], speeds in halves of it [m/s]."""


class PathView(NamedTuple):
    """What the network reads besides the view."""

    strip: Float[Tensor, "batch channel along across"]
    """The view, sampled along the path; left is first across, the nearest first along."""
    actors: Float[Tensor, "batch actor feature"]
    mask: Bool[Tensor, "batch actor"]
    straight_on: StraightOn
    """The same others, if nothing changes."""
    line: RouteLine


def path_view(
    observation: Mapping[str, Tensor], extent: tuple[float, float, float, float], *, times: int, dt: float
) -> PathView:
    """Of observations as `as_tensors` gives them, with `actors` and `actors_mask`."""
    line = RouteLine.of_observation(dict(observation), extent)
    strip = sample_strip(observation["occupancy"], line, extent)
    width = len(ACTOR_FEATURES)
    nearest = {
        "actors": observation["actors"][:, : NEAREST * width],
        "actors_mask": observation["actors_mask"][:, :NEAREST],
    }
    on = StraightOn.of_observation(nearest, dt=dt, horizon=times)
    return PathView(strip, actor_features(nearest["actors"].unflatten(1, (-1, width)), on, line), on.present, on, line)


def actor_features(
    seen: Float[Tensor, "batch actor feature"], straight_on: StraightOn, line: RouteLine
) -> Float[Tensor, "batch actor number"]:
    """What is observed of each, where that is on the path, and where it would be at four later times."""
    now = torch.cat([seen[..., :2], torch.atan2(seen[..., 3], seen[..., 2])[..., None]], -1)
    every = max(1, straight_on.poses.shape[1] // 4)
    later = straight_on.poses[:, every - 1 :: every][:, :4].transpose(1, 2)
    places = torch.cat([now[:, :, None], later], 2)
    foot = line.locate(places)
    near = torch.exp(-foot.d.abs() / 3.0)
    turn = foot.turn[..., :1]
    half = 0.5 * SCALE
    parts = (
        seen[..., :2] / SCALE, seen[..., 2:4], seen[..., 4:6] / half, seen[..., 6:8] / 5.0, seen[..., 8:],
        foot.s / SCALE, foot.d / half, near, torch.cos(turn), torch.sin(turn),
    )  # fmt: skip
    return torch.cat(parts, -1).clamp(-5.0, 5.0)


def strip_length(extent: tuple[float, float, float, float]) -> int:
    """Cells along."""
    return round(BEHIND / ALONG) - 1 + len(torch.arange(-PIECE, extent[0] + 2.0 * PIECE, PIECE))


def sample_strip(
    occupancy: Float[Tensor, "batch channel row col"], line: RouteLine, extent: tuple[float, float, float, float]
) -> Float[Tensor, "batch channel along across"]:
    """The view at places along the path and beside it; 0 beyond its edge."""
    ahead, behind, left, right = extent
    # the line's places: 2 m apart from 2 m before the ego's foot; before those, straight back
    back = torch.arange(-BEHIND, -ALONG + 1e-6, ALONG).to(line.places)
    first, heading = line.places[:, :1], line.headings[:, :1]
    facing = torch.stack([torch.cos(heading), torch.sin(heading)], -1)
    places = torch.cat([first + (back[:-1, None] + ALONG) * facing, line.places], 1)
    headings = torch.cat([heading.expand(-1, len(back) - 1), line.headings], 1)
    aside = ACROSS * torch.arange(COLUMNS // 2, -COLUMNS // 2, -1).to(places)
    x = places[..., 0, None] - aside * torch.sin(headings)[..., None]
    y = places[..., 1, None] + aside * torch.cos(headings)[..., None]
    # grid_sample counts from -1 to 1 over the whole image, columns (to the right) first
    col, row = 2.0 * (left - y) / (left + right) - 1.0, 2.0 * (ahead - x) / (ahead + behind) - 1.0
    return functional.grid_sample(occupancy, torch.stack([col, row], -1), align_corners=False)
