"""Everybody moves at once: conflicts by rounds, and the step of a lone agent."""

from twins.grid_moves import Cost, arrive, can_move, move_cost


def step(grid, cell, move):
    """(cell after, cost, whether the map refused the move) of a lone agent that does not slip."""
    if move == grid.rules.num_moves:
        return cell, Cost(1), False
    if not can_move(grid, cell, move):
        return cell, Cost(1), True
    after = arrive(cell, move)
    return after, move_cost(grid, after, move), False


def turns(num_actors, steps):
    """The actors in the order of their turn: who begins moves on by one at every step."""
    return sorted(range(num_actors), key=lambda actor: (actor + steps) % num_actors)


def resolve_conflicts(cell, target, order):
    """{actor: where it ends up}, given {actor: cell}, {actor: target} and the actors in the order of their turn."""
    target = dict(target)
    while True:
        moving = [actor for actor in target if target[actor] != cell[actor]]
        stuck = {a for a in moving if any(_gives_way(cell, target, order, a, b) for b in target if b != a)}
        if not stuck:
            return target
        target |= {actor: cell[actor] for actor in stuck}


def _gives_way(cell, target, order, a, b):
    if target[b] == cell[b]:
        return target[a] == cell[b]
    if midpoint(cell[a], target[a]) == midpoint(cell[b], target[b]):
        return True
    return target[a] == target[b] and order.index(a) > order.index(b)


def midpoint(here, there):
    return (here[0] + there[0]) / 2, (here[1] + there[1]) / 2
