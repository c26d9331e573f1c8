"""The sampler: every candidate begins with the motion of now, none goes back, none is there twice."""

from dataclasses import replace

import pytest
import torch

from world_models.trajectories.library import KINDS, SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.trajectory_set import ACCELERATION, CURVATURE, SPEED, TIME

NOTHING = SamplerConfig(places=(), proposal_places=(), turns=(), steerings=())


def worlds(count=16, seed=0):
    """Egos that move anyhow beside curved paths: (path, start, limit), in float64."""
    draw = torch.Generator().manual_seed(seed)
    low = torch.tensor([0.5, -2.0, -0.1, -1.0, -0.2, -0.08], dtype=torch.float64)
    speed, acceleration, curvature, offset, error, bend = (
        low + torch.rand(count, 6, generator=draw, dtype=torch.float64) * torch.tensor([12.0, 4.0, 0.2, 2.0, 0.4, 0.16])
    ).T
    acceleration = torch.maximum(acceleration, -speed)
    s = 4.0 * torch.arange(13, dtype=torch.float64)
    half = 0.5 * bend[:, None] * s
    chord = s * torch.sinc(half / torch.pi)
    x = chord * torch.cos(half - error[:, None]) - (offset * torch.sin(error))[:, None]
    y = chord * torch.sin(half - error[:, None]) - (offset * torch.cos(error))[:, None]
    points = torch.stack([x, y, 2 * half - error[:, None]], -1)
    return (
        ReferencePath.of_points(points, 4.0, offset=offset),
        Start(speed, acceleration, curvature),
        0.0 * speed + 11.0,
    )


def standing():
    path, start, limit = worlds(2)
    return path, Start(*(0.0 * value for value in (start.speed, start.acceleration, start.curvature))), limit


def test_every_candidate_begins_with_the_motion_of_now():
    path, start, limit = worlds()
    found = sample(path, start, limit=limit, dt=1e-6, steps=1)
    states = found.states[:, :, 0]
    for column, value in ((SPEED, start.speed), (ACCELERATION, start.acceleration), (CURVATURE, start.curvature)):
        torch.testing.assert_close(states[..., column], value[:, None].expand(states.shape[:2]), atol=1e-4, rtol=0)
    assert states[..., :3].abs().max() < 1e-4
    assert states[..., TIME].eq(1e-6).all()


@pytest.mark.parametrize("make", [worlds, standing])
def test_nothing_goes_backwards_and_nothing_is_nan(make):
    path, start, limit = make()
    found = sample(path, start, limit=limit)
    assert found.states.isfinite().all()
    assert (found.states[..., SPEED] >= 0).all()
    assert found.feasible.any(1).all()


@pytest.mark.parametrize("make", [worlds, standing])
def test_no_feasible_candidate_is_there_twice(make):
    path, start, limit = make()
    at_the_limit = replace(start, speed=torch.cat([limit[:1], start.speed[1:]]), acceleration=0.0 * limit)
    for begin in (start, at_the_limit):
        found = sample(path, begin, limit=limit)
        for places, feasible in zip(found.states[..., :2], found.feasible, strict=True):
            some = places[feasible].flatten(1)
            apart = torch.cdist(some, some, p=torch.inf) + torch.eye(len(some))
            assert len(some) > 1
            assert apart.min() > 9e-4


def test_who_stands_may_stay_and_may_go():
    path, start, limit = standing()
    found = sample(path, start, limit=limit)
    way = found.states[..., -1, :2].norm(dim=-1)
    assert ((way < 0.01) & found.feasible).sum(1).tolist() == [1, 1]
    assert (way * found.feasible).max() > 8.0


@pytest.mark.parametrize(("speed", "stops"), [(3.0, 10), (8.0, 2), (14.0, 1)])
def test_there_are_full_stops_at_every_speed_in_town(speed, stops):
    ego, route = torch.zeros(1, 10), torch.zeros(1, 12, 3)
    ego[:, 0], route[0, :, 0] = speed, 4.0 * torch.arange(1, 13)
    path, start = ReferencePath.of_observation(ego, route.flatten(1)), Start.of_observation(ego)
    found = sample(path, start, limit=torch.tensor([14.0]))
    assert ((found.states[..., -1, SPEED] < 0.1) & found.feasible).sum() >= stops


def test_a_batch_is_the_same_as_one_by_one():
    path, start, limit = worlds(6)
    start = replace(start, speed=torch.cat([start.speed[:5], 0.0 * limit[:1]]), acceleration=start.acceleration * 0.5)
    found = sample(path, start, limit=limit)
    for row in range(6):
        one = {name: getattr(path, name)[row : row + 1] for name in ("corners", "terms", "heading_error", "offset")}
        alone_path = replace(path, **one)
        alone_start = Start(*(value[row : row + 1] for value in (start.speed, start.acceleration, start.curvature)))
        alone = sample(alone_path, alone_start, limit=limit[row : row + 1])
        torch.testing.assert_close(found.states[row], alone.states[0], atol=1e-12, rtol=0)
        assert (found.feasible[row] == alone.feasible[0]).all()


def test_states_are_differentiable_in_the_start():
    path, start, limit = worlds(2)
    values = tuple(value.clone().requires_grad_() for value in (start.speed, start.acceleration, start.curvature))
    shape = sample(path, start, limit=limit).states.shape
    weights = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def total(*moving):
        return (weights * sample(path, Start(*moving), limit=limit).states).sum((1, 2, 3))

    assert torch.autograd.gradcheck(total, values, atol=1e-3, rtol=1e-4)


def test_gradients_of_who_stands_are_finite():
    path, start, limit = standing()
    values = [value.clone().requires_grad_() for value in (start.speed, start.acceleration, start.curvature)]
    sample(path, Start(*values), limit=limit).states.sum().backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in values)


def test_single_precision_is_as_good():
    path, start, limit = worlds()
    single = replace(path, **{name: value.float() for name, value in vars(path).items() if name != "spacing"})
    found = sample(single, Start(*(value.float() for value in vars(start).values())), limit=limit.float())
    expected = sample(path, start, limit=limit)
    assert found.states.dtype == torch.float32
    assert ((found.states - expected.states)[..., :4].abs().amax((-1, -2)) < 0.01).double().mean() > 0.99


def test_sources_can_be_left_out():
    path, start, limit = worlds(2)
    alone = sample(path, start, limit=limit, config=replace(NOTHING, turns=(0.1,)))
    assert (alone.traits["kind"] == KINDS.index("clothoid")).all()
    with pytest.raises(ValueError, match="leaves out all sources"):
        sample(path, start, limit=limit, config=NOTHING)
    with pytest.raises(ValueError, match="steps >= 1"):
        sample(path, start, limit=limit, steps=0)


@pytest.mark.parametrize("wrong", [{"rates": ()}, {"rates": ((1.0, 0.0, 1.0),)}, {"lateral_seconds": 0.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SamplerConfig(**wrong)


def test_without_a_wheelbase_a_vehicle_looks_where_it_goes():
    path, start, limit = worlds(4)
    config = SamplerConfig(wheelbase=0.0)
    found = sample(path, start, limit=limit, dt=0.01, steps=200, config=config)
    step = found.poses[:, :, 1:, :2] - found.poses[:, :, :-1, :2]
    seen = torch.atan2(step[..., 1], step[..., 0]) - 0.5 * (found.poses[:, :, 1:, 2] + found.poses[:, :, :-1, 2])
    moves = (found.states[..., SPEED].amin(-1) > 0.5) & found.feasible
    assert torch.sin(seen)[moves].abs().max() < 0.01
