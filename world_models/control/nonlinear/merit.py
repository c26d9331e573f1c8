"""How far an iterate is from the optimum, and whether a step came nearer."""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.newton import gap
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Problem, Rows
from world_models.control.nonlinear.view import Values, View


class Distance(NamedTuple):
    """From the optimum, of each item [batch]."""

    rest: Tensor  # largest residual of all but the products
    high: Tensor  # largest product
    low: Tensor  # least product

    def off(self, mu: Tensor) -> Tensor:
        """Of products, from mu."""
        return torch.maximum(self.high - mu, mu - self.low)

    def size(self, mu: Tensor) -> Tensor:
        """The largest residual."""
        return torch.maximum(self.rest, self.off(mu))


def distance(problem: Problem, point: Point, view: View) -> Distance:
    """From the optimum."""
    rows, values = problem.rows, view.values
    slope, soft = view.by_tau, rows.mask * rows.soft
    if problem.free is not None:
        slope = slope * torch.cat([torch.ones_like(point.x), problem.free], -1)
    price = soft * (rows.linear + rows.quadratic * point.e - point.z - point.y)
    off = slope, price, values.defect, values.start, gap(rows, point, values.h)
    rest = torch.stack([part.flatten(1).abs().amax(1) for part in off if part.numel()]).amax(0)
    if not rows.mask.numel():
        return Distance(rest, torch.zeros_like(rest), torch.full_like(rest, torch.inf))
    held = torch.stack([point.s * point.z, point.e * point.y])
    there = torch.stack([rows.mask, soft]) > 0
    high, low = (held.where(there, fill).transpose(0, 1).flatten(1) for fill in (0.0, torch.inf))
    return Distance(rest, high.amax(1), low.amin(1))


def priced(rows: Rows, point: Point) -> Tensor:
    """What violations cost [batch]."""
    paid = rows.linear * point.e + 0.5 * rows.quadratic * point.e.square()
    return (rows.mask * rows.soft * paid).flatten(1).sum(1)


def missed(problem: Problem, point: Point, values: Values) -> Tensor:
    """Sum of all that dynamics and rows are off by [batch]."""
    parts = values.defect, values.start, gap(problem.rows, point, values.h)
    return torch.stack([part.abs().flatten(1).sum(1) for part in parts]).sum(0)


def merit(problem: Problem, point: Point, values: Values, mu: Tensor, weight: Tensor) -> Tensor:
    """Cost with barriers, and what is missed at a price [batch]."""
    rows = problem.rows
    logs = (rows.mask * (point.s.log() + rows.soft * point.e.log())).flatten(1).sum(1)
    return values.cost + priced(rows, point) - mu * logs + weight * missed(problem, point, values)


def slope_along(problem: Problem, point: Point, view: View, step: Point, dh: Tensor) -> Tensor:
    """Derivative along a full step of cost and prices, barriers aside [batch].

    The Lagrangian's is known; what constraints add to it follows from their being met to first order.
    """
    values, rows = view.values, problem.rows
    along = (view.by_tau * step.tau).flatten(1).sum(1) + (point.z * dh).flatten(1).sum(1)
    along = along + (point.lam[:, 1:] * values.defect).flatten(1).sum(1) + (point.lam[:, 0] * values.start).sum(1)
    paid = rows.mask * rows.soft * (rows.linear + rows.quadratic * point.e) * step.e
    return along + paid.flatten(1).sum(1)


def barrier_along(rows: Rows, point: Point, step: Point, mu: Tensor) -> Tensor:
    """Derivative of the barriers along a full step [batch]."""
    shares = rows.mask * (step.s / point.s + rows.soft * step.e / point.e)
    return -mu * shares.flatten(1).sum(1)
