"""Futures cost something together where boxes meet, and only there."""

import math

import pytest
import shapely
import torch
from shapely import affinity

from agents.social.interaction import (
    candidate_costs,
    expected_collision_cost,
    expected_nearness,
    nearness,
    pair_costs,
)
from agents.social.links import find_links
from agents.social.message_passing import social_marginals

torch.set_num_threads(1)


def places(*shape, seed=0, reach=4.0):
    rng = torch.Generator().manual_seed(seed)
    poses = (2.0 * torch.rand(*shape, 3, generator=rng, dtype=torch.float64) - 1.0) * torch.tensor(
        [reach, reach, math.pi], dtype=torch.float64
    )
    sizes = torch.tensor([0.5, 0.5]) + torch.rand(*shape, 2, generator=rng, dtype=torch.float64) * torch.tensor([5, 2])
    return poses, sizes.double()


def box(pose, size):
    x, y, heading = pose.tolist()
    length, width = (0.5 * size).tolist()
    turned = affinity.rotate(shapely.box(-length, -width, length, width), heading, origin=(0, 0), use_radians=True)
    return affinity.translate(turned, x, y)


def test_boxes_overlap_where_polygons_do():
    (poses, sizes), (others, other_sizes) = places(300), places(300, seed=1)
    found = nearness(poses, sizes, others, other_sizes, kind="overlap")
    for row in range(300):
        assert bool(found[row]) == box(poses[row], sizes[row]).intersects(box(others[row], other_sizes[row]))
    assert 0.1 < found.mean() < 0.9


def test_soft_costs_are_one_from_contact_on_and_none_beyond_the_margin():
    (poses, sizes), (others, other_sizes) = places(300), places(300, seed=1)
    hard = nearness(poses, sizes, others, other_sizes, kind="overlap")
    soft = nearness(poses, sizes, others, other_sizes, margin=1.5)
    assert (soft[hard > 0] == 1.0).all()
    for row in range(300):
        if box(poses[row], sizes[row]).distance(box(others[row], other_sizes[row])) > 1.5 * math.sqrt(2.0):
            assert soft[row] == 0.0
    behind = nearness(
        torch.zeros(3), torch.tensor([4.0, 2.0]), torch.tensor([5.5, 0.0, 0.0]), torch.tensor([4.0, 2.0]), margin=2.0
    )
    assert behind.item() == pytest.approx(0.25)


def test_costs_of_pairs_are_symmetric_and_the_worst_of_all_times():
    poses, _ = places(2, 4, 5, 3)
    sizes = places(2, 4)[1]
    costs = pair_costs(poses, sizes, gamma=2.0)
    torch.testing.assert_close(costs, costs.transpose(1, 2).transpose(3, 4))
    assert (costs[:, range(4), range(4)] == 0).all()
    one = [
        nearness(poses[1, 2, 3, t], sizes[1, 2], poses[1, 0, 4, t], sizes[1, 0]).item() for t in range(poses.shape[3])
    ]
    assert costs[1, 2, 0, 3, 4].item() == pytest.approx(2.0 * max(one))


@pytest.mark.parametrize("reach", [3.0, 12.0, 200.0])
def test_links_are_the_pairs_that_come_near_at_some_time(reach):
    poses, sizes = places(6, 4, 5, 3, reach=reach)[0], places(6, 4)[1]
    mask = torch.rand(6, 4, generator=torch.Generator().manual_seed(3)) < 0.7
    links = find_links(poses, sizes, mask=mask, margin=1.5)
    own, other = poses[:, :, None, :, None], poses[:, None, :, None]
    near = nearness(own, sizes[:, :, None, None, None, None], other, sizes[:, None, :, None, None, None], margin=1.5)
    both = (mask[:, :, None] & mask[:, None, :]).triu(1)
    worst = torch.where(both[..., None, None], near.amax(-1), 0.0)
    assert len(links.row) == int((worst > 0).flatten(3).any(-1).sum())
    assert reach > 100 or len(links.row) > 0
    found = torch.zeros_like(worst)
    found[links.row, links.first, links.second] = links.costs
    torch.testing.assert_close(found, worst, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_expected_nearness_is_that_of_the_whole_table(dtype):
    candidates, (samples, _) = places(3, 7, 4)[0].to(dtype), places(3, 5, 6, 4, seed=1, reach=8.0)
    sizes, mask = places(3, 5, seed=2)[1].to(dtype), torch.rand(3, 5, generator=torch.Generator().manual_seed(4)) < 0.7
    belief = torch.randn(3, 5, 6, generator=torch.Generator().manual_seed(5), dtype=dtype).log_softmax(-1)
    table = candidate_costs(candidates, (4.8, 2.0), samples.to(dtype), sizes, margin=1.5)
    found = expected_nearness(candidates, (4.8, 2.0), belief, (samples.to(dtype), sizes), mask=mask, margin=1.5)
    wanted = expected_collision_cost(belief, table, mask=mask)
    assert (wanted > 0).any()
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5 if dtype == torch.float32 else 1e-12)


def test_the_cost_of_an_overlap_takes_a_gradient():
    poses, sizes = places(1, 2, 3, 2)[0], places(1, 2)[1]
    gamma = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    pair_costs(poses, sizes, gamma=gamma).sum().backward()
    assert gamma.grad is not None
    assert gamma.grad.item() == pytest.approx(pair_costs(poses, sizes, gamma=1.0).sum().item())


def test_who_is_likely_where_a_candidate_goes_makes_it_dear():
    candidates = torch.tensor([[0.0, 0.0, 0.0], [0.0, 10.0, 0.0]])[None, :, None]
    samples = torch.tensor([[[0.0, 0.0, 1.0], [50.0, 0.0, 0.0]], [[0.0, 10.0, 0.0], [0.0, 10.0, 1.0]]])[
        None, :, :, None
    ]
    sizes = torch.full((1, 2, 2), 2.0)
    costs = candidate_costs(candidates, (4.0, 2.0), samples, sizes)
    belief = torch.tensor([[[0.3, 0.7], [0.9, 0.1]]]).log()
    torch.testing.assert_close(expected_collision_cost(belief, costs), torch.tensor([[[0.3], [1.0]]]))
    absent = torch.tensor([[True, False]])
    torch.testing.assert_close(expected_collision_cost(belief, costs.amax(-1), mask=absent), torch.tensor([[0.3, 0.0]]))


def test_two_who_head_for_one_place_do_not_both_go_there():
    """Two cars at a right angle, each of which stands or goes on: together they never go on."""
    times = torch.arange(1, 9, dtype=torch.float64)[:, None]
    stay = torch.tensor([[-10.0, 0.0, 0.0]], dtype=torch.float64).expand(8, 3)
    go = stay + times * torch.tensor([[2.5, 0.0, 0.0]], dtype=torch.float64)
    turned = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    poses = torch.stack([stay, go])
    across = poses @ turned
    across[..., 2] = math.pi / 2
    poses = torch.stack([poses, across])[None]
    sizes = torch.tensor([[[4.8, 2.0], [4.8, 2.0]]], dtype=torch.float64)
    eager = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]], dtype=torch.float64)
    found = social_marginals(eager, pair_costs(poses, sizes, gamma=50.0)).exp()[0]
    assert found[0, 1] > found[1, 1]
    weights = torch.tensor([math.exp(-1.0), 1.0, math.exp(-1.0)], dtype=torch.float64)  # nobody, the first, the second
    torch.testing.assert_close(found[:, 1], weights[1:] / weights.sum())
