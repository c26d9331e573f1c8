"""What a plan means to the others depends on the plan so far alone."""

from dataclasses import replace

import pytest
import torch

from world_models.joint.reaction import Reaction

SECONDS = torch.arange(1, 7) * 0.5


@pytest.fixture
def reaction():
    torch.manual_seed(0)
    return Reaction(16, 8, width=12).eval()


def told(reaction, seen, motions, order=None, pairs_seed=1):
    source = torch.Generator().manual_seed(pairs_seed)
    tokens, pairs = torch.randn(3, 5, 16, generator=source), torch.randn(3, 5, 5, 8, generator=source)
    if order is not None:
        tokens, pairs = tokens[:, order], pairs[:, order][:, :, order]
    kept = reaction.encode(tokens, pairs, seen.mask[:, 1:])
    return reaction(kept, seen, motions, SECONDS[: motions.shape[2]])


@torch.no_grad()
def test_a_longer_plan_changes_nothing_of_what_came_before(reaction, bodies):
    seen, motions = bodies(), torch.randn(3, 4, 6, 6) * 5.0
    whole, begun = told(reaction, seen, motions), told(reaction, seen, motions[:, :, :3])
    assert torch.allclose(whole[:, :, :3], begun, atol=1e-5)


@torch.no_grad()
def test_turning_the_scene_and_the_plan_changes_nothing(reaction, bodies, moved):
    seen, motions = bodies(), torch.randn(3, 4, 6, 6) * 5.0
    elsewhere = replace(seen, poses=moved(seen.poses, 3.0, 9.0, -2.0))
    assert torch.allclose(
        told(reaction, seen, motions), told(reaction, elsewhere, moved(motions, 3.0, 9.0, -2.0)), atol=1e-5
    )


@torch.no_grad()
def test_it_follows_the_order_of_the_others(reaction, bodies):
    seen, motions = bodies(), torch.randn(3, 4, 6, 6) * 5.0
    order = torch.tensor([3, 0, 2, 4, 1])
    everybody = torch.cat([torch.zeros(1, dtype=torch.long), 1 + order])
    shuffled = type(seen)(*(part[:, everybody] for part in vars(seen).values()))
    found = told(reaction, seen, motions)[..., order, :]
    assert torch.allclose(found, told(reaction, shuffled, motions, order), atol=1e-5)


@torch.no_grad()
def test_candidates_do_not_see_one_another(reaction, bodies):
    seen, motions = bodies(), torch.randn(3, 4, 6, 6) * 5.0
    found = told(reaction, seen, motions)
    assert torch.allclose(found[:, 2:3], told(reaction, seen, motions[:, 2:3]), atol=1e-5)
    assert not torch.allclose(found[:, 0], found[:, 1], atol=1e-2)
