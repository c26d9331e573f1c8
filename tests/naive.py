"""Slow, obvious twins of the kernels, under the same names: sets, dictionaries, fractions, no tricks.

One file of `twins/` stands beside one of `envs/kernels/`.
"""

from twins.counter_random import Stream, bits
from twins.grid_motion import midpoint, resolve_conflicts, step, turns
from twins.grid_moves import CLOCKWISE, MOVES, NAMES, Cost, Grid, arrive, can_move, is_open, move_cost, slipped, ways
from twins.grid_paths import flood, optimal_moves, relaxed_paths, shortest_paths
from twins.grid_recipes import disc, rectangle, terrain_patches, vin
from twins.grid_slippery import expected_loss, least_losses, outcomes, policy_losses
from twins.grid_traffic import choose_move
from twins.grid_views import draw_view, in_sight

__all__ = [
    "CLOCKWISE",
    "MOVES",
    "NAMES",
    "Cost",
    "Grid",
    "Stream",
    "arrive",
    "bits",
    "can_move",
    "choose_move",
    "disc",
    "draw_view",
    "expected_loss",
    "flood",
    "in_sight",
    "is_open",
    "least_losses",
    "midpoint",
    "move_cost",
    "optimal_moves",
    "outcomes",
    "policy_losses",
    "rectangle",
    "relaxed_paths",
    "resolve_conflicts",
    "shortest_paths",
    "slipped",
    "step",
    "terrain_patches",
    "turns",
    "vin",
    "ways",
]
