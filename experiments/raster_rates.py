"""Views of the road alone, and the plain loop that one would write for their ground."""

import math
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import gymnasium
import numpy as np
from jaxtyping import UInt8

from envs.kernels.compilation import kernel
from envs.kernels.road_records import BOUNDARY_BIT, CROSSWALK_BIT, DRIVABLE_BIT
from envs.kernels.road_views import CROSSWALK, DRIVABLE, LANE_BOUNDARY, draw_views

ROAD = "crossroads/Intersection-v0"
NUM_WORLDS = 64
Draw = Callable[..., None]


@kernel
def crop_plainly(state, rule_table, roads, scratch, views, low, high):
    """As `draw_grounds`, cell by cell: rotate, look whether it is on the map, read the byte, unpack its bits."""
    rules = rule_table[0]
    for w in range(low, high):
        actor, slot = state.actors[w, 0], scratch.slot[w]
        counts, view = roads.counts[slot], views[w, 0]
        cos, sin = math.cos(actor.heading), math.sin(actor.heading)
        for r in range(view.shape[1]):
            for c in range(view.shape[2]):
                forward, left = rules.ahead - (r + 0.5) * rules.resolution, rules.left - (c + 0.5) * rules.resolution
                col = math.floor((actor.x + forward * cos - left * sin - counts.x) / counts.cell)
                row = math.floor((actor.y + forward * sin + left * cos - counts.y) / counts.cell)
                bits = 0
                if 0 <= row < counts.rows and 0 <= col < counts.cols:
                    bits = np.int64(roads.raster[slot, row, col >> 1]) >> (4 * (col & 1))
                view[DRIVABLE, r, c] = 255 if bits & DRIVABLE_BIT else 0
                view[LANE_BOUNDARY, r, c] = 255 if bits & BOUNDARY_BIT else 0
                view[CROSSWALK, r, c] = 255 if bits & CROSSWALK_BIT else 0


def open_crowd(num_worlds: int = NUM_WORLDS) -> Any:
    """Worlds full of traffic after two seconds of random actions."""
    crowd: Any = gymnasium.make_vec(
        ROAD,
        num_worlds,
        vectorization_mode="vector_entry_point",
        on_collision="ignore",
        on_off_road="ignore",
        observe=("occupancy",),
        demand=1.0,
    )
    crowd.reset(seed=0)
    crowd.action_space.seed(0)
    for _ in range(20):
        crowd.step(crowd.action_space.sample())
    return crowd.worlds


def drawn(worlds: Any, draw: Draw) -> UInt8[np.ndarray, "world agent channel row col"]:
    """The views of all worlds by one of the kernels; 0 where it draws nothing."""
    views = np.zeros((worlds.num_worlds, 1, *worlds.config.view_shape), np.uint8)
    draw(*worlds.shared(0), views, 0, worlds.num_worlds)
    return views


def view_rate(seconds: float, draw: Draw = draw_views) -> Callable[[], float]:
    """Views drawn per second on one core, into the same array again and again."""
    worlds = open_crowd()
    return partial(_rate_once, worlds, draw, drawn(worlds, draw), seconds)


def _rate_once(worlds: Any, draw: Draw, views: np.ndarray, seconds: float) -> float:
    count, began = 0, process_time()
    while (spent := process_time() - began) < seconds:
        draw(*worlds.shared(0), views, 0, worlds.num_worlds)
        count += worlds.num_worlds
    return count / spent


def view_gain(seconds: float, draw: Draw = draw_views, plain: Draw = crop_plainly) -> Callable[[], float]:
    """The rate of one kernel over that of another, measured in turn."""
    first, second = (view_rate(seconds / 2, which) for which in (draw, plain))
    return lambda: first() / second()
