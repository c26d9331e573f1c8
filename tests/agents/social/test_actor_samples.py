"""Samples of the others: from how each is seen now, as it could go on."""

import math

import torch
from actors_for_tests import actor
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.social.actor_samples import Fan, read_actors, sample_actors

torch.set_num_threads(1)
FAN = Fan()
STRAIGHT = FAN.curvatures.index((0.0, 0.0)) * len(FAN.accelerations) + FAN.accelerations.index(0.0)


def samples_of(*rows, fan=FAN, dt=0.5):
    seen = torch.stack(rows)[None]
    return sample_actors(seen, torch.ones(1, len(rows), dtype=torch.bool), fan, dt=dt)


def test_who_neither_turns_nor_accelerates_goes_on_as_he_goes():
    found = samples_of(actor(), actor(heading=-3.0, speed=1.2, pedestrian=True))
    times = 0.5 * torch.arange(1, 9, dtype=torch.float64)
    for row, (heading, speed) in enumerate([(0.7, 8.0), (-3.0, 1.2)]):
        pose = found.poses[0, row, STRAIGHT]
        torch.testing.assert_close(pose[:, 0], 10.0 + speed * times * math.cos(heading))
        torch.testing.assert_close(pose[:, 1], -3.0 + speed * times * math.sin(heading))
        torch.testing.assert_close(pose[:, 2], torch.full_like(times, heading))


def test_an_even_turn_is_a_circle():
    found = samples_of(actor(speed=4.0), fan=Fan(curvatures=((0.1, 0.1),)))
    centre = torch.tensor([10.0 - 10.0 * math.sin(0.7), -3.0 + 10.0 * math.cos(0.7)], dtype=torch.float64)
    away = torch.linalg.vector_norm(found.poses[0, 0, ..., :2] - centre, dim=-1)
    torch.testing.assert_close(away, torch.full_like(away, 10.0))


def test_a_growing_turn_ends_with_the_heading_of_its_mean_curvature():
    found = samples_of(actor(speed=5.0), fan=Fan(accelerations=(0.0,), curvatures=((0.0, 0.06),)))
    assert math.isclose(found.poses[0, 0, 0, -1, 2].item(), 0.7 + 0.03 * 20.0)
    assert math.isclose(found.poses[0, 0, 0, 3, 2].item(), 0.7 + 0.015 * 10.0)


def test_coarse_and_fine_steps_lead_to_the_same_place():
    coarse, fine = samples_of(actor(), dt=0.5).poses, sample_fine()
    torch.testing.assert_close(coarse[..., :2], fine[..., :2], rtol=0, atol=0.02)


def sample_fine():
    seen, mask = actor()[None, None], torch.ones(1, 1, dtype=torch.bool)
    return sample_actors(seen, mask, FAN, dt=0.05, steps=80).poses[..., 9::10, :]


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 30.0), st.floats(-3.1, 3.1), st.booleans())
def test_nobody_goes_backwards_or_faster_than_he_may(speed, heading, pedestrian):
    found = samples_of(actor(speed=speed, heading=heading, pedestrian=pedestrian))
    assert found.poses.isfinite().all()
    assert (found.speeds >= -1e-9).all()
    if pedestrian:
        assert (found.speeds <= max(speed, 3.0) + 1e-9).all()
    start = torch.tensor([10.0, -3.0], dtype=torch.float64).expand(1, 1, FAN.size, 1, 2)
    step = torch.diff(torch.cat([start, found.poses[..., :2]], -2), dim=-2)
    before = torch.cat([torch.full_like(found.speeds[..., :1], speed), found.speeds[..., :-1]], -1)
    fastest = torch.maximum(found.speeds, before)
    assert (torch.linalg.vector_norm(step, dim=-1) <= 0.5 * fastest + 1e-6).all()


def test_lateral_acceleration_is_bounded_at_the_speed_of_now():
    found = samples_of(actor(speed=20.0))
    assert (found.controls[..., 1:].abs() * 400.0 <= FAN.max_lateral + 1e-9).all()


def test_who_stands_stays_or_sets_out():
    found = samples_of(actor(speed=0.0))
    away = torch.linalg.vector_norm(found.poses[0, 0, :, -1, :2] - torch.tensor([10.0, -3.0]), dim=-1)
    slow = found.controls[0, 0, :, 0] <= 0
    assert (away[slow] == 0).all()
    assert (away[~slow] > 3.0).all()


def test_the_nearest_are_read_from_the_observation():
    rows = torch.stack([actor(x=1.0), actor(x=2.0), actor(x=3.0)])
    seen, mask = read_actors(rows.flatten()[None].float(), torch.tensor([[1.0, 1.0, 0.0]]), most=2)
    torch.testing.assert_close(seen[0], rows[:2].float())
    assert mask.tolist() == [[True, True]]
    assert read_actors(rows.flatten()[None].float(), torch.tensor([[1.0, 1.0, 0.0]]), most=8)[1].tolist() == [
        [True, True, False]
    ]
