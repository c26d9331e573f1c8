"""Semantic occupancy round an agent, uint8 [channel row col] holding 0 or 255: heading up, multi-label.

The centre of cell (r, c) lies forward = ahead - (r + 0.5) * resolution, left = left - (c + 0.5) * resolution of
the centre of the ego's box. A cell takes a label iff its centre lies in the shape; the static labels iff the cell
of the map's raster that contains its centre has them. Channels: CHANNELS, then the vehicles of 1, 2, ... steps ago.
"""

import math

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.road_frame import draw_box, view_frame
from envs.kernels.road_ground import clear, gather_ground, unpack_bit
from envs.kernels.road_records import ABSENT, GREEN, PEDESTRIAN
from envs.kernels.road_signals import colour
from envs.kernels.road_strip import draw_route

CHANNELS = ("drivable", "lane_boundary", "route", "stop", "crosswalk", "ego", "vehicles", "pedestrians")
DRIVABLE, LANE_BOUNDARY, ROUTE, STOP, CROSSWALK, EGO, VEHICLES, PEDESTRIANS, PAST = range(9)


@kernel
def draw_views(state, rule_table, roads, scratch, views, low, high):
    """Fill views [world agent channel row col] of worlds [low, high)."""
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            draw_view(state, rules, roads, scratch, w, agent, views[w, agent])


@kernel
def draw_grounds(state, rule_table, roads, scratch, views, low, high):
    """The same for what the map's raster holds, and nothing else."""
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            actor = state.actors[w, agent]
            _draw_ground(rules, roads, scratch, scratch.slot[w], actor.x, actor.y, actor.heading, views[w, agent])


@inner
def draw_view(state, rules, roads, scratch, w, agent, view):
    """Fill view [channel row col], which shows as much of the history as it has channels for."""
    actor, own, slot = state.actors[w, agent], state.agents[w, agent], scratch.slot[w]
    frame = view_frame(rules, actor.x, actor.y, actor.heading)
    _draw_ground(rules, roads, scratch, slot, actor.x, actor.y, actor.heading, view)
    clear(view[ROUTE])
    clear(view[STOP])
    for channel in range(EGO, view.shape[0]):
        clear(view[channel])
    if own.route >= 0:
        behind = view.shape[1] * rules.resolution - rules.ahead
        draw_route(roads, slot, own.route, frame, own.path_s - behind, own.path_s + rules.ahead, view[ROUTE])
    _draw_bars(roads, slot, state.worlds[w].steps * rules.dt, frame, view[STOP])
    _draw_actors(state, w, agent, frame, view)
    _draw_past(state, w, agent, frame, view)


@inlined
def _draw_ground(rules, roads, scratch, slot, x, y, heading, view):
    counts, cols = roads.counts[slot], view.shape[2]
    ground = scratch.bytes[: view.shape[1] * cols]
    forward, left = rules.ahead - 0.5 * rules.resolution, rules.left - 0.5 * rules.resolution
    cos, sin, step = math.cos(heading), math.sin(heading), rules.resolution / counts.cell
    gather_ground(
        roads.raster[slot],
        counts.rows,
        counts.cols,
        scratch.cells,
        ground,
        cols,
        (x + forward * cos - left * sin - counts.x) / counts.cell,
        (y + forward * sin + left * cos - counts.y) / counts.cell,
        step * cos,
        step * sin,
    )
    unpack_bit(ground, 0, view[DRIVABLE])
    unpack_bit(ground, 1, view[LANE_BOUNDARY])
    unpack_bit(ground, 2, view[CROSSWALK])


@inlined
def _draw_actors(state, w, agent, frame, view):
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        if i == agent or actor.kind != ABSENT:
            channel = EGO if i == agent else PEDESTRIANS if actor.kind == PEDESTRIAN else VEHICLES
            draw_box(frame, actor.x, actor.y, actor.heading, actor.length, actor.width, view[channel])


@inlined
def _draw_past(state, w, agent, frame, view):
    """Where the others' vehicles were, seen from where the ego is now."""
    for channel in range(PAST, view.shape[0]):
        for i in range(state.actors.shape[1]):
            past, actor = state.history[w, channel - PAST, i], state.actors[w, i]
            if i != agent and past.kind != ABSENT and past.kind != PEDESTRIAN:
                draw_box(frame, past.x, past.y, past.heading, actor.length, actor.width, view[channel])


@inlined
def _draw_bars(roads, slot, time, frame, plane):
    """Stop lines that forbid to go on: those without a signal, and those whose signal is not green."""
    for k in range(roads.counts[slot].bars):
        bar = roads.bars[slot, k]
        if bar.signal < 0 or colour(roads, slot, bar.signal, time) != GREEN:
            draw_box(frame, bar.x, bar.y, bar.heading, bar.length, bar.width, plane)
