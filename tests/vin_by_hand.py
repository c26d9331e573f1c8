"""Rollouts and measures as one would write them down: one task, one step at a time."""

import numpy as np

MOVES = [(-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1), (1, 1), (1, -1)]


def random_maps(seed, *, count=12, rows=6, cols=8, density=0.25):
    """(blocked [map row col], goal [map 2]), each goal on a free cell."""
    rng = np.random.default_rng(seed)
    blocked = rng.random((count, rows, cols)) < density
    goal = np.stack([rng.integers(rows, size=count), rng.integers(cols, size=count)], axis=1).astype(np.int32)
    blocked[np.arange(count), goal[:, 0], goal[:, 1]] = False
    return blocked, goal


def may_move(blocked, cell, action, corner_cutting):
    """Whether a move leads into a free cell and cuts no corner that it must not."""
    row, col = cell
    down, right = MOVES[action]

    def is_free(r, c):
        return 0 <= r < blocked.shape[0] and 0 <= c < blocked.shape[1] and not blocked[r, c]

    if not is_free(row + down, col + right):
        return False
    if corner_cutting == "allow" or not (down and right):
        return True
    return is_free(row + down, col) and is_free(row, col + right)


def distances(blocked, goal, convention):
    """Cell -> cost of a shortest way, by relaxing until nothing changes."""
    best = {tuple(goal): 0.0}
    changed = True
    while changed:
        changed = False
        for cell in zip(*np.nonzero(~blocked), strict=True):
            for action, (down, right) in enumerate(MOVES):
                after = (cell[0] + down, cell[1] + right)
                if after in best and may_move(blocked, cell, action, convention.corner_cutting):
                    cost = best[after] + (convention.diagonal_cost if action >= 4 else 1.0)
                    if cost < best.get(cell, np.inf) - 1e-9:
                        best[cell] = cost
                        changed = True
    return best


def best_moves(blocked, cell, best, convention):
    """All moves of `cell` that begin a shortest way."""
    found = set()
    for action, (down, right) in enumerate(MOVES):
        after = (cell[0] + down, cell[1] + right)
        if after in best and may_move(blocked, cell, action, convention.corner_cutting):
            cost = best[after] + (convention.diagonal_cost if action >= 4 else 1.0)
            if abs(cost - best[cell]) < 1e-6:
                found.add(action)
    return found


def follow(blocked, start, goal, policy, most_positions, corner_cutting="allow"):
    """Positions of a greedy rollout, the start among them: at most so many, and none after an obstacle or the goal."""
    positions = [tuple(start)]
    while positions[-1] != tuple(goal) and len(positions) < most_positions:
        action = policy[positions[-1]]
        if not may_move(blocked, positions[-1], action, corner_cutting):
            break
        positions.append((positions[-1][0] + MOVES[action][0], positions[-1][1] + MOVES[action][1]))
    return positions


def cost_of(positions, diagonal_cost):
    """Of a way."""
    steps = np.abs(np.diff(np.array(positions), axis=0)).sum(axis=1)
    return float(np.where(steps == 2, diagonal_cost, 1.0).sum())
