"""A town before it is built: where its crossings lie, which streets there are, and how wide."""

import itertools
from dataclasses import dataclass

import numpy as np

Node = tuple[int, int]
"""Column and row of a crossing; those outside the grid are the town's borders."""
Graph = dict[Node, set[Node]]

SPACING = {3: 88.0, 4: 74.0}
"""Mean distance of the grid's lines, by their number [m]."""
UNEVEN = 0.1
"""Share by which the distances of the grid's lines vary either way []."""
JITTER = 4.0
"""How far a crossing may lie off the grid, either way [m]."""
MISSING = 0.18
"""Share of the streets inside that is left out at most []."""


@dataclass(frozen=True)
class PlannedStreet:
    """From one crossing to another, or to the border, around the bends in between."""

    nodes: tuple[Node, ...]
    lanes: int  # each way


@dataclass(frozen=True)
class TownPlan:
    """Crossings, and the streets between them."""

    places: dict[Node, tuple[float, float]]  # of crossings, bends and borders [m]
    streets: tuple[PlannedStreet, ...]
    shape: tuple[int, int]  # columns and rows of the grid

    def is_border(self, node: Node) -> bool:
        """Whether a street leaves the town there."""
        return not _is_inside(node, self.shape)


def draw_plan(rng: np.random.Generator) -> TownPlan:
    """A grid of three by three or four, one wide street across it, some streets missing, some leading out."""
    shape = ((3, 3), (3, 4), (4, 3))[int(rng.integers(3))]
    axes = [_axis(rng, num) for num in shape]
    wide = _wide_street(rng, shape)
    graph: Graph = {}
    for a, b in _grid(shape) + wide + _ways_out(rng, shape):
        _join(graph, a, b)
    _leave_out(rng, graph, shape, set(wide))
    places = {}
    for column, row in sorted(graph):
        dx, dy = rng.uniform(-JITTER, JITTER, 2).tolist()
        places[column, row] = axes[0][column + 1] + dx, axes[1][row + 1] + dy
    return TownPlan(places, tuple(_streets(graph, set(wide))), shape)


def _is_inside(node: Node, shape: tuple[int, int]) -> bool:
    return 0 <= node[0] < shape[0] and 0 <= node[1] < shape[1]


def _axis(rng: np.random.Generator, num: int) -> list[float]:
    """Positions of the grid's lines along one axis, and of the borders before and behind them."""
    steps = SPACING[num] * rng.uniform(1.0 - UNEVEN, 1.0 + UNEVEN, num - 1)
    lines = np.concatenate(([0.0], np.cumsum(steps))) - 0.5 * steps.sum()
    return [float(lines[0]) - SPACING[num], *lines.tolist(), float(lines[-1]) + SPACING[num]]


def _grid(shape: tuple[int, int]) -> list[tuple[Node, Node]]:
    nodes = [(column, row) for column in range(shape[0]) for row in range(shape[1])]
    steps = [((column, row), (column + dx, row + dy)) for column, row in nodes for dx, dy in ((1, 0), (0, 1))]
    return [step for step in steps if _is_inside(step[1], shape)]


def _wide_street(rng: np.random.Generator, shape: tuple[int, int]) -> list[tuple[Node, Node]]:
    """The edges of one line of the grid, from border to border."""
    axis = int(rng.integers(2))
    line = int(rng.integers(shape[1 - axis]))
    nodes = [(k, line) if axis == 0 else (line, k) for k in range(-1, shape[axis] + 1)]
    return list(itertools.pairwise(nodes))


def _ways_out(rng: np.random.Generator, shape: tuple[int, int]) -> list[tuple[Node, Node]]:
    """One or two streets out of the town on each side."""
    columns, rows = shape
    ways: list[tuple[Node, Node]] = []
    for outside, inside in ((-1, 0), (columns, columns - 1)):
        ways += [((outside, k), (inside, k)) for k in rng.permutation(rows)[: rng.integers(1, 3)].tolist()]
    for outside, inside in ((-1, 0), (rows, rows - 1)):
        ways += [((k, outside), (k, inside)) for k in rng.permutation(columns)[: rng.integers(1, 3)].tolist()]
    return ways


def _join(graph: Graph, a: Node, b: Node) -> None:
    graph.setdefault(a, set()).add(b)
    graph.setdefault(b, set()).add(a)


def _leave_out(rng: np.random.Generator, graph: Graph, shape: tuple[int, int], wide: set[tuple[Node, Node]]) -> None:
    """Take streets away such that the town stays in one piece and none of them ends blind."""
    inside = [edge for edge in _grid(shape) if edge not in wide]
    spare = int(MISSING * len(inside))
    for k in rng.permutation(len(inside)).tolist():
        a, b = inside[k]
        if spare == 0 or min(len(graph[a]), len(graph[b])) < 3:
            continue
        graph[a].remove(b)
        graph[b].remove(a)
        if _is_connected(graph):
            spare -= 1
        else:
            _join(graph, a, b)


def _is_connected(graph: Graph) -> bool:
    seen, waiting = set(), [next(iter(graph))]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph[node] - seen)
    return len(seen) == len(graph)


def _streets(graph: Graph, wide: set[tuple[Node, Node]]) -> list[PlannedStreet]:
    """Streets between crossings: whatever has two ends only is a bend on the way."""
    streets, walked = [], set()
    for node in sorted(graph):
        for after in sorted(graph[node]) if len(graph[node]) > 2 else ():
            if (node, after) in walked:
                continue
            nodes = [node, after]
            while len(graph[nodes[-1]]) == 2:
                nodes += graph[nodes[-1]] - {nodes[-2]}
            walked |= {(nodes[0], nodes[1]), (nodes[-1], nodes[-2])}
            is_wide = (node, after) in wide or (after, node) in wide
            streets.append(PlannedStreet(tuple(nodes), 2 if is_wide else 1))
    return streets
