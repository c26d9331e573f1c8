"""Semantic occupancy of a grid world, int8 [channel row col]: the whole map, or a window round the agent.

Channels: obstacle, goal, agent, then, where the world has them, one per terrain class, others, unknown.
"""

from envs.kernels.compilation import inlined, kernel
from envs.kernels.grid_moves import is_open

OBSTACLE, GOAL, AGENT, FIRST_EXTRA = 0, 1, 2, 3


@inlined
def draw_view(state, rules, out, w, agent):
    """Bring out.occupancy[w, agent] up to date with the state."""
    if rules.radius < 0:
        _draw_full(state, rules, out, w, agent)
    else:
        _draw_window(state, rules, out, w, agent)


@inlined
def _draw_full(state, rules, out, w, agent):
    """Only the actors' channels change within an episode: wipe where they were, draw where they are."""
    others = FIRST_EXTRA + rules.num_classes
    num_actors = state.cell.shape[1]
    if out.is_stale[w, agent] == 1:
        _draw_static(state, rules, out, w, agent)
        out.is_stale[w, agent] = 0
    else:
        for actor in range(num_actors):
            row, col = out.drawn[w, agent, actor, 0], out.drawn[w, agent, actor, 1]
            out.occupancy[w, agent, AGENT if actor == agent else others, row, col] = 0
    for actor in range(num_actors):
        row, col = state.cell[w, actor, 0], state.cell[w, actor, 1]
        out.drawn[w, agent, actor, 0], out.drawn[w, agent, actor, 1] = row, col
        if actor == agent or state.active[w, actor] == 1:
            out.occupancy[w, agent, AGENT if actor == agent else others, row, col] = 1


@kernel
def _draw_static(state, rules, out, w, agent):
    num_rows, num_cols = state.blocked.shape[1:]
    out.occupancy[w, agent, 1:] = 0
    for row in range(num_rows):
        for col in range(num_cols):
            out.occupancy[w, agent, OBSTACLE, row, col] = state.blocked[w, row, col]
            if rules.num_classes > 0 and state.blocked[w, row, col] == 0:
                out.occupancy[w, agent, FIRST_EXTRA + state.terrain[w, row, col], row, col] = 1
    out.occupancy[w, agent, GOAL, state.goal[w, agent, 0], state.goal[w, agent, 1]] = 1


@kernel
def _draw_window(state, rules, out, w, agent):
    """The cells within `radius` of the agent; off the map is obstacle, hidden cells are unknown and nothing else."""
    num_rows, num_cols = state.blocked.shape[1:]
    others = FIRST_EXTRA + rules.num_classes
    unknown = others + (1 if state.cell.shape[1] > 1 else 0)
    centre_row, centre_col = state.cell[w, agent, 0], state.cell[w, agent, 1]
    out.occupancy[w, agent] = 0
    out.occupancy[w, agent, AGENT, rules.radius, rules.radius] = 1
    for i in range(2 * rules.radius + 1):
        for j in range(2 * rules.radius + 1):
            row, col = centre_row + i - rules.radius, centre_col + j - rules.radius
            if rules.occlusion == 1 and not in_sight(state.blocked[w], centre_row, centre_col, row, col):
                out.occupancy[w, agent, unknown, i, j] = 1
                continue
            if row < 0 or col < 0 or row >= num_rows or col >= num_cols:
                out.occupancy[w, agent, OBSTACLE, i, j] = 1
                continue
            out.occupancy[w, agent, OBSTACLE, i, j] = state.blocked[w, row, col]
            if rules.num_classes > 0 and state.blocked[w, row, col] == 0:
                out.occupancy[w, agent, FIRST_EXTRA + state.terrain[w, row, col], i, j] = 1
    _mark(
        out,
        rules,
        w,
        agent,
        GOAL,
        state.goal[w, agent, 0] - centre_row,
        state.goal[w, agent, 1] - centre_col,
        unknown,
    )
    for actor in range(state.cell.shape[1]):
        if actor != agent and state.active[w, actor] == 1:
            row, col = state.cell[w, actor, 0] - centre_row, state.cell[w, actor, 1] - centre_col
            _mark(out, rules, w, agent, others, row, col, unknown)


@kernel
def _mark(out, rules, w, agent, channel, d_row, d_col, unknown):
    """Set one cell of the window, if it lies inside and is seen."""
    i, j = rules.radius + d_row, rules.radius + d_col
    if not (0 <= i <= 2 * rules.radius and 0 <= j <= 2 * rules.radius):
        return
    if rules.occlusion == 0 or out.occupancy[w, agent, unknown, i, j] == 0:
        out.occupancy[w, agent, channel, i, j] = 1


@kernel
def in_sight(blocked, row, col, to_row, to_col):
    """Whether the segment between two cells' centres meets no obstacle before its end.

    The segment is sampled at max(|d_row|, |d_col|) steps, each rounded to the nearest cell; a sample exactly
    between two cells is open if either is, so that sight does not depend on the direction of looking.
    """
    d_row, d_col = to_row - row, to_col - col
    steps = max(abs(d_row), abs(d_col))
    for k in range(1, steps):
        low_row, high_row = _round_both(row * steps + d_row * k, steps)
        low_col, high_col = _round_both(col * steps + d_col * k, steps)
        if not (is_open(blocked, low_row, low_col) or is_open(blocked, high_row, high_col)):
            return False
    return True


@kernel
def _round_both(numerator, denominator):
    """Numerator / denominator rounded half down and half up."""
    return -((denominator - 2 * numerator) // (2 * denominator)), (2 * numerator + denominator) // (2 * denominator)
