"""The loops of `riccati` and `problem`, compiled: what many small products take in calls, these take in arithmetic.

Arrays are contiguous and of float64; those that come in have as many items as there are, or one for all. Nothing is
allocated here.
"""

# ruff: noqa: N803 - matrices have the names that they have in the literature

from collections.abc import Callable
from inspect import unwrap
from math import sqrt
from typing import Any

import numba

import envs.kernels  # noqa: F401 - chooses the folder that compiled code is cached in


def compiled(function: Callable[..., Any]) -> Any:
    """Numba's, of a function that checkers of annotations may have wrapped."""
    return _njit(function, cache=True)


def inner(function: Callable[..., Any]) -> Any:
    """The same for the loops below alone."""
    return _njit(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def _njit(function: Callable[..., Any], **options: Any) -> Any:
    # Without numba's runtime it compiles in a third of the time. Fused and reordered sums are faster and no less exact.
    options |= {"nogil": True, "error_model": "numpy", "_nrt": False, "fastmath": {"contract", "reassoc"}}
    return numba.njit(**options)(unwrap(function))


@inner
def fill(out, value):
    """All of a matrix."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = value


@inner
def add_product(left, right, out, rows, middle, columns, sign):
    """To `out` sign left' right: four products at a time, which is what keeps vector units busy."""
    k = 0
    while k + 4 <= middle:
        for i in range(rows):
            a, b, c, d = sign * left[k, i], sign * left[k + 1, i], sign * left[k + 2, i], sign * left[k + 3, i]
            for j in range(columns):
                out[i, j] += a * right[k, j] + b * right[k + 1, j] + c * right[k + 2, j] + d * right[k + 3, j]
        k += 4
    while k < middle:
        for i in range(rows):
            a = sign * left[k, i]
            for j in range(columns):
                out[i, j] += a * right[k, j]
        k += 1


@inner
def add_turned(matrix, vector, first, out, columns):
    """To `out` matrix' vector[first:]."""
    k, middle = 0, matrix.shape[0]
    while k + 4 <= middle:
        a, b, c, d = vector[first + k], vector[first + k + 1], vector[first + k + 2], vector[first + k + 3]
        for j in range(columns):
            out[j] += a * matrix[k, j] + b * matrix[k + 1, j] + c * matrix[k + 2, j] + d * matrix[k + 3, j]
        k += 4
    while k < middle:
        for j in range(columns):
            out[j] += vector[first + k] * matrix[k, j]
        k += 1


@inner
def row_times(matrix, row, vector, first):
    """One row of a matrix times vector[first:]."""
    total = 0.0
    for j in range(matrix.shape[1]):
        total += matrix[row, j] * vector[first + j]
    return total


@inner
def invert_root(Q, first, turned):
    """The transposed inverse of the Cholesky factor of Q's corner from `first` on, and whether there is one."""
    size, fine = turned.shape[0], True
    for j in range(size):
        pivot = Q[first + j, first + j]
        for k in range(j):
            pivot -= Q[first + j, first + k] * Q[first + j, first + k]
        if not pivot > 0.0:
            fine, pivot = False, 1.0
        turned[j, j] = 1.0 / sqrt(pivot)
        for i in range(j + 1, size):
            rest = Q[first + i, first + j]
            for k in range(j):
                rest -= Q[first + i, first + k] * Q[first + j, first + k]
            Q[first + i, first + j] = rest * turned[j, j]
    for j in range(size):
        for i in range(j):
            turned[j, i] = 0.0
        for i in range(j + 1, size):
            rest = 0.0
            for k in range(j, i):
                rest -= Q[first + i, first + k] * turned[j, k]
            turned[j, i] = rest * turned[i, i]
    return fine


@inner
def pin(Q, first, free):
    """The lower part of Q without what is not free, but for ones on the diagonal."""
    for a in range(len(free)):
        if free[a] == 0.0:
            for j in range(first + a):
                Q[first + a, j] = 0.0
            for b in range(a + 1, len(free)):
                Q[first + b, first + a] = 0.0
            Q[first + a, first + a] = 1.0


@compiled
def factorise_items(C, F, weight, free, V, K, root, broken, Q, W, half, turned):
    """Fill V, K, root and broken; weight and free may be empty; Q, W, half and turned are for notes."""
    horizon, nx, nu = V.shape[1], V.shape[2], K.shape[2]
    width = nx + nu
    for item in range(V.shape[0]):
        for t in range(horizon - 1, -1, -1):
            cost, value, gain, inverse = C[item % len(C), t], V[item, t], K[item, t], root[item, t]
            for i in range(width):
                for j in range(width):
                    Q[i, j] = 0.5 * (cost[i, j] + cost[j, i])
            if t < horizon - 1:
                move = F[item % len(F), t]
                fill(W, 0.0)
                add_product(V[item, t + 1], move, W, nx, nx, width, 1.0)
                add_product(move, W, Q, width, nx, width, 1.0)
            if weight.size:
                for a in range(nu):
                    Q[nx + a, nx + a] += weight[item % len(weight), t, a]
            if free.size:
                pin(Q, nx, free[item % len(free), t])
            if not invert_root(Q, nx, turned):
                broken[item] = t + 1
            for a in range(nu):
                for b in range(nu):
                    inverse[a, b] = turned[b, a]
            fill(half, 0.0)
            add_product(turned, Q[nx:], half, nu, nu, nx, 1.0)
            fill(gain, 0.0)
            add_product(inverse, half, gain, nu, nu, nx, -1.0)
            add_product(half, half, Q, nx, nu, nx, -1.0)
            for i in range(nx):
                for j in range(nx):  # rounding that is not symmetric would grow with an unstable F
                    value[i, j] = 0.5 * (Q[i, j] + Q[j, i])
            if free.size:
                for a in range(nu):
                    inverse[a, a] *= free[item % len(free), t, a]


@compiled
def solve_items(V, K, root, F, c, f, x0, x, u, lam, v, k, q, w, h):
    """Fill x, u, lam, v and k; q, w and h are for notes."""
    horizon, nx, nu = x.shape[1], x.shape[2], u.shape[2]
    for item in range(x.shape[0]):
        shared, moves = item % len(V), item % len(F)
        for t in range(horizon - 1, -1, -1):
            linear, policy, inverse = v[item, t], k[item, t], root[shared, t]
            for j in range(nx + nu):
                q[j] = c[item % len(c), t, j]
            if t < horizon - 1:
                for j in range(nx):
                    w[j] = v[item, t + 1, j]
                add_turned(V[shared, t + 1], f[item % len(f), t], 0, w, nx)
                add_turned(F[moves, t], w, 0, q, nx + nu)
            for j in range(nx):
                linear[j] = q[j]
            add_turned(K[shared, t], q, nx, linear, nx)
            for a in range(nu):
                h[a] = -row_times(inverse, a, q, nx)
                policy[a] = 0.0
            add_turned(inverse, h, 0, policy, nu)
        for i in range(nx):
            x[item, 0, i] = x0[item % len(x0), i]
        for t in range(horizon):
            now, costate = x[item, t], lam[item, t]
            for j in range(nx):
                q[j] = now[j]
                costate[j] = v[item, t, j]
            add_turned(V[shared, t], now, 0, costate, nx)
            for a in range(nu):
                q[nx + a] = k[item, t, a] + row_times(K[shared, t], a, now, 0)
                u[item, t, a] = q[nx + a]
            if t < horizon - 1:
                for i in range(nx):
                    x[item, t + 1, i] = f[item % len(f), t, i] + row_times(F[moves, t], i, q, 0)


@compiled
def residual_items(C, c, F, f, x0, x, u, lam, by_tau, by_lam, by_x0, q, p):
    """Fill by_tau, by_lam and by_x0; q and p are for notes."""
    horizon, nx, nu = x.shape[1], x.shape[2], u.shape[2]
    width = nx + nu
    for item in range(x.shape[0]):
        moves = item % len(F)
        for i in range(nx):
            by_x0[item, i] = x0[item % len(x0), i] - x[item, 0, i]
        for t in range(horizon):
            cost, out = C[item % len(C), t], by_tau[item, t]
            for j in range(nx):
                q[j] = x[item, t, j]
            for a in range(nu):
                q[nx + a] = u[item, t, a]
            for j in range(width):
                p[j] = row_times(cost, j, q, 0)
            add_turned(cost, q, 0, p, width)
            for j in range(width):
                out[j] = 0.5 * p[j] + c[item % len(c), t, j]
            for j in range(nx):
                out[j] -= lam[item, t, j]
            if t < horizon - 1:
                add_turned(F[moves, t], lam[item, t + 1], 0, out, width)
                for i in range(nx):
                    by_lam[item, t, i] = f[item % len(f), t, i] - x[item, t + 1, i] + row_times(F[moves, t], i, q, 0)
