"""Proposals keep to what is advised and behind whoever is ahead."""

import torch

from world_models.trajectories.proposals import Idm, Leader, advise, propose
from world_models.trajectories.reference_path import ReferencePath

TIMES = 0.5 * torch.arange(1, 61, dtype=torch.float64)
SHARES = torch.tensor([1.0, 0.5], dtype=torch.float64)


def path_of(curvature):
    s = 4.0 * torch.arange(13, dtype=torch.float64)
    half = 0.5 * curvature * s
    chord = s * torch.sinc(half / torch.pi)
    return ReferencePath.of_points(
        torch.stack([chord * torch.cos(half), chord * torch.sin(half), 2 * half], -1)[None], 4.0
    )


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_curves_are_advised_at_their_lateral_acceleration_and_braked_for_in_time():
    idm = Idm()
    advice = advise(path_of(0.1), numbers(20.0), idm, reach=40.0)
    torch.testing.assert_close(advice[0, 5], (numbers(22.0)[0]).sqrt())
    straight = advise(path_of(0.0), numbers(20.0), idm, reach=40.0)
    torch.testing.assert_close(straight, torch.full_like(straight, 20.0))
    fall = (advice[0, :-1] ** 2 - advice[0, 1:] ** 2) / 2.0
    assert (fall <= idm.easy_braking + 1e-9).all()


def test_on_a_free_road_the_share_of_the_limit_is_reached_and_kept():
    advice = torch.full((2, 65), 12.0, dtype=torch.float64)
    found = propose((numbers(0.0, 15.0), numbers(0.0, -1.0)), advice, SHARES, TIMES, idm=Idm())
    assert (found.speed >= 0).all()
    torch.testing.assert_close(found.speed[..., -1], 12.0 * SHARES.expand(2, 2), atol=0.1, rtol=0)
    assert found.speed[0, 0].max() < 12.6
    assert found.speed[0, 1].max() < 6.6


def test_behind_a_standing_leader_it_stops_in_front_of_him():
    advice = torch.full((1, 65), 12.0, dtype=torch.float64)
    leader = Leader(numbers(40.0), numbers(0.0))
    found = propose((numbers(10.0), numbers(0.0)), advice, SHARES, TIMES, idm=Idm(), leader=leader)
    assert (found.s < 40.0).all()
    assert (found.s[..., -1] > 36.0).all()
    assert (found.speed[..., -1] < 0.3).all()


def test_behind_nobody_it_is_as_without_a_leader():
    advice = torch.full((1, 65), 12.0, dtype=torch.float64)
    now = (numbers(10.0), numbers(0.5))
    alone = propose(now, advice, SHARES, TIMES, idm=Idm())
    found = propose(now, advice, SHARES, TIMES, idm=Idm(), leader=Leader(numbers(torch.inf), numbers(0.0)))
    torch.testing.assert_close(found.s, alone.s)


def test_times_between_steps_are_on_the_same_motion():
    advice = torch.full((1, 65), 12.0, dtype=torch.float64)
    now = (numbers(3.0), numbers(1.0))
    coarse = propose(now, advice, SHARES, TIMES[:8], idm=Idm())
    fine = propose(now, advice, SHARES, 0.1 * torch.arange(1, 41, dtype=torch.float64), idm=Idm())
    torch.testing.assert_close(fine.s[..., 4::5], coarse.s)
    torch.testing.assert_close(fine.speed[..., 4::5], coarse.speed)
    way = 0.05 * (fine.speed[..., 1:] + fine.speed[..., :-1])
    torch.testing.assert_close(fine.s.diff(), way, atol=2e-3, rtol=0)
