"""What is known of bodies does not depend on from where they are looked at."""

import math
from dataclasses import replace

import torch

from world_models.joint.tokens import pair_numbers, plan_numbers, relative


def test_numbers_of_pairs_are_the_same_wherever_the_scene_lies(bodies, moved):
    seen = bodies()
    elsewhere = replace(seen, poses=moved(seen.poses, 12.0, -30.0, 2.1))
    assert torch.allclose(pair_numbers(seen), pair_numbers(elsewhere), atol=1e-5)


def test_numbers_of_a_plan_are_the_same_wherever_the_scene_lies(bodies, moved):
    seen = bodies()
    motions, seconds = torch.rand(3, 4, 6, 6) * 10.0, torch.arange(1, 7) * 0.5
    elsewhere = replace(seen, poses=moved(seen.poses, 12.0, -30.0, 2.1))
    there = plan_numbers(elsewhere, moved(motions, 12.0, -30.0, 2.1), seconds)
    assert torch.allclose(plan_numbers(seen, motions, seconds), there, atol=1e-5)


def test_what_lies_ahead_to_the_left_is_seen_there():
    me, other = torch.tensor([1.0, 2.0, math.pi / 2]), torch.tensor([-1.0, 5.0, math.pi])
    ahead, left, cos, sin = relative(other, me)
    assert torch.allclose(torch.stack([ahead, left, cos, sin]), torch.tensor([3.0, 2.0, 0.0, 1.0]), atol=1e-6)
