"""Shortest paths on exact costs: by Dijkstra, and by brute force."""

from heapq import heappop, heappush

from twins.grid_moves import Cost, move_cost, ways


def flood(grid, cell):
    """The set of cells that `cell` reaches."""
    reached, fringe = set(), {cell}
    while fringe:
        reached |= fringe
        fringe = {after for at in fringe for after in ways(grid, at).values()} - reached
    return reached


def shortest_paths(grid, goal):
    """{cell: cost of its shortest path to the goal}, for the cells that have one."""
    into = {cell: [] for cell in grid.cells()}
    for cell in into:
        for move, after in ways(grid, cell).items():
            into[after].append((cell, move_cost(grid, after, move)))
    settled, heap = {}, [(Cost(), goal)]
    while heap:
        distance, cell = heappop(heap)
        if cell not in settled:
            settled[cell] = distance
            for before, cost in into[cell]:
                heappush(heap, (distance + cost, before))
    return settled


def relaxed_paths(grid, goal):
    """The same: improve every cell by every move, until nothing improves."""
    found, improved = {goal: Cost()}, True
    while improved:
        improved = False
        for cell in grid.cells():
            for move, after in ways(grid, cell).items():
                if after not in found:
                    continue
                through = found[after] + move_cost(grid, after, move)
                if cell not in found or through < found[cell]:
                    found[cell], improved = through, True
    return found


def optimal_moves(grid, cell, field):
    """The moves that start a shortest path, `field` being what `shortest_paths` found."""
    through = {move: field[after] + move_cost(grid, after, move) for move, after in ways(grid, cell).items()}
    return {move for move, cost in through.items() if cost == field[cell]}
