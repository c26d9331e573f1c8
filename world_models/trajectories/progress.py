"""How far along a path, when: speeds that change as fast as comfort allows, or as polynomials, never backwards."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.trajectories.polynomials import evaluate_until, quartic

STILL = 1e-6
"""Keeps square roots differentiable and divisions finite."""


@dataclass(frozen=True)
class Progress:
    """Motion along a line at some times, axes batch, profile, time."""

    s: Float[Tensor, "batch profile time"]
    """[m], 0 at time 0"""
    speed: Float[Tensor, "batch profile time"]
    """[m/s], at least 0"""
    acceleration: Float[Tensor, "batch profile time"]
    """[m/s^2]"""

    @property
    def slowest(self) -> Float[Tensor, "batch profile"]:
        """[m/s]"""
        return self.speed.amin(-1)

    def join(self, *others: "Progress") -> "Progress":
        """All profiles."""
        names = ("s", "speed", "acceleration")
        return Progress(*(torch.cat([getattr(one, name) for one in (self, *others)], 1) for name in names))


def approach_speed(
    now: tuple[Tensor, Tensor],
    wanted: Float[Tensor, "batch profile"],
    times: Float[Tensor, "*profile time"],
    *,
    rise: Float[Tensor, "batch profile"],
    fall: Float[Tensor, "batch profile"],
    jerk: Float[Tensor, "batch profile"],
) -> Progress:
    """From (speed, acceleration) [batch profile] to a `wanted` speed in the shortest time, and on with that.

    The acceleration goes at `jerk` [m/s^3] to `rise` or -`fall` [m/s^2], stays there as long as it takes, and goes back
    to 0 at `jerk`. Who brakes harder than `fall` already does not ease off first. Where the acceleration of now could
    not be taken back before the vehicle stands, the jerk is as large as that takes.
    """
    speed, acceleration = now
    jerk = torch.maximum(jerk, torch.where(acceleration < 0.0, acceleration**2 / (2.0 * speed + STILL), 0.0 * speed))
    settled = speed + acceleration * acceleration.abs() / (2.0 * jerk)
    sign = torch.where(wanted >= settled, 1.0, -1.0).to(speed)
    most = torch.maximum(torch.where(wanted >= settled, rise, fall), sign * acceleration)
    peak = (jerk * sign * (wanted - speed) + 0.5 * acceleration**2).clamp(min=STILL).sqrt()
    peak = torch.minimum(peak, most)
    up = ((peak - sign * acceleration) / jerk).clamp(min=0.0)
    down = peak / jerk
    changed = (peak**2 - 0.5 * acceleration**2) / jerk
    hold = ((sign * (wanted - speed) - changed) / peak).clamp(min=0.0)
    zero = torch.zeros_like(peak)
    lengths, jerks = (up, hold, down), (sign * jerk, zero, -sign * jerk)
    return _integrate((speed, acceleration), lengths, jerks, times)


def _integrate(now: tuple[Tensor, Tensor], lengths: tuple, jerks: tuple, times: Tensor) -> Progress:
    """Pieces of constant jerk, one after the other; then the speed stays."""
    speed, acceleration = (value.unsqueeze(-1) for value in now)
    shape = (*speed.shape[:-1], times.shape[-1])
    left = times.expand(shape)
    s, v, a = (torch.zeros(shape, dtype=times.dtype, device=times.device) for _ in range(3))
    v, a = v + speed, a + acceleration
    for length, jerk in zip(lengths, jerks, strict=True):
        spent = torch.minimum(left, length.unsqueeze(-1))
        jerk = jerk.unsqueeze(-1)
        s = s + spent * (v + spent * (0.5 * a + spent * jerk / 6.0))
        v = v + spent * (a + 0.5 * spent * jerk)
        a = a + spent * jerk
        left = left - spent
    # What rounding left of the acceleration must not be added up.
    done = left > 0.0
    return Progress(s + left * v.clamp(min=0.0), v.clamp(min=0.0), torch.where(done, 0.0 * a, a))


def approach_in_turn(
    now: tuple[Tensor, Tensor],
    wanted: tuple[Float[Tensor, "batch profile"], Float[Tensor, "batch profile"]],
    switch: Float[Tensor, " profile"],
    times: Float[Tensor, " time"],
    **rates: Float[Tensor, "batch profile"],
) -> Progress:
    """Towards one speed until `switch` [s], then towards another; `rates` as for `approach_speed`."""
    first, second = wanted
    since = (times - switch[:, None]).clamp(min=0.0)
    until = torch.minimum(times.expand(len(switch), -1), switch[:, None])
    before = approach_speed(now, first, torch.cat([until, switch[:, None]], -1), **rates)
    after = approach_speed((before.speed[..., -1], before.acceleration[..., -1]), second, since, **rates)
    has_turned = since > 0.0
    return Progress(
        before.s[..., :-1] + after.s,
        torch.where(has_turned, after.speed, before.speed[..., :-1]),
        torch.where(has_turned, after.acceleration, before.acceleration[..., :-1]),
    )


def keep_speed(
    now: tuple[Tensor, Tensor],
    wanted: Float[Tensor, "batch profile"],
    length: Float[Tensor, "batch profile"],
    times: Float[Tensor, " time"],
) -> Progress:
    """Quartics that reach a `wanted` speed after `length` seconds; where they would go backwards, they wait instead."""
    speed, acceleration = now
    start = torch.stack([torch.zeros_like(speed), speed, acceleration], -1)
    end = torch.stack([wanted, torch.zeros_like(wanted)], -1)
    s, v, a = evaluate_until(quartic(start, end, length), times.expand(*speed.shape, -1), length)
    return _forwards(s, v, a)


def _forwards(s: Tensor, v: Tensor, a: Tensor) -> Progress:
    """A motion that turns back at once waits until it is as far again."""
    furthest = s.cummax(-1).values.clamp(min=0.0)
    waits = (s < furthest) | (v < 0.0)
    return Progress(furthest, torch.where(waits, 0.0 * v, v), torch.where(waits, 0.0 * a, a))
