"""The way to go as a smooth curve, from the points of it that are observed.

Its heading is a quartic in s between points, with continuous slope (the curvature); the position is the integral of
(cos, sin) of the heading, so that s is the length of the curve exactly. The cubic part of the heading follows the
headings and slopes at the points; the quartic part, which leaves both as they are, brings the curve to the points.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.trajectories.quadrature import displacement

ROUTE_SPACING = 4.0
"""Between the points of the key `route`, where the view reaches 48 m ahead [m]."""
OFFSET, HEADING_ERROR = 4, 5
"""Columns of the key `ego`."""
ENDS = 0.8
"""Points nearer to the last one than this share of the spacing only mark the path's end."""
ROUNDS = 8


class PathPoints(NamedTuple):
    """The curve at some places: everything that trajectories along it need."""

    x: Tensor
    y: Tensor
    heading: Tensor  # not wrapped: it has no jumps
    curvature: Tensor
    curvature_rate: Tensor


@dataclass(frozen=True)
class ReferencePath:
    """A curve by length s [m]; s = 0 is its first point, and it goes on straight before that and behind its last.

    path = ReferencePath.of_observation(observation["ego"], observation["route"])
    x, y, heading = path.pose(s)
    """

    corners: Float[Tensor, "batch segment 2"]
    """Where segments begin."""
    terms: Float[Tensor, "batch segment 5"]
    """Of the heading: c_0 + c_1 u + ... with u in metres from the segment's beginning."""
    spacing: float
    """Length of a segment [m]."""
    heading_error: Float[Tensor, " batch"]
    """The ego's heading as seen from the path's at the ego's foot [rad]."""
    offset: Float[Tensor, " batch"]
    """How far to the left of its foot the ego is [m]."""

    @classmethod
    def of_observation(
        cls,
        ego: Float[Tensor, "batch feature"],
        route: Float[Tensor, "batch coordinate"],
        spacing: float = ROUTE_SPACING,
    ) -> "ReferencePath":
        """From the keys `ego` and `route` of the road environments: s = 0 is the foot of the ego on its path.

        `spacing` of the points: a twelfth of how far the occupancy sees ahead [m].
        """
        if route.ndim != 2 or route.shape[1] % 3 or route.shape[0] != ego.shape[0]:
            raise ValueError(f"Expected route [{len(ego)}, 3 * points], found {list(route.shape)}.")
        offset, heading = ego[:, OFFSET], -ego[:, HEADING_ERROR]
        foot = torch.stack([offset * torch.sin(heading), -offset * torch.cos(heading), heading], -1)
        points = torch.cat([foot[:, None], route.reshape(len(route), -1, 3)], 1)
        return cls.of_points(points, spacing, offset=offset)

    @classmethod
    def of_points(
        cls, points: Float[Tensor, "batch point 3"], spacing: float, *, offset: Float[Tensor, " batch"] | None = None
    ) -> "ReferencePath":
        """Through poses `spacing` metres of path apart; where they stop advancing the path has ended."""
        points = _run_on(points, spacing)
        headings = points[:, :1, 2] + torch.cat(
            [torch.zeros_like(points[:, :1, 2]), wrap(points[:, 1:, 2] - points[:, :-1, 2]).cumsum(1)], 1
        )
        terms = _heading_terms(points[..., :2], headings, spacing)
        length = torch.full_like(terms[..., 0], spacing)
        dx, dy = displacement(lambda u: _polynomial(terms, u), length, count=6)
        steps = torch.stack([dx, dy], -1)
        corners = points[:, :1, :2] + torch.cat([torch.zeros_like(steps[:, :1]), steps.cumsum(1)], 1)
        # Before the beginning and behind the end: straight on.
        last, zero = points.shape[1] - 1, torch.zeros_like(headings[:, :1, None]).expand(-1, -1, 4)
        before, behind = (torch.cat([headings[:, k, None, None], zero], -1) for k in (0, last))
        first = corners[:, :1] - spacing * torch.stack([torch.cos(headings[:, :1]), torch.sin(headings[:, :1])], -1)
        return cls(
            torch.cat([first, corners], 1),
            torch.cat([before, terms, behind], 1),
            spacing,
            wrap(-headings[:, 0]),
            torch.zeros_like(headings[:, 0]) if offset is None else offset,
        )

    def at(self, s: Float[Tensor, " batch *places"]) -> PathPoints:
        """Position, heading, curvature and its rate at s."""
        segment, u = self._locate(s)
        terms = self.terms.gather(1, segment[..., None].expand(-1, -1, 5))
        corner = self.corners.gather(1, segment[..., None].expand(-1, -1, 2))
        dx, dy = displacement(lambda at: _polynomial(terms, at), u, count=6)
        heading, (curvature, rate) = _polynomial(terms, u[..., None])[..., 0], _slopes(terms, u)
        found = (corner[..., 0] + dx, corner[..., 1] + dy, heading, curvature, rate)
        return PathPoints(*(value.reshape(s.shape) for value in found))

    def pose(
        self, s: Float[Tensor, " batch *places"]
    ) -> tuple[Float[Tensor, " batch *places"], Float[Tensor, " batch *places"], Float[Tensor, " batch *places"]]:
        """(x, y, heading) at s."""
        points = self.at(s)
        return points.x, points.y, wrap(points.heading)

    def curvature(self, s: Float[Tensor, " batch *places"]) -> Float[Tensor, " batch *places"]:
        """[1/m]"""
        return self._bends(s)[0]

    def curvature_rate(self, s: Float[Tensor, " batch *places"]) -> Float[Tensor, " batch *places"]:
        """Change of curvature per metre [1/m^2]."""
        return self._bends(s)[1]

    def _bends(self, s: Tensor) -> tuple[Tensor, Tensor]:
        segment, u = self._locate(s)
        curvature, rate = _slopes(self.terms.gather(1, segment[..., None].expand(-1, -1, 5)), u)
        return curvature.reshape(s.shape), rate.reshape(s.shape)

    def _locate(self, s: Tensor) -> tuple[Tensor, Tensor]:
        """The segment [batch place] that each is on, and how far on that [m]."""
        flat = s.reshape(len(s), -1)
        segment = torch.floor(flat.detach() / self.spacing).clamp(-1, self.corners.shape[1] - 2).long() + 1
        return segment, flat - self.spacing * (segment - 1)

    def project(
        self, points: Float[Tensor, " batch *places 2"]
    ) -> tuple[Float[Tensor, " batch *places"], Float[Tensor, " batch *places"]]:
        """(s, d) of positions: the foot on the path, and how far to the left of it they are [m].

        Newton's method from the nearest beginning of a segment; unique where |d| is less than the curve's radius.
        """
        flat = points.reshape(len(points), -1, 2)
        nearest = (flat[:, :, None] - self.corners[:, None, 1:]).square().sum(-1).argmin(-1)
        s = self.spacing * nearest.to(flat.dtype)
        for _ in range(ROUNDS):
            there = self.at(s)
            dx, dy = flat[..., 0] - there.x, flat[..., 1] - there.y
            cos, sin = torch.cos(there.heading), torch.sin(there.heading)
            along, d = dx * cos + dy * sin, dy * cos - dx * sin
            step = along / (1.0 - there.curvature * d).clamp(min=0.2)
            s = s + step.clamp(-self.spacing, self.spacing)
        there = self.at(s)
        dx, dy = flat[..., 0] - there.x, flat[..., 1] - there.y
        d = dy * torch.cos(there.heading) - dx * torch.sin(there.heading)
        return s.reshape(points.shape[:-1]), d.reshape(points.shape[:-1])


def _run_on(points: Tensor, spacing: float) -> Tensor:
    """Points behind the path's end, which repeat it, put straight on from the last that is a full step away."""
    step = (points[:, 1:, :2] - points[:, :-1, :2]).norm(dim=-1)
    whole = (step >= ENDS * spacing).long().cumprod(1)
    last = whole.sum(1, keepdim=True)
    end = points.gather(1, last[..., None].expand(-1, -1, 3))
    beyond = (torch.arange(points.shape[1], device=points.device)[None] - last).clamp(min=0) * spacing
    straight = torch.stack([torch.cos(end[..., 2]), torch.sin(end[..., 2]), torch.zeros_like(end[..., 2])], -1)
    return torch.where((beyond > 0)[..., None], end + beyond[..., None] * straight, points)


def _heading_terms(positions: Tensor, headings: Tensor, spacing: float) -> Tensor:
    """Quartics [batch segment 5] of the heading."""
    turn = headings[:, 1:] - headings[:, :-1]
    inner = 0.5 * (turn[:, 1:] + turn[:, :-1])
    slopes = torch.cat([turn[:, :1], inner, turn[:, -1:]], 1)
    first, begin, end = headings[:, :-1], slopes[:, :-1], slopes[:, 1:]
    chord = positions[:, 1:] - positions[:, :-1]
    # What the heading's mean must be for the curve to end on the chord; u^2 (1 - u)^2 has the mean 1 / 30.
    wanted = first + wrap(torch.atan2(chord[..., 1], chord[..., 0]) - first)
    mean = first + 0.5 * turn + (begin - end) / 12.0
    bump = 30.0 * (wanted - mean)
    terms = (first, begin, 3.0 * turn - 2.0 * begin - end + bump, begin + end - 2.0 * turn - 2.0 * bump, bump)
    return torch.stack([term / spacing**k for k, term in enumerate(terms)], -1)


def _polynomial(terms: Tensor, u: Tensor) -> Tensor:
    c0, c1, c2, c3, c4 = terms.unsqueeze(-2).unbind(-1)
    cubic = torch.addcmul(c2, u, torch.addcmul(c3, u, c4))
    return torch.addcmul(c0, u, torch.addcmul(c1, u, cubic))


def _slopes(terms: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
    """First and second derivative at one u each."""
    _, c1, c2, c3, c4 = terms.unbind(-1)
    return c1 + u * (2.0 * c2 + u * (3.0 * c3 + u * 4.0 * c4)), 2.0 * c2 + u * (6.0 * c3 + u * 12.0 * c4)
