"""What the map of ways says before anything is learned, and what it learns."""

import torch

from world_models.recurrents.way_map import WayMap


def steps_to(goal: tuple[int, int], walls: torch.Tensor) -> dict[tuple[int, int], int]:
    """Fewest moves to the goal, by breadth-first search."""
    found, front = {goal: 0}, [goal]
    for row, col in front:
        for cell in ((row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            inside = 0 <= cell[0] < walls.shape[0] and 0 <= cell[1] < walls.shape[1]
            if inside and cell not in found and not walls[cell]:
                found[cell] = found[row, col] + 1
                front.append(cell)
    return found


def test_before_learning_every_move_costs_the_same_and_walls_are_walked_round() -> None:
    ways = WayMap(2, obstacle=0, goal=1, sweeps=24)
    with torch.no_grad():
        ways.cost.weight.copy_(torch.where(ways.cost.weight > 1.0, 40.0, 0.0))
        walls = torch.rand(5, 9, 9, generator=torch.Generator().manual_seed(0)) < 0.3
        goals = torch.zeros_like(walls)
        walls[:, 2, 6], goals[:, 2, 6] = False, True
        found = ways(torch.stack([walls, goals], 1).float())
        move = torch.nn.functional.softplus(torch.ones(()), beta=4.0)
    for plan, blocked in zip(found / move, walls, strict=True):
        for cell, steps in steps_to((2, 6), blocked).items():
            assert abs(plan[cell] - steps) < 1e-3


def test_costs_of_moves_are_learned_from_ways() -> None:
    torch.manual_seed(0)
    ways = WayMap(2, obstacle=0, goal=1, sweeps=6)
    empty = torch.zeros(1, 2, 6, 6)
    empty[0, 1, 2, 2] = 1.0
    row, col = torch.meshgrid(torch.arange(6.0), torch.arange(6.0), indexing="ij")
    far, near = torch.maximum((row - 2).abs(), (col - 2).abs()), torch.minimum((row - 2).abs(), (col - 2).abs())
    truth = far - near + 2.0**0.5 * near
    optimizer = torch.optim.Adam(ways.parameters(), lr=0.05)
    for _ in range(40):
        optimizer.zero_grad()
        error = (ways(empty)[0] - truth).square().mean()
        error.backward()
        optimizer.step()
    assert (ways(empty)[0] - truth).square().mean() < 1e-2
