"""One call for everything that a vehicle in town might do in the next seconds."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.trajectories.limits import Start
from world_models.trajectories.proposals import Leader
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.sampler_config import SamplerConfig
from world_models.trajectories.sources import (
    KINDS,
    Source,
    Task,
    from_clothoids,
    from_lattice,
    from_proposals,
    from_shots,
)
from world_models.trajectories.trajectory_set import Motion, TrajectorySet

__all__ = ["KINDS", "SamplerConfig", "sample"]


def sample(
    path: ReferencePath,
    start: Start,
    *,
    limit: Float[Tensor, " batch"],
    dt: float = 0.5,
    steps: int = 8,
    config: SamplerConfig | None = None,
    leader: Leader | None = None,
) -> TrajectorySet:
    """Candidates at dt, 2 dt, ..., steps * dt [s] for an ego that moves as `start` says on a road whose limit is known.

    Nothing is random; everything is differentiable in `start`. Traits: `kind` (a number of `KINDS`), `speed` (final
    speed aimed at [m/s]), `offset` (place on the path aimed at [m]; nan: the path is not looked at). A `leader` holds
    the proposals back.
    """
    if steps < 1 or not (math.isfinite(dt) and dt > 0):
        raise ValueError(f"Expected steps >= 1 and dt > 0, found steps={steps}, dt={dt}.")
    config = config or SamplerConfig()
    task = Task.of(path, start, limit, dt * torch.arange(1, steps + 1).to(limit), config)
    found = [
        source
        for source in (from_lattice(task), from_proposals(task, leader), from_clothoids(task), from_shots(task))
        if source
    ]
    if not found:
        raise ValueError("SamplerConfig leaves out all sources of candidates.")
    motion = Motion(*(torch.cat(column, 1) for column in zip(*(source.motion for source in found), strict=True)))
    motion = motion._replace(heading=_wrapped(motion.heading))
    # Columns stay contiguous in memory: everything done to a column is several times as fast.
    states = torch.stack([*motion, task.times.expand_as(motion.x)]).movedim(0, -1)
    return TrajectorySet(states, config.limits.admit(motion), _traits(found)).without_repeats()


def _traits(found: list[Source]) -> dict[str, Tensor]:
    shapes = [source.motion.x.shape[:2] for source in found]
    columns = {name: [getattr(source, name) for source in found] for name in ("kind", "speed", "offset")}
    return {
        name: torch.cat([value.expand(shape) for value, shape in zip(column, shapes, strict=True)], 1)
        for name, column in columns.items()
    }


def _wrapped(heading: Tensor) -> Tensor:
    """Hardly ever is there anything to wrap."""
    return wrap(heading) if bool((heading.abs() > math.pi).any()) else heading
