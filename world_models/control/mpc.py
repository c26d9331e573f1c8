"""Nonlinear optimal control: any cost, dynamics and constraints, with exact gradients for every parameter."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.control.nonlinear.calls import rows_returned
from world_models.control.nonlinear.checks import Given, checked, checked_limits
from world_models.control.nonlinear.descend import Trace, descend, first
from world_models.control.nonlinear.final import final
from world_models.control.nonlinear.layer import Found, Optimum, outputs
from world_models.control.nonlinear.options import Constraint, MPCOptions, StageFunction
from world_models.control.nonlinear.rows import blocks_of, rows_of
from world_models.control.nonlinear.solution import MPCSolution
from world_models.control.nonlinear.start import started
from world_models.control.nonlinear.task import Problem, Task
from world_models.control.status import NO_SOLUTION
from world_models.control.ways import Truncated, Unrolled


def mpc(
    cost: StageFunction,
    dynamics: StageFunction,
    x0: Float[Tensor, "batch x"],
    params: Mapping[str, Tensor],
    *,
    horizon: int,
    stages: Mapping[str, Tensor] | None = None,
    u_min: Float[Tensor, "..."] | float | None = None,
    u_max: Float[Tensor, "..."] | float | None = None,
    constraints: Sequence[Constraint] = (),
    slew: Float[Tensor, "..."] | float | None = None,
    u_before: Float[Tensor, "..."] | None = None,
    start: Float[Tensor, "batch time u"] | MPCSolution | None = None,
    options: MPCOptions = MPCOptions(),  # noqa: B008 - it is frozen
) -> MPCSolution:
    """The least sum_t cost(x_t, u_t, p_t) with x_{t+1} = dynamics(x_t, u_t, p_t), x_0 = x0, and inequalities.

    These are u_min <= u <= u_max, |u_t - u_{t-1}| <= slew with u_before for t = 0, all of which broadcast to
    [batch time u], and g(x_t, u_t, p_t) >= 0 for every one of the `constraints`, the first stage included, soft ones
    apart, which are paid for. All `horizon` stages have a cost; the last control leads nowhere.

    `params` [batch or 1, ...] and `stages` [batch or 1, time, ...] are seen by functions as one dict p of what belongs
    to the stage. Functions are written on vectors x [x] and u [u], with `...` or -1 for indices, and give a scalar, [x]
    and [k]; see `MPCOptions.broadcasts` for faster ones. What they take from elsewhere has no gradients.

    What is found is a strict local minimum of the problem smoothed by `options.smoothing`, and gradients are exactly
    its own: of x, u and cost, by all tensors given, once. `start` is a guess of the controls, or a former solution:
    `solution.shifted()` after one step. Items that could not be solved are told apart by `status`; see `MPCSolution`.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit, and results of functions that do not.
    """
    x0, params, stages = checked(x0, params, stages, horizon)
    wanted = {"u_min": u_min, "u_max": u_max, "slew": slew, "u_before": u_before}
    limits, nu = checked_limits(x0, horizon, wanted, start)
    given = Given(x0, params, stages, limits)
    slewed = limits.before is not None and (limits.slew is not None or options.remembers)
    task = Task(cost, dynamics, tuple(constraints), (0,) * len(constraints), options, x0.shape[-1], nu, slewed)
    with torch.no_grad():
        found = solved(problem_of(task, given, horizon), given, start)
    return _solution(found, given)


def problem_of(task: Task, given: Given, horizon: int) -> Problem:
    """What is solved, without gradients."""
    x0, params, stages, limits = given
    whole = x0.detach()
    if task.slewed and limits.before is not None:
        whole = torch.cat([whole, limits.before.detach()], -1)
    free = None
    if limits.u_min is not None and limits.u_max is not None and bool((limits.u_min == limits.u_max).any()):
        free = (limits.u_min != limits.u_max).to(x0.dtype)
    constant, varying = ({name: part.detach() for name, part in group.items()} for group in (params, stages))
    empty = rows_of(task, limits, x0, horizon)
    problem = Problem(task, constant, varying, whole, empty, free)
    if task.constraints:
        task = rows_returned(problem)
        problem = problem._replace(task=task, rows=rows_of(task, limits, x0, horizon))
    return problem


def solved(problem: Problem, given: Given, start: Tensor | MPCSolution | None) -> Found:
    """The optimum, by `nonlinear.iterate` over and over."""
    horizon = problem.rows.offset.shape[1]
    point, mu = started(problem, given.limits, start, horizon)
    trail: list[Trace] = []
    keeps = isinstance(problem.task.options.way, Unrolled | Truncated)
    end = descend(problem, first(problem, point, mu), trail if keeps else None)
    return Found(problem, given.limits, final(problem, given.limits, end), trail)


def _solution(found: Found, given: Given) -> MPCSolution:
    """With gradients, where something has them."""
    open_ = torch.is_grad_enabled() and any(part is not None and part.requires_grad for part in given.tensors)
    x, u, cost = Optimum.apply(found, *given.tensors) if open_ else outputs(found)
    problem, end, status = found.problem, found.final.end, found.final.status
    lost = (status >= NO_SOLUTION)[:, None, None]
    names = [*blocks_of(found.limits), *problem.task.names]
    counts = [problem.task.nu] * len(blocks_of(found.limits)) + list(problem.task.counts)
    held = dict(zip(names, end.point.z.split(counts, -1), strict=True))
    return MPCSolution(
        x,
        u,
        cost,
        end.point.lam.masked_fill(lost, torch.nan),
        held,
        found.final.factors.K.masked_fill(lost[..., None], torch.nan),
        found.final.k.masked_fill(lost, torch.nan),
        status,
        end.size,
        end.iterations,
    )
