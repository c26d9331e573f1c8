"""What it costs to think of a thousand things that a vehicle might do next: one thread."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import torch

from experiments.rates import Once
from experiments.threads import single_threaded
from world_models.trajectories.library import SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.trajectory_set import TrajectorySet

THOUSAND = SamplerConfig(places=(-3.5, -1.8, -1.2, -0.7, 0.0, 0.7, 1.2, 1.8, 3.5))
"""A few more than 1,000 candidates."""
TRIALS = 20


def sampler_milliseconds(config: SamplerConfig | None = None, *, dt: float = 0.5, steps: int = 8) -> Once:
    """Milliseconds from the start and the path to all candidates of one vehicle in a curve."""
    return partial(_milliseconds, partial(_candidates, *_scene(), config, dt, steps))


def _scene() -> tuple[ReferencePath, Start, torch.Tensor]:
    ego, s = torch.zeros(1, 10), 4.0 * torch.arange(1.0, 13.0)
    ego[0, :3], ego[0, 4:6] = torch.tensor([7.0, 0.3, 0.05]), torch.tensor([0.2, -0.02])
    heading = 0.02 + 0.03 * s
    route = torch.stack([torch.sin(heading) / 0.03, (1.0 - torch.cos(heading)) / 0.03 - 0.2, heading], -1)
    return ReferencePath.of_observation(ego, route.reshape(1, -1)), Start.of_observation(ego), torch.tensor([13.9])


def _candidates(
    path: ReferencePath, start: Start, limit: torch.Tensor, config: SamplerConfig | None, dt: float, steps: int
) -> TrajectorySet:
    return sample(path, start, limit=limit, dt=dt, steps=steps, config=config)


@torch.no_grad()
def _milliseconds(act: Callable[[], object]) -> float:
    with single_threaded():
        spent = []
        for _ in range(TRIALS):
            began = perf_counter()
            act()
            spent.append(perf_counter() - began)
    return 1000.0 * median(spent)
