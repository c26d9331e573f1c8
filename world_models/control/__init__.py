"""Optimal control as a layer: exact, batched, and differentiable in everything that it is given.

solution = lqr(C, c, F, f, x0, u_min=-1.0, u_max=1.0)
solution = mpc(cost, dynamics, x0, params, horizon=20, u_min=-1.0, u_max=1.0, start=plan)
solution = argmin(objective, z0, params, z_min=0.0, way=ConjugateGradient())
loss = (solution.u - expert).square().mean(2).mean(1)[solution.solved].mean()
"""

from world_models.control.argmin import ArgminSolution, argmin
from world_models.control.implicit.descent import Descent
from world_models.control.implicit.newton import Newton
from world_models.control.lqr import lqr
from world_models.control.mpc import mpc
from world_models.control.nonlinear.options import Constraint, MPCOptions, Softness
from world_models.control.nonlinear.solution import MPCSolution
from world_models.control.solution import LQRSolution
from world_models.control.ways import ConjugateGradient, Direct, Neumann, NormalEquations, Truncated, Unrolled, Way

__all__ = [
    "ArgminSolution",
    "ConjugateGradient",
    "Constraint",
    "Descent",
    "Direct",
    "LQRSolution",
    "MPCOptions",
    "MPCSolution",
    "Neumann",
    "Newton",
    "NormalEquations",
    "Softness",
    "Truncated",
    "Unrolled",
    "Way",
    "argmin",
    "lqr",
    "mpc",
]
