"""The way left, distance to a goal's latent, and reward, against sums written out."""

import heapq
import math

import pytest
import torch

from world_models.costs.grid_costs import CellToGo, LatentGoal, Reward, ToGo
from world_models.costs.map_distances import STEPS, map_distances
from world_models.rollout import Latent, Rollout


def rollout(horizon: int = 3, actions: torch.Tensor | None = None) -> Rollout:
    actions = torch.zeros(1, 1, horizon, dtype=torch.int64) if actions is None else actions
    return Rollout(Latent({}, {"x": torch.zeros(1)}), actions, {})


def futures(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(1, 1, 1, -1)


@pytest.mark.parametrize(
    ("to_go", "cost"),
    [
        ((4.0, 3.0, 2.0), 5.0),  # three steps, two to go
        ((1.0, 0.0, 1.0), 2.0),  # there after two, whatever comes then
        ((0.2, 5.0, 5.0), 1.0),
        ((1.0, 1.0, 0.4), 3.0),
        ((9.0, 9.0, float("inf")), 1003.0),
    ],
)
def test_steps_are_paid_until_arrival_and_then_what_is_left(to_go, cost):
    assert ToGo()({"to_go": futures(*to_go)}, rollout()).item() == pytest.approx(cost)


def test_dearer_moves_are_paid_as_such():
    cost = ToGo(prices=(1.0, 2.0, 4.0))
    moves = torch.tensor([[[0, 1, 2]]])
    assert cost({"to_go": futures(3.0, 2.0, 5.0)}, rollout(actions=moves)).item() == 12.0
    assert cost({"to_go": futures(3.0, 0.0, 5.0)}, rollout(actions=moves)).item() == 3.0


def test_a_shortest_way_costs_the_same_from_every_step_of_it():
    cost, moves = ToGo(prices=(1.0, 2.0**0.5)), torch.tensor([0, 1, 1, 0, 1, 0, 0])
    paid = torch.tensor([1.0, 2.0**0.5])[moves]
    left = paid.flip(0).cumsum(0).flip(0)
    for horizon in range(1, 7):
        seen = {"to_go": left[1 : horizon + 1].view(1, 1, 1, -1)}
        assert cost(seen, rollout(actions=moves[:horizon].view(1, 1, -1))).item() == pytest.approx(left[0].item())


def test_distances_to_the_goal_are_those_of_the_formula():
    generator = torch.Generator().manual_seed(0)
    latent = torch.randn(2, 3, 4, 5, 6, generator=generator)
    wanted = torch.randn(2, 2, 3, generator=generator)
    goal, at = Latent({"latent": wanted}, {}), wanted.flatten(1)[:, None, None, None]
    apart = latent - at
    cosine = 1.0 - (latent * at).sum(-1) / (latent.norm(dim=-1) * at.norm(dim=-1))
    for distance, expected in (
        ("squared", apart.square().mean(-1)),
        ("absolute", apart.abs().mean(-1)),
        ("cosine", cosine),
    ):
        for place, summary in (
            ("final", expected[..., -1]),
            ("path", expected.mean(-1)),
            ("nearest", expected.amin(-1)),
        ):
            found = LatentGoal(at=place, distance=distance)({"latent": latent}, rollout(), goal)
            assert (found - summary).abs().max() < 1e-5


def test_a_goal_that_is_missing_or_of_another_size_is_refused():
    latent = {"latent": torch.zeros(1, 1, 1, 2, 6)}
    with pytest.raises(ValueError, match="expected a goal with the part 'latent', got no goal"):
        LatentGoal()(latent, rollout())
    with pytest.raises(ValueError, match=r"got a goal of \['state'\]"):
        LatentGoal()(latent, rollout(), Latent({"state": torch.zeros(1, 6)}, {}))
    with pytest.raises(ValueError, match="the goal has 4 numbers, the head 6"):
        LatentGoal()(latent, rollout(), Latent({"latent": torch.zeros(1, 4)}, {}))
    with pytest.raises(ValueError, match="Did you mean 'final'"):
        LatentGoal(at="finall")


def test_rewards_count_while_the_episode_goes_on():
    reward, goes_on = futures(1.0, 2.0, 4.0), futures(0.5, 0.8, 0.1)
    assert Reward()({"reward": reward}, rollout()).item() == -7.0
    seen = {"reward": reward, "continuation": goes_on, "to_go": futures(9.0, 9.0, 3.0)}
    assert Reward()(seen, rollout()).item() == pytest.approx(-(1.0 + 0.5 * 2.0 + 0.4 * 4.0))
    discounted = -(1.0 + 0.9 * 0.5 * 2.0 + 0.81 * 0.4 * 4.0)
    assert Reward(discount=0.9)(seen, rollout()).item() == pytest.approx(discounted)
    priced = Reward(discount=0.9, price=0.5)
    assert priced.needs == ("reward", "to_go")
    assert priced(seen, rollout()).item() == pytest.approx(discounted + 0.5 * 0.729 * 0.04 * 3.0)
    assert (Reward().needs, Reward().wants) == (("reward",), ("continuation",))


def dijkstra(blocked: torch.Tensor, goal: tuple[int, int], moves: int) -> torch.Tensor:
    distance = torch.full(blocked.shape, torch.inf)
    queue = [(0.0, goal)]
    while queue:
        paid, cell = heapq.heappop(queue)
        if blocked[cell] or paid >= distance[cell]:
            continue
        distance[cell] = paid
        for row, col in STEPS[:moves]:
            there = (cell[0] + row, cell[1] + col)
            if 0 <= there[0] < blocked.shape[0] and 0 <= there[1] < blocked.shape[1]:
                heapq.heappush(queue, (paid + math.hypot(row, col), there))
    return distance


@pytest.mark.parametrize("moves", [4, 8])
def test_distances_on_a_map_are_dijkstras(moves):
    blocked = torch.rand(4, 9, 7, generator=torch.Generator().manual_seed(3)) < 0.3
    blocked[:, 2, 3] = False
    goal = torch.zeros_like(blocked)
    goal[:, 2, 3] = True
    found = map_distances(blocked, goal, moves=moves)
    for row in range(4):
        expected = dijkstra(blocked[row], (2, 3), moves)
        assert torch.allclose(found[row], expected, atol=1e-5)
        assert expected.isinf().any()


def test_the_way_left_from_a_cell_is_read_off_the_map():
    occupancy = torch.zeros(1, 3, 1, 5, dtype=torch.uint8)
    occupancy[0, 1, 0, 4] = 1
    cell = torch.zeros(1, 2, 1, 2, 1, 5)
    cell[0, 0, 0, :, 0, 1] = 1.0
    cell[0, 1, 0, 0, 0, 3] = 1.0
    cell[0, 1, 0, 1, 0, 4] = 1.0
    rolled = Rollout(Latent({}, {"occupancy": occupancy}), torch.zeros(1, 2, 2, dtype=torch.int64), {})
    assert CellToGo()({"cell": cell}, rolled).flatten().tolist() == [5.0, 2.0]
