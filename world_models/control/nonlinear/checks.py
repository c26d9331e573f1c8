"""Whether the parts of a problem fit together."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.solution import MPCSolution
from world_models.control.nonlinear.task import Limits


class Given(NamedTuple):
    """What the caller gave, with its gradients and all axes."""

    x0: Tensor  # [batch x]
    params: dict[str, Tensor]
    stages: dict[str, Tensor]
    limits: Limits

    @property
    def tensors(self) -> list[Tensor | None]:
        """All that gradients can go to."""
        return [self.x0, *self.limits, *self.params.values(), *self.stages.values()]


def checked(
    x0: Tensor, params: Mapping[str, Tensor], stages: Mapping[str, Tensor] | None, horizon: int
) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """x0 for every item, and parameters.

    Raises:
        ValueError: no stages, names given twice, what is no tensor, and shapes, dtypes or devices that do not fit.
    """
    if horizon < 1:
        raise ValueError(f"Expected a horizon of at least 1, got {horizon}.")
    if x0.ndim != 2 or not x0.shape[1] or x0.dtype not in (torch.float32, torch.float64):
        raise ValueError(
            f"Expected x0 [batch x] of dtype torch.float32 or torch.float64, got {list(x0.shape)}, {x0.dtype}."
        )
    constant, varying = dict(params), dict(stages or {})
    twice = sorted((constant.keys() & varying.keys()) | ({"before"} & (constant.keys() | varying.keys())))
    if twice:
        raise ValueError(f"Expected names of params and stages to differ from each other and 'before', got {twice}.")
    for name, part in {**constant, **varying}.items():
        _check_kind(name, part, x0)
    count = max([len(x0), *(len(part) for part in (*constant.values(), *varying.values()) if part.ndim)])
    for group, sizes in ((constant, (count,)), (varying, (count, horizon))):
        for name, part in group.items():
            _check_axes(name, part, sizes)
    if len(x0) not in (1, count):
        raise ValueError(f"Expected x0 [batch x] with a batch of {count} or 1, got {list(x0.shape)}.")
    return x0.expand(count, -1), constant, varying


def checked_limits(
    x0: Tensor, horizon: int, limits: dict[str, Tensor | float | None], start: Tensor | MPCSolution | None
) -> tuple[Limits, int]:
    """With all axes, and the number of controls.

    Raises:
        ValueError: what does not broadcast to [batch time u], slew without u_before, and no sign of how many controls.
    """
    given = {
        name: torch.as_tensor(part, dtype=None if isinstance(part, Tensor) else x0.dtype, device=x0.device)
        for name, part in limits.items()
        if part is not None
    }
    for name, part in given.items():
        _check_kind(name, part, x0)
    if "slew" in given and "u_before" not in given:
        raise ValueError("Expected u_before, the control before the first, with slew.")
    u = start.u if isinstance(start, MPCSolution) else start
    widths = [part.shape[-1] for part in (u, *given.values()) if part is not None and part.ndim]
    if not widths:
        raise ValueError("Expected start, u_before or a bound with an axis [... u]: how many controls there are.")
    shape = (len(x0), horizon, widths[0] if u is not None else max(widths))
    if u is not None and tuple(u.shape) != shape:
        raise ValueError(f"Expected start [batch time u] = {list(shape)}, got {list(u.shape)}.")
    wide = {}
    for name, part in given.items():
        wanted, axes = (shape[::2], "batch u") if name == "u_before" else (shape, "batch time u")
        try:
            wide[name] = part.expand(wanted)
        except RuntimeError:
            found = list(part.shape)
            raise ValueError(f"Expected {name} to broadcast to [{axes}] = {list(wanted)}, got {found}.") from None
    return Limits(*(wide.get(name) for name in ("u_min", "u_max", "slew", "u_before"))), shape[-1]


def _check_kind(name: str, part: Tensor, like: Tensor) -> None:
    if not isinstance(part, Tensor):
        raise ValueError(f"Expected {name} to be a tensor, got {type(part).__name__}.")
    if (part.is_floating_point() and part.dtype != like.dtype) or part.device != like.device:
        wanted, found = (f"{one.dtype} on {one.device}" for one in (like, part))
        raise ValueError(f"Expected {name} of dtype {wanted}, like x0, got {found}.")


def _check_axes(name: str, part: Tensor, sizes: tuple[int, ...]) -> None:
    axes = ", ".join(("batch", "time")[: len(sizes)])
    if part.ndim < len(sizes) or part.shape[0] not in (1, sizes[0]) or tuple(part.shape[1 : len(sizes)]) != sizes[1:]:
        wanted = ", ".join(map(str, (f"{sizes[0]} or 1", *sizes[1:])))
        raise ValueError(f"Expected {name} [{axes}, ...] = [{wanted}, ...], got {list(part.shape)}.")
