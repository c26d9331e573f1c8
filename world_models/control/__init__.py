"""Optimal control as a layer: exact, batched, and differentiable in everything that it is given.

solution = lqr(C, c, F, f, x0, u_min=-1.0, u_max=1.0)
loss = (solution.u - expert).square().mean(2).mean(1)[solution.solved].mean()
"""

from world_models.control.lqr import lqr
from world_models.control.solution import LQRSolution

__all__ = ["LQRSolution", "lqr"]
