"""Solving with a matrix that is known by its products alone: how implicit gradients are got."""

from world_models.control.implicit.solving import solve_symmetric

__all__ = ["solve_symmetric"]
