"""Driving along the path as PDM-Closed proposes it: towards shares of the advised speed, behind whoever is ahead.

Dauner et al., "Parting with Misconceptions about Learning-based Vehicle Motion Planning", CoRL 2023; accelerations by
the intelligent driver model (Treiber, Hennecke and Helbing, *Physical Review E* 62, 2000) with its numbers:

    a (1 - (v / v0)^delta - (s* / gap)^2),   s* = s0 + max(0, v T + v (v - v_leader) / (2 sqrt(a b)))
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.trajectories.progress import Progress
from world_models.trajectories.reference_path import ReferencePath

LEAST_SPEED, LEAST_GAP = 0.1, 0.1
PROFILE_STEP = 1.0
"""Between advised speeds [m]."""


@dataclass(frozen=True, kw_only=True)
class Idm:
    """A driver; the defaults are PDM-Closed's, made as gentle as comfort asks."""

    max_acceleration: float = 1.5
    """a [m/s^2]"""
    braking: float = 3.0
    """b [m/s^2]"""
    min_gap: float = 1.0
    """s0 [m]"""
    headway: float = 1.5
    """T [s]"""
    exponent: float = 10.0
    """delta []"""
    gentle_braking: float = 3.8
    """[m/s^2]"""
    jerk: float = 3.0
    """[m/s^3]"""
    lateral: float = 2.2
    """Lateral acceleration in curves [m/s^2]."""
    easy_braking: float = 1.5
    """Towards curves [m/s^2]."""
    step: float = 0.5
    """Longest of the simulation [s]."""


@dataclass(frozen=True)
class Leader:
    """Somebody ahead on the path, who keeps his speed."""

    gap: Float[Tensor, " batch"]
    """From the ego's front to his rear now [m]; infinite: there is nobody."""
    speed: Float[Tensor, " batch"]
    """[m/s]"""


def advise(path: ReferencePath, limit: Float[Tensor, " batch"], idm: Idm, *, reach: float) -> Float[Tensor, "batch s"]:
    """The speed for every metre of path up to `reach`: the limit, curves, and easy braking towards them [m/s]."""
    places = torch.arange(0.0, reach + PROFILE_STEP, PROFILE_STEP, dtype=limit.dtype, device=limit.device)
    bend = path.curvature(places.expand(len(limit), -1)).abs().clamp(min=1e-4)
    square = torch.minimum(limit[:, None] ** 2, idm.lateral / bend)
    # v(s)^2 <= v(r)^2 + 2 b (r - s) for all r > s: the least of what is left, seen from the far end.
    fall = 2.0 * idm.easy_braking * places
    return ((square + fall).flip(-1).cummin(-1).values.flip(-1) - fall).clamp(min=LEAST_SPEED**2).sqrt()


def propose(
    now: tuple[Float[Tensor, " batch"], Float[Tensor, " batch"]],
    advice: Float[Tensor, "batch s"],
    shares: Float[Tensor, " profile"],
    times: Float[Tensor, " time"],
    *,
    idm: Idm,
    leader: Leader | None = None,
) -> Progress:
    """Progress towards `shares` of the advised speed, from (speed, acceleration)."""
    count = max(1, math.ceil(float(times[-1]) / idm.step - 1e-6))
    step = float(times[-1]) / count
    speed, acceleration = (value[:, None].expand(-1, len(shares)) for value in now)
    s = torch.zeros_like(speed)
    rows, last = [(s, speed, acceleration)], advice.shape[1] - 1
    desired = (shares[:, None] * advice[:, None]).clamp(min=LEAST_SPEED)
    for k in range(count):
        there = (s.detach() / PROFILE_STEP).long().clamp(max=last).unsqueeze(-1)
        wanted = _wanted(idm, speed, desired.gather(2, there).squeeze(-1), _ahead(leader, s, k * step), step)
        s, speed, acceleration = _advance(s, speed, acceleration, wanted, idm.jerk * step, step)
        rows.append((s, speed, acceleration))
    return _between(rows, times / step, step)


def _ahead(leader: Leader | None, s: Tensor, time: float) -> tuple[Tensor, Tensor] | None:
    if leader is None:
        return None
    return (leader.gap + leader.speed * time)[:, None] - s, leader.speed[:, None]


def _wanted(idm: Idm, speed: Tensor, desired: Tensor, ahead: tuple[Tensor, Tensor] | None, step: float) -> Tensor:
    """Acceleration [m/s^2]; long steps must not carry it past the desired speed, which the tenth power asks for."""
    wanted = idm.max_acceleration * (1.0 - (speed / desired).clamp(max=2.0).pow(idm.exponent))
    short = (desired - speed) / step
    wanted = torch.minimum(torch.maximum(wanted, short.clamp(max=0.0)), short.clamp(min=0.0))
    if ahead is not None:
        gap, leader_speed = ahead
        closing = speed * (speed - leader_speed) / (2.0 * math.sqrt(idm.max_acceleration * idm.braking))
        closeness = (idm.min_gap + (speed * idm.headway + closing).clamp(min=0.0)) / gap.clamp(min=LEAST_GAP)
        wanted = wanted - idm.max_acceleration * closeness**2
    return wanted.clamp(-idm.gentle_braking, idm.max_acceleration)


def _advance(
    s: Tensor, speed: Tensor, acceleration: Tensor, wanted: Tensor, reach: float, step: float
) -> tuple[Tensor, Tensor, Tensor]:
    """One step of constant jerk; who comes to stand in it, stands at its end."""
    new = acceleration + (wanted - acceleration).clamp(-reach, reach)
    after = torch.add(speed, acceleration + new, alpha=0.5 * step)
    mean = torch.add(speed, torch.add(new, acceleration, alpha=2.0), alpha=step / 6.0)
    return torch.add(s, mean.clamp(min=0.0), alpha=step), after.clamp(min=0.0), torch.where(after > 0.0, new, 0.0)


def _between(rows: list[tuple[Tensor, Tensor, Tensor]], at: Tensor, step: float) -> Progress:
    """The motion after so many steps, whole or not: the jerk is constant within one."""
    s, speed, acceleration = (torch.stack(column, -1) for column in zip(*rows, strict=True))
    before = (at + 1e-4).floor().long().clamp(0, len(rows) - 2)
    share = (at - before).clamp(0.0, 1.0)
    (s, far), (speed, last), (start, end) = (
        (value[..., before], value[..., before + 1]) for value in (s, speed, acceleration)
    )
    u, jerk = share * step, (end - start) / step
    # In a step that ends in a stop more changes than the jerk: what the formulas miss comes in gradually.
    missing = last - (speed + 0.5 * step * (start + end))
    found = speed + u * (start + 0.5 * u * jerk) + share**2 * missing
    way = u * (speed + u * (0.5 * start + u * jerk / 6.0))
    lacking = far - s - step * (speed + step * (2.0 * start + end) / 6.0)
    way = torch.minimum((way + share**3 * lacking).clamp(min=0.0), far - s)
    return Progress(s + way, found.clamp(min=0.0), torch.lerp(start, end, share))
