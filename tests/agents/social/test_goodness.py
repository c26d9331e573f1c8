"""One function says of all actors how good their samples are, and beliefs follow from it."""

import pytest
import torch
from actors_for_tests import actor

from agents.social.actor_samples import Fan, sample_actors
from agents.social.goodness import MAPS, Goodness, Surroundings
from agents.social.joint import beliefs, ego_energy, nearest_sample, represent
from agents.social.presence import presence

torch.set_num_threads(1)
FAN = Fan()
EXTENT = (48.0, 16.0, 32.0, 32.0)


def scene(*rows, seed=0):
    rng = torch.Generator().manual_seed(seed)
    maps = (torch.rand(1, len(MAPS), 64, 64, generator=rng) < 0.5).float()
    foreseen = torch.randn(1, 8, 2, 64, 64, generator=rng)
    seen = torch.stack(rows)[None].float()
    samples = sample_actors(seen, torch.ones(1, len(rows), dtype=torch.bool), FAN)
    return samples, Surroundings(maps, foreseen, EXTENT, 1.0)


def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Goodness(times=8)


def ego_samples(count, speed=6.0):
    """As many candidates straight ahead as the others have samples, from standing to fast."""
    times = 0.5 * torch.arange(1, 9)
    poses = torch.zeros(1, count, 8, 3)
    poses[..., 0] = torch.linspace(0.0, speed, count)[:, None] * times
    return represent(poses, torch.zeros(1, count), torch.ones(1, count, dtype=torch.bool), count)


def test_another_order_of_the_actors_gives_the_same_costs_in_that_order():
    rows = [actor(x=5.0), actor(x=12.0, speed=2.0), actor(x=9.0, y=4.0, pedestrian=True)]
    costs = network()(*scene(*rows))
    turned = network()(*scene(*(rows[i] for i in (2, 0, 1))))
    torch.testing.assert_close(turned, costs[:, [2, 0, 1]])


def test_an_actor_is_judged_by_the_maps_along_its_own_samples():
    samples, around = scene(actor(x=5.0), actor(x=-200.0, y=200.0))
    changed = Surroundings(1.0 - around.maps, around.foreseen + 1.0, EXTENT, 1.0)
    before, after = network()(samples, around), network()(samples, changed)
    assert not torch.allclose(before[:, 0], after[:, 0])
    torch.testing.assert_close(before[:, 1], after[:, 1])


def test_of_all_samples_of_standing_still_one_counts():
    samples, around = scene(actor(speed=0.0), actor(speed=5.0))
    assert samples.repeats[0, 0].sum() == 4 * len(FAN.curvatures) - 1
    assert not samples.repeats[0, 1].any()
    shares = (-network()(samples, around)).softmax(-1)
    assert shares[samples.repeats].max() < 1e-9


def test_every_weight_takes_a_gradient():
    goodness = network()
    goodness(*scene(actor(), actor(pedestrian=True, speed=1.0))).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in goodness.parameters())


def test_the_ego_is_represented_by_its_cheapest_candidate_for_each_length_of_way():
    times = torch.arange(1.0, 9.0)
    poses = torch.zeros(1, 6, 8, 3)
    poses[0, :, :, 0] = torch.tensor([0.0, 0.0, 1.0, 1.0, 2.0, 9.0])[:, None] * times
    costs = torch.tensor([[3.0, 2.0, 1.0, 5.0, 4.0, 0.0]])
    feasible = torch.tensor([[True, True, True, True, True, False]])
    found = represent(poses, costs, feasible, 3)
    assert found.index.tolist() == [[1, 2, 4]]
    assert found.costs.tolist() == [[2.0, 1.0, 4.0]]
    assert ego_energy(found.costs, torch.tensor(2.0)).tolist() == [[2.0, 0.0, 6.0]]
    sparse = represent(poses, costs, feasible, 9)
    assert torch.isfinite(sparse.costs).sum() == 3
    assert ego_energy(sparse.costs, torch.tensor(2.0)).amax() == 30.0


def test_who_would_be_in_the_egos_way_is_believed_to_give_way():
    samples, _ = scene(actor(x=10.0, y=-10.0, heading=1.57, speed=5.0))
    unary = torch.where(samples.repeats, 30.0, torch.zeros(1, 1, FAN.size))
    ego = ego_samples(FAN.size)
    go = (ego.index == FAN.size - 1).float() * -20.0  # it goes as fast as it can
    together, alone = (
        beliefs(unary, samples, (ego, go, (4.8, 2.0)), gamma=torch.tensor(gamma)).log_belief[:, 1:].exp()
        for gamma in (20.0, 0.0)
    )
    torch.testing.assert_close(alone, (-unary).softmax(-1))
    way = torch.linalg.vector_norm(samples.poses[..., -1, :2] - samples.seen[:, :, None, :2], dim=-1)
    assert (together * way).sum() != pytest.approx((alone * way).sum().item(), abs=0.5)
    crash = torch.linalg.vector_norm(ego.poses[:, -1:, None] - samples.poses, dim=-1).amin(-1) < 1.5
    assert together[crash].sum() < 1e-3 < alone[crash].sum()


def test_absent_actors_change_nothing():
    samples, _ = scene(actor(x=10.0, y=-10.0, heading=1.57, speed=5.0), actor(x=10.0, heading=3.1, speed=5.0))
    ego, own = ego_samples(FAN.size), torch.zeros(1, FAN.size)
    samples.mask[0, 1] = False
    unary = torch.zeros(1, 2, FAN.size)
    found = beliefs(unary, samples, (ego, own, (4.8, 2.0)), gamma=torch.tensor(5.0)).log_belief
    unary[0, 1, 0] = -50.0
    again = beliefs(unary, samples, (ego, own, (4.8, 2.0)), gamma=torch.tensor(5.0)).log_belief
    torch.testing.assert_close(found, again)


def test_the_nearest_sample_is_judged_by_what_is_known():
    samples, _ = scene(actor())
    future, known = samples.poses[:, :, 17].clone(), torch.ones(1, 1, 8, dtype=torch.bool)
    nearest, mean = nearest_sample(samples.poses, future, known)
    assert nearest.item() == 17
    assert mean[0, 0, 17] == 0.0
    future[..., 4:, :] = 1e6
    known[..., 4:] = False
    assert nearest_sample(samples.poses, future, known)[1][0, 0, 17] == 0.0


def test_presence_is_the_belief_in_whoever_passes_over_a_cell():
    samples, _ = scene(actor(x=10.0, y=0.0, heading=0.0, speed=0.0), actor(x=10.0, y=1.0, heading=0.0, speed=0.0))
    belief = torch.full((1, 2, FAN.size), -torch.inf)
    belief[0, :, 0] = torch.tensor([0.5, 0.5]).log()  # stands: half of the belief; the rest is nowhere to be seen
    image = presence(belief, samples, extent=EXTENT, resolution=1.0)
    row, col = 48 - 10, 32
    assert image[0, row, col - 1].item() == pytest.approx(0.75)
    assert image[0, row, col].item() == pytest.approx(0.5)
    assert image[0, row, col + 10] == 0.0
    assert image.amax() <= 1.0
