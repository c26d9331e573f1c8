"""Whether the parts of a problem fit together."""

# ruff: noqa: N803 - matrices have the names that they have in the literature

import torch
from torch import Tensor

from world_models.control.problem import Problem

AXES = {"C": "time tau tau", "c": "time tau", "F": "time-1 x tau", "f": "time-1 x", "x0": "x"}


def checked_problem(C: Tensor, c: Tensor, F: Tensor, f: Tensor | None, x0: Tensor) -> Problem:
    """With a batch axis everywhere.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit.
    """
    parts = {"C": C, "c": c, "F": F, "f": f, "x0": x0}
    given = {name: part for name, part in parts.items() if part is not None}
    for name, part in given.items():
        _check_kind(name, part, C)
    horizon, width = C.shape[-3], C.shape[-2]
    nx = x0.shape[-1]
    if not 0 < nx < width:
        raise ValueError(f"Expected x0 to have fewer states than C has rows, {width}, and at least one, got {nx}.")
    sizes = {
        "C": (horizon, width, width),
        "c": (horizon, width),
        "F": (horizon - 1, nx, width),
        "f": (horizon - 1, nx),
        "x0": (nx,),
    }
    count = _batch(given)
    for name, part in given.items():
        if tuple(part.shape[part.ndim - len(sizes[name]) :]) != sizes[name] or (
            part.ndim > len(sizes[name]) and part.shape[0] not in (1, count)
        ):
            raise _misfit(name, part, (f"{count} or 1", *sizes[name]))
    whole = {name: part if part.ndim > len(sizes[name]) else part[None] for name, part in given.items()}
    if f is None:
        whole["f"] = x0.new_zeros(1, horizon - 1, nx)
    matrices = max(len(whole["C"]), len(whole["F"]))
    rows = {"C": matrices, "F": matrices}
    return Problem(*(whole[name].expand(rows.get(name, count), *sizes[name]) for name in AXES))


def checked_bounds(
    problem: Problem, u_min: Tensor | float | None, u_max: Tensor | float | None
) -> tuple[Tensor | None, Tensor | None]:
    """[batch time u] both, or none.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit.
    """
    if u_min is None and u_max is None:
        return None, None
    shape = (*problem.c.shape[:2], problem.c.shape[-1] - problem.x0.shape[-1])
    bounds = []
    for name, bound, none in (("u_min", u_min, -torch.inf), ("u_max", u_max, torch.inf)):
        whole = problem.x0.new_tensor(none if bound is None else bound) if not isinstance(bound, Tensor) else bound
        _check_like(name, whole, problem.x0)
        try:
            bounds.append(whole.expand(shape))
        except RuntimeError:
            raise ValueError(
                f"Expected {name} to broadcast to [batch time u] = {list(shape)}, got {list(whole.shape)}."
            ) from None
    return bounds[0], bounds[1]


def _check_kind(name: str, part: Tensor, like: Tensor) -> None:
    fewest = len(AXES[name].split())
    if part.ndim not in (fewest, fewest + 1):
        raise ValueError(f"Expected {name} as [batch {AXES[name]}] or without batch, got {list(part.shape)}.")
    _check_like(name, part, like)


def _check_like(name: str, part: Tensor, like: Tensor) -> None:
    if part.dtype not in (torch.float32, torch.float64) or part.dtype != like.dtype:
        wanted = like.dtype if like.dtype in (torch.float32, torch.float64) else "torch.float32 or torch.float64"
        raise ValueError(f"Expected {name} of dtype {wanted}, like the rest, got {part.dtype}.")
    if part.device != like.device:
        raise ValueError(f"Expected {name} on {like.device}, like the rest, got {part.device}.")


def _batch(given: dict[str, Tensor]) -> int:
    """The largest number of items."""
    return max(len(part) if part.ndim > len(AXES[name].split()) else 1 for name, part in given.items())


def _misfit(name: str, part: Tensor, wanted: tuple[object, ...]) -> ValueError:
    sizes = ", ".join(map(str, wanted))
    return ValueError(f"Expected {name} [batch {AXES[name]}] = [{sizes}], batch optional, got {list(part.shape)}.")
