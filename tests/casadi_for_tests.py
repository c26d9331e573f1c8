"""Nonlinear programs solved by CasADi with IPOPT, and derivatives of their solutions from the conditions of optimality.

CasADi's own derivatives of its solvers came out as zeros for programs with inequalities (3.8.2), so that here they are
solved for with its derivatives of the Lagrangian, and the bounds that IPOPT found active.
"""

from typing import Any, NamedTuple

import casadi as ca
import numpy as np

OPTIONS = {
    "print_time": False,
    "ipopt": {"print_level": 0, "sb": "yes", "tol": 1e-11, "acceptable_tol": 1e-11, "bound_relax_factor": 0.0},
}
ACTIVE = 1e-7
"""Multipliers beyond this hold a bound; IPOPT leaves the others at about 1e-11."""


class Minimum(NamedTuple):
    """Of one program."""

    p: np.ndarray
    w: np.ndarray
    on_w: np.ndarray  # multipliers: below zero at low
    on_g: np.ndarray


class Program:
    """min cost(w, p) with low <= w <= high, same(w, p) = 0 and above(w, p) >= 0."""

    def __init__(self, w: Any, p: Any, *, cost: Any, same: Any, above: Any = None) -> None:
        g = same if above is None else ca.vertcat(same, above)
        self.equations = same.numel()
        self.high = np.where(np.arange(g.numel()) < self.equations, 0.0, np.inf)
        self.solver = ca.nlpsol("program", "ipopt", {"x": w, "p": p, "f": cost, "g": g}, OPTIONS)
        on_g = ca.SX.sym("on_g", g.numel())
        by_w = ca.gradient(cost + ca.dot(on_g, g), w)
        matrices = [ca.jacobian(by_w, w), ca.jacobian(g, w), ca.jacobian(by_w, p), ca.jacobian(g, p)]
        self.derivatives = ca.Function("derivatives", [w, p, on_g], [ca.densify(matrix) for matrix in matrices])

    def minimum(self, p: np.ndarray, low: np.ndarray, high: np.ndarray, *, start: Any = 0.0) -> Minimum:
        """From a start."""
        found = self.solver(x0=start, p=p, lbx=low, ubx=high, lbg=0.0, ubg=self.high)
        assert self.solver.stats()["return_status"] == "Solve_Succeeded"
        return Minimum(p, *(np.array(found[name])[:, 0] for name in ("x", "lam_x", "lam_g")))

    def gradients(self, at: Minimum, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of weights' w by p, low and high."""
        by_w, g_by_w, by_p, g_by_p = (np.array(part) for part in self.derivatives(at.w, at.p, at.on_g))
        held = (np.arange(len(at.on_g)) < self.equations) | (np.abs(at.on_g) > ACTIVE)
        bounds = np.eye(len(at.w))[np.abs(at.on_w) > ACTIVE]
        rows = np.concatenate([g_by_w[held], bounds])
        corner = np.zeros((len(rows), len(rows)))
        right = np.concatenate([weights, np.zeros(len(rows))])
        found = np.linalg.solve(np.block([[by_w, rows.T], [rows, corner]]), right)
        size, equations = len(at.w), int(held.sum())
        by_bounds = np.zeros(size)
        by_bounds[np.abs(at.on_w) > ACTIVE] = found[size + equations :]
        gradient = -found[:size] @ by_p - found[size : size + equations] @ g_by_p[held]
        return gradient, by_bounds * (at.on_w < 0.0), by_bounds * (at.on_w > 0.0)


def vector(*shape: int) -> Any:
    """A symbol of so many entries."""
    return ca.SX.sym("v", int(np.prod(shape)))


def matrices(entries: Any, *shape: int) -> list[Any]:
    """From the entries [count row column], the last axis the fastest, as tensors are flattened."""
    count, rows, columns = shape
    size = rows * columns
    return [ca.reshape(entries[k * size : (k + 1) * size], columns, rows).T for k in range(count)]
