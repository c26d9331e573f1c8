"""Batches of grid worlds that have begun, and the kernels' arguments inside them."""

import naive
import numpy as np


def begun(family, num_worlds, *, seed=0, levels=None, num_agents=1, **arguments):
    """Worlds of a family at these levels (None: drawn from the seeds)."""
    worlds = family(num_worlds, num_agents, **arguments)
    everyone = np.ones(num_worlds, np.bool_)
    worlds.set_seeds(np.arange(seed, seed + num_worlds, dtype=np.uint64), everyone)
    worlds.begin(everyone, np.full(num_worlds, -1) if levels is None else np.array(levels, np.int64))
    return worlds


def shared(worlds):
    """(state, rules, source, routes, scratch), as kernels take them."""
    state, table, *rest = worlds._shared(0)
    return state, table[0], *rest


def grid_of(worlds, w=0):
    """World `w` as the twins take it."""
    has_terrain = len(worlds.config.terrain_costs) > 0
    terrain = worlds.state.terrain[w] if has_terrain else None
    return naive.Grid(worlds.state.blocked[w], worlds._rules, terrain, worlds.config.terrain_costs)


def places(array):
    """Cells [... 2] of one world as a list of tuples."""
    return [tuple(cell) for cell in array.tolist()]


def random_actions(worlds, rng):
    return rng.integers(worlds.config.num_actions, size=(worlds.num_worlds, worlds.num_agents))
