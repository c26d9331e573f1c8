"""What a view of a road shows that has not learned anything: what stands still."""

import torch

from world_models.boxes import Canvas
from world_models.floors.straight_on import StraightOn
from world_models.recurrents.road_view import RoadView

EXTENT, SIDE = (12.0, 4.0, 8.0, 8.0), 16


def view() -> RoadView:
    shapes = {"occupancy": (3, SIDE, SIDE), "ego": (10,), "route": (36,)}
    torch.manual_seed(0)
    return RoadView(shapes, (1, 2), window=(EXTENT, 1.0), features=12, embedded=8, hidden=8).eval()


def seen(row: int, col: int) -> torch.Tensor:
    occupancy = torch.zeros(1, 3, SIDE, SIDE, dtype=torch.uint8)
    occupancy[0, 1, row : row + 2, col : col + 2] = 255
    return occupancy


def test_what_stands_now_is_expected_to_stand_there_still() -> None:
    room, occupancy = view(), seen(3, 7)
    features, poses = torch.randn(1, 4, 12), torch.tensor([[[0.0, 0.0, 0.0], [2, 0, 0], [4, 1, 0.3], [0, -2, -0.2]]])
    found = room.chances(features, room.context({"occupancy": occupancy}), poses)
    stands = occupancy[:, 1:, None].transpose(1, 2).expand_as(found) > 0
    assert found[stands].min() > 3.0 * found[~stands].max()


def test_who_is_listed_is_expected_to_go_straight_on() -> None:
    shapes = {"occupancy": (3, SIDE, SIDE), "ego": (10,), "route": (36,), "actors": (9,), "actors_mask": (1,)}
    torch.manual_seed(0)
    room = RoadView(shapes, (1, 2), window=(EXTENT, 1.0), features=12, embedded=8, hidden=8, ahead=(0.5, 3)).eval()
    actors = torch.tensor([[-2.0, 3.0, 1.0, 0.0, 4.0, 0.0, 4.0, 2.0, 0.0]])
    seen_now = {"occupancy": seen(12, 4), "actors": actors, "actors_mask": torch.ones(1, 1)}
    others = StraightOn.of_observation(seen_now, dt=0.5, horizon=3)
    truth = others.occupancy(Canvas(EXTENT, 1.0))
    steps = torch.tensor([2, 0, 1])
    found = room.chances(torch.randn(1, 3, 12), room.context(seen_now), torch.zeros(1, 3, 3), steps)
    assert truth[:, steps].sum() > 3 * 4
    assert torch.equal(found > 0.5, truth[:, steps] > 0.5)


def test_the_future_view_that_would_surprise_least_is_the_present_one_shifted() -> None:
    room, context = view(), view().context({"occupancy": seen(3, 7)})
    features, poses = torch.randn(1, 1, 12), torch.tensor([[[2.0, 1.0, 0.0]]])
    # two cells nearer, and one further to the right
    nats = {
        (row, col): room.nats(features, seen(row, col)[:, None], context, poses)
        for row in range(8)
        for col in range(5, 12)
    }
    assert min(nats, key=lambda cell: nats[cell].item()) == (5, 8)


def test_without_poses_all_must_come_from_memory_and_code() -> None:
    room, features = view(), torch.randn(1, 2, 12)
    truth = seen(3, 7)[:, None].expand(1, 2, 3, SIDE, SIDE)
    first, second = (
        room.nats(features, truth, room.context({"occupancy": now}), None) for now in (seen(0, 0), seen(9, 9))
    )
    assert torch.equal(first, second)
