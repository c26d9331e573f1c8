"""Labels drawn in torch are the simulator's, and ways are what flows add up to."""

import math

import torch

from world_models.boxes import Canvas
from world_models.experience import Tracks, Windows
from world_models.flow.targets import targets_of
from world_models.labels import flow_labels, occupancy_labels
from world_models.spec import Actions, Spec

EXTENT, SIDE, DT = (12.0, 4.0, 9.0, 7.0), 16, 0.5
BATCH, FRAMES, ACTORS = 4, 5, 6
SPEC = Spec({"occupancy": (11, SIDE, SIDE)}, Actions("continuous", 2, (-1, -1), (1, 1)), DT, (), (), EXTENT)
CANVAS = Canvas(EXTENT, 1.0)


def _windows(poses: torch.Tensor, is_real: torch.Tensor | None = None) -> Windows:
    generator = torch.Generator().manual_seed(1)
    batch, frames, actors = poses.shape[:3]
    present = (torch.rand(batch, frames, actors, generator=generator) < 0.8).cumprod(1).bool()
    present[:, :, 0] = True
    sizes = 0.7 + 4.0 * torch.rand(batch, actors, 2, generator=generator)
    walks = torch.rand(batch, actors, generator=generator) < 0.4
    none = torch.zeros(batch, frames - 1)
    real = none == 0 if is_real is None else is_real
    actions, to_go = torch.zeros(batch, frames - 1, 2), torch.zeros(batch, frames)
    return Windows({}, actions, none, none > 0, real, to_go, Tracks(poses, present, sizes, walks))


def _poses() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    start = 8.0 * torch.randn(BATCH, 1, ACTORS, 3, dtype=torch.float64, generator=generator)
    return start + torch.rand(BATCH, FRAMES, ACTORS, 3, dtype=torch.float64, generator=generator).cumsum(1)


def test_occupancy_and_flow_are_those_of_the_simulators_kernels() -> None:
    windows, steps = _windows(_poses()), torch.tensor([0, 2, 3])
    targets = targets_of(windows, CANVAS, dt=DT, steps=steps)
    torch.testing.assert_close(targets.occupancy, occupancy_labels(windows, SPEC)[:, steps].float())
    flow = flow_labels(windows, SPEC)[:, steps]
    assert (flow != 0).any()
    torch.testing.assert_close(targets.flow, flow, atol=2e-4, rtol=0)
    assert ((targets.occupancy > 0).any(2) == targets.is_occupied).all()


def test_a_way_is_the_sum_of_the_steps_of_who_goes_straight() -> None:
    velocity = torch.tensor([2.0, 1.0, 0.0]) * DT
    start = torch.tensor([[0.0, 0.0, 0.0], [3.0, 1.0, 0.4]])
    poses = (start + velocity * torch.arange(FRAMES)[:, None, None])[None].double()
    poses[:, :, 0] = 0.0  # the ego stands, so that the frame of now is the world's
    windows = _windows(poses)
    assert windows.tracks is not None
    windows.tracks.present[:] = True
    targets = targets_of(windows, CANVAS, dt=DT, steps=torch.arange(FRAMES - 1))
    for step in range(FRAMES - 1):
        ways = targets.ways[0, step][:, targets.is_occupied[0, step]]
        assert ways.numel() > 0
        torch.testing.assert_close(ways, (velocity[:2, None] * (step + 1)).expand_as(ways), atol=1e-5, rtol=0)


def test_a_way_round_a_corner_leads_back_to_the_same_place_in_the_box() -> None:
    poses = torch.zeros(1, 2, 2, 3, dtype=torch.float64)
    poses[0, 0, 1], poses[0, 1, 1] = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([5.0, 3.0, math.pi / 2])
    windows = _windows(poses)
    assert windows.tracks is not None
    windows.tracks.present[:] = True
    windows.tracks.sizes[:] = torch.tensor([4.0, 2.0])
    targets = targets_of(windows, CANVAS, dt=DT, steps=torch.tensor([0]))
    now = CANVAS.centres(targets.ways)[targets.is_occupied[0, 0]]
    came = now - targets.ways[0, 0][:, targets.is_occupied[0, 0]].T
    torch.testing.assert_close(came[:, 0] - 2.0, now[:, 1] - 3.0, atol=1e-5, rtol=0)
    torch.testing.assert_close(came[:, 1], 5.0 - now[:, 0], atol=1e-5, rtol=0)


def test_from_the_end_of_an_episode_on_nothing_is_real() -> None:
    is_real = torch.ones(BATCH, FRAMES - 1, dtype=torch.bool)
    is_real[1, 2:] = False
    targets = targets_of(_windows(_poses(), is_real), CANVAS, dt=DT, steps=torch.tensor([1, 3]))
    assert targets.is_real.tolist() == [[True, True], [True, False], [True, True], [True, True]]
