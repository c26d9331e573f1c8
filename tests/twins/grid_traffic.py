"""How an actor among others chooses its move."""

from twins.grid_moves import ways
from twins.grid_paths import optimal_moves, shortest_paths


def choose_move(grid, cell, goal, taken):
    """(first shortest move into a cell not `taken`, or None; the moves that are open to step aside)."""
    free = {move for move, after in ways(grid, cell).items() if after not in taken}
    best = optimal_moves(grid, cell, shortest_paths(grid, goal)) & free
    return min(best, default=None), free
