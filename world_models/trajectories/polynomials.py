"""Quartics and quintics in one variable, fixed by what they and their derivatives are at both ends.

Werling et al., "Optimal trajectory generation for dynamic street scenarios in a Frenet frame", ICRA 2010. Coefficients
c stand for c_0 + c_1 t + c_2 t^2 + ..., lowest first.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def quintic(
    start: Float[Tensor, "*batch 3"], end: Float[Tensor, "*batch 3"], length: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 6"]:
    """From (value, first, second derivative) at 0 to those at `length` > 0."""
    value, slope, bend = start.unbind(-1)
    last, last_slope, last_bend = end.unbind(-1)
    # In units of the length the ends are 0 and 1, and the system has one inverse.
    slope, last_slope = slope * length, last_slope * length
    bend, last_bend = bend * length**2, last_bend * length**2
    rest = last - value - slope - 0.5 * bend
    rest_slope, rest_bend = last_slope - slope - bend, last_bend - bend
    scaled = (
        *(value, slope, 0.5 * bend),
        10.0 * rest - 4.0 * rest_slope + 0.5 * rest_bend,
        -15.0 * rest + 7.0 * rest_slope - rest_bend,
        6.0 * rest - 3.0 * rest_slope + 0.5 * rest_bend,
    )
    return torch.stack([c / length**k for k, c in enumerate(scaled)], -1)


def quartic(
    start: Float[Tensor, "*batch 3"], end: Float[Tensor, "*batch 2"], length: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 5"]:
    """From (value, first, second derivative) at 0 to (first, second derivative) at `length` > 0; the end is free."""
    value, slope, bend = start.unbind(-1)
    last_slope, last_bend = end.unbind(-1)
    rest_slope, rest_bend = last_slope - slope - bend * length, last_bend - bend
    cubic = rest_slope / length**2 - rest_bend / (3.0 * length)
    return torch.stack(
        [value, slope, 0.5 * bend, cubic, rest_bend / (4.0 * length**2) - rest_slope / (2.0 * length**3)], -1
    )


def evaluate(
    coefficients: Float[Tensor, "*#batch term"], at: Float[Tensor, "*#batch time"]
) -> tuple[Float[Tensor, "*#batch time"], Float[Tensor, "*#batch time"], Float[Tensor, "*#batch time"]]:
    """Value, first and second derivative, by Horner's rule."""
    terms = coefficients.unsqueeze(-2).unbind(-1)
    value, slope, half_bend = terms[-1] + torch.zeros_like(at), torch.zeros_like(at), torch.zeros_like(at)
    for term in reversed(terms[:-1]):
        half_bend = torch.addcmul(slope, half_bend, at)
        slope = torch.addcmul(value, slope, at)
        value = torch.addcmul(term, value, at)
    return value, slope, 2.0 * half_bend


def evaluate_until(
    coefficients: Float[Tensor, "*#batch term"], at: Float[Tensor, "*#batch time"], end: Float[Tensor, "*#batch"]
) -> tuple[Float[Tensor, "*#batch time"], Float[Tensor, "*#batch time"], Float[Tensor, "*#batch time"]]:
    """The same up to `end`, and straight on with the slope that it ends with."""
    end = end.unsqueeze(-1)
    value, slope, bend = evaluate(coefficients, torch.minimum(at, end))
    return value + slope * (at - end).clamp(min=0.0), slope, torch.where(at <= end, bend, torch.zeros_like(bend))
