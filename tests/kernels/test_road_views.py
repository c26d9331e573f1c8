"""Every cell of every channel against shapely; and what must not change a view."""

import math

import numpy as np
import pytest
import shapely
from kernels.small_worlds import scaled
from road_levels import arc_line, assemble, lane_spec, roads_of, straight_line
from twins.road_boxes import agree
from twins.road_views import cell_centres, drawn_shapes

from envs.driving.network import Line
from envs.driving.painting import unpaired
from envs.driving.state import new_scratch, new_state
from envs.kernels.bundles import bundle, unbundled
from envs.kernels.road_records import (
    ABSENT,
    BAR,
    BOUNDARY_BIT,
    CROSSWALK,
    CROSSWALK_BIT,
    DRIVABLE_BIT,
    GREEN,
    OBSTACLE,
    PEDESTRIAN,
    RED,
    ROAD_RULES,
    SIGNAL_PHASES,
    VEHICLE,
    YELLOW,
)
from envs.kernels.road_views import CHANNELS, PAST, draw_views

STATIC = {"drivable": DRIVABLE_BIT, "lane_boundary": BOUNDARY_BIT, "crosswalk": CROSSWALK_BIT}
HISTORY = 3
CURVE = 0.05
"""Pieces of the route's strip may cut its bends by so much [m]."""


def windows():
    """rows, cols, resolution, ahead, left."""
    square = (scaled(64, 16), scaled(64, 16), 0.5, 0.75 * scaled(32, 8), 0.5 * scaled(32, 8))
    return [square, (20, 9, 1.0, 14.0, 3.0), (7, 33, 0.37, 1.1, 8.2), (16, 24, 2.5, 30.0, 20.0)]


def town():
    """A straight road and a bend with everything that can be painted, and a signal."""
    lanes = [
        lane_spec(straight_line(-60, 0, 0, 100), next=(1,)),
        lane_spec(arc_line(40, 0, -math.pi / 2, 20, math.pi / 2), width=3.0, next=(2,)),
        lane_spec(straight_line(60, 20, math.pi / 2, 40)),
    ]
    bars, crosswalks, signals = np.zeros(3, BAR), np.zeros(2, CROSSWALK), np.zeros(2, SIGNAL_PHASES)
    for bar, values in zip(bars, ((8, 0, 0.1, 0.9, 3.5, 0), (-4, 1, 0.4, 1.1, 3, 1), (2, 5, 2, 1, 4, -1)), strict=True):
        bar["x"], bar["y"], bar["heading"], bar["length"], bar["width"], bar["signal"] = values
    for crosswalk, values in zip(crosswalks, ((5, 1, 1.4, 8, 3), (-7, 2, -0.6, 9, 2.5)), strict=True):
        crosswalk["x"], crosswalk["y"], crosswalk["heading"], crosswalk["length"], crosswalk["width"] = values
    for signal, colours in zip(signals, ((RED, GREEN, YELLOW), (GREEN, YELLOW, RED)), strict=True):
        signal["count"], signal["cycle"] = 3, 30.0
        signal["colour"][:3], signal["until"][:3] = colours, (10.0, 20.0, 30.0)
    line = Line(np.array([[-60, 1.75], [40, 1.75], [45, 9]]), "solid")
    area = np.array([[-10, -8], [4, -9], [6, 9], [-3, 12.0]])
    return assemble(
        lanes,
        routes=[(0, 1, 2)],
        lines=(line,),
        areas=(area,),
        bars=bars,
        crosswalks=crosswalks,
        signals=signals,
    )


NETWORK = town()


def new_rules(window, num_agents=1):
    rules = np.zeros(1, ROAD_RULES)
    rules["num_agents"], rules["dt"], rules["history"] = num_agents, 0.1, HISTORY
    for name, value in zip(("rows", "cols", "resolution", "ahead", "left"), window, strict=True):
        rules[name] = value
    return rules


def crowd(seed, *, num_actors=12, num_agents=1, num_worlds=1):
    """Actors of all kinds round an ego near the origin, and where they were."""
    rng = np.random.default_rng(seed)
    state = bundle(new_state(num_worlds, num_actors, num_agents, HISTORY))
    for actors in (state.actors, *np.moveaxis(state.history, 1, 0)):
        shape = actors.shape
        actors["x"], actors["y"] = rng.uniform(-14, 14, shape), rng.uniform(-14, 14, shape)
        actors["heading"] = rng.uniform(-np.pi, np.pi, shape)
        actors["kind"] = rng.choice([ABSENT, VEHICLE, VEHICLE, PEDESTRIAN, OBSTACLE], shape)
        actors["kind"][:, :num_agents] = VEHICLE
    state.actors["length"] = rng.uniform(0.4, 9, state.actors.shape)
    state.actors["width"] = rng.uniform(0.4, 2.5, state.actors.shape)
    state.agents["path_s"] = rng.uniform(45, 130, state.agents.shape)
    state.worlds["steps"] = rng.integers(0, 300, num_worlds)
    return state


def draw(state, rules, roads):
    """Views uint8 [world agent channel row col]; what the array held before must not matter."""
    num_worlds, num_agents = state.agents.shape
    rows, cols = int(rules[0]["rows"]), int(rules[0]["cols"])
    views = np.full((num_worlds, num_agents, PAST + HISTORY, rows, cols), 7, np.uint8)
    scratch = bundle(new_scratch(np.zeros(num_worlds, np.int32), state.actors.shape[1], rows * cols))
    draw_views(state, rules, roads, scratch, views, 0, num_worlds)
    assert np.isin(views, (0, 255)).all()
    return views


def colours_at(network, time):
    return [
        next(colour for colour, until in zip(signal["colour"], signal["until"], strict=True) if time % 30 < until)
        for signal in network.signals
    ]


@pytest.mark.parametrize("window", windows(), ids=lambda window: "x".join(map(str, window[:2])))
@pytest.mark.parametrize("seed", range(scaled(5, 1)))
def test_every_drawn_channel_equals_shapely(seed, window):
    state, rules, roads = crowd(seed, num_agents=2), new_rules(window, 2), roads_of(NETWORK)
    views = draw(state, rules, roads)
    colours = colours_at(NETWORK, state.worlds[0]["steps"] * 0.1)
    for agent in range(2):
        centres = cell_centres(state.actors[0, agent], rules[0], window[:2])
        shapes = drawn_shapes(state, rules[0], NETWORK, colours, HISTORY, 0, agent)
        for channel, shape in shapes.items():
            slack = CURVE if channel < len(CHANNELS) and CHANNELS[channel] == "route" else 1e-6
            assert agree(views[0, agent, channel] > 0, shape, centres, slack=slack).all(), channel


@pytest.mark.parametrize("window", windows(), ids=lambda window: "x".join(map(str, window[:2])))
@pytest.mark.parametrize("seed", range(scaled(5, 1)))
def test_static_channels_are_those_of_the_raster_cell_under_the_centre(seed, window):
    state, rules, roads = crowd(seed), new_rules(window), roads_of(NETWORK)
    view, counts = draw(state, rules, roads)[0, 0], roads.counts[0]
    centres = cell_centres(state.actors[0, 0], rules[0], window[:2])
    across = (shapely.get_x(centres) - counts["x"]) / counts["cell"]
    down = (shapely.get_y(centres) - counts["y"]) / counts["cell"]
    row, col = np.floor(down).astype(int), np.floor(across).astype(int)
    inside = (row >= 0) & (row < counts["rows"]) & (col >= 0) & (col < counts["cols"])
    under = unpaired(roads.raster[0], int(counts["cols"]))[np.where(inside, row, 0), np.where(inside, col, 0)] * inside
    is_clear = (np.abs(across - np.rint(across)) > 1e-3) & (np.abs(down - np.rint(down)) > 1e-3)
    for name, bit in STATIC.items():
        expected = np.where(under & bit, 255, 0)
        np.testing.assert_array_equal(view[CHANNELS.index(name)][is_clear], expected[is_clear], name)
    assert is_clear.mean() > 0.98


def test_the_ego_sees_itself_and_the_road_in_front_at_the_top():
    state, rules, roads = crowd(0, num_actors=2), new_rules((8, 8, 1.0, 6.0, 4.0)), roads_of(NETWORK)
    for name, values in {"x": (-30, -26), "y": 0, "heading": 0, "length": 2, "width": 2, "kind": VEHICLE}.items():
        state.actors[name] = values
    state.agents["path_s"] = 30.0
    view = draw(state, rules, roads)[0, 0]
    assert {tuple(cell) for cell in np.argwhere(view[CHANNELS.index("ego")])} == {(5, 3), (5, 4), (6, 3), (6, 4)}
    ahead = {(1, 3), (1, 4), (2, 3), (2, 4)}
    assert {tuple(cell) for cell in np.argwhere(view[CHANNELS.index("vehicles")])} == ahead
    assert (view[CHANNELS.index("route")] == np.where([0, 0, 1, 1, 1, 1, 0, 0], 255, 0)).all()
    # The line at y = 1.75 is on the left.
    assert set(np.argwhere(view[CHANNELS.index("lane_boundary")])[:, 1]) == {2}


def test_what_overlaps_keeps_all_its_labels():
    state, rules, roads = crowd(0, num_actors=3), new_rules((9, 9, 0.5, 2.25, 2.25)), roads_of(NETWORK)
    for name, values in {"x": 0.0, "y": 0.0, "heading": 0.3, "length": 3.0, "width": 2.0}.items():
        state.actors[name] = values
        if name in state.history.dtype.names:
            state.history[name] = values
    state.actors["kind"] = state.history["kind"] = (VEHICLE, VEHICLE, PEDESTRIAN)
    state.agents["path_s"] = 60.0
    centre = draw(state, rules, roads)[0, 0, :, 4, 4] > 0
    shown = {name for name, is_set in zip(CHANNELS, centre, strict=False) if is_set}
    assert shown == {"drivable", "route", "ego", "vehicles", "pedestrians"}
    assert centre[PAST:].all()


@pytest.mark.parametrize("turn", [0.7, -2.1, math.pi])
def test_turning_and_moving_the_world_with_the_ego_changes_no_actor_channel(turn):
    state, moved, rules, roads = crowd(3), crowd(3), new_rules(windows()[0]), roads_of(NETWORK)
    cos, sin = math.cos(turn), math.sin(turn)
    for poses in (moved.actors, moved.history):
        x, y = poses["x"].copy(), poses["y"].copy()
        poses["x"], poses["y"] = 33.0 + x * cos - y * sin, -7.0 + x * sin + y * cos
        poses["heading"] = np.angle(np.exp(1j * (poses["heading"] + turn)))
    actor_channels = slice(CHANNELS.index("ego"), None)
    before, after = (draw(each, rules, roads)[0, 0, actor_channels] for each in (state, moved))
    assert before.any()
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("place", [(500.0, 0.0), (-1e4, 3e4), (1e7, -1e7), (1e15, 0.0)])
def test_off_the_map_only_the_ego_is_seen(place):
    state, rules, roads = crowd(1, num_actors=2), new_rules(windows()[0]), roads_of(NETWORK)
    state.actors["x"][0, 0], state.actors["y"][0, 0] = place
    state.agents["route"] = 0
    view = draw(state, rules, roads)[0, 0]
    assert {CHANNELS[channel] for channel in np.flatnonzero(view.any(axis=(1, 2)))} == {"ego"}


def test_stop_bars_show_until_their_signal_is_green():
    rules, roads = new_rules((40, 40, 0.5, 10.0, 10.0)), roads_of(NETWORK)
    seen = {}
    for steps in (0, 99, 100, 199, 200, 299, 300):
        state = crowd(2, num_actors=1)
        state.actors["x"], state.actors["y"], state.actors["heading"] = 0.0, 0.0, 0.0
        state.worlds["steps"] = steps
        stop = draw(state, rules, roads)[0, 0, CHANNELS.index("stop")]
        # Cells in the middle of the bars at (8, 0), (-4, 1) and (2, 5).
        seen[steps] = [bool(stop[4, 20]), bool(stop[28, 18]), bool(stop[16, 10])]
    shown = {0: [True, False, True], 10: [False, True, True], 20: [True, True, True]}
    assert seen == {
        0: shown[0],
        99: shown[0],
        100: shown[10],
        199: shown[10],
        200: shown[20],
        299: shown[20],
        300: shown[0],
    }


def test_history_is_seen_from_where_the_ego_is_now():
    state, rules, roads = crowd(0, num_actors=2), new_rules((8, 8, 1.0, 4.0, 4.0)), roads_of(NETWORK)
    state.actors["kind"] = state.history["kind"] = VEHICLE
    state.actors["length"] = state.actors["width"] = 1.0
    state.actors["x"], state.actors["y"], state.actors["heading"] = (0.5, 3.0), (0.5, 0.0), 0.0
    for k in range(HISTORY):  # the other came nearer by a metre a step, the ego moved as well
        state.history["x"][0, k], state.history["y"][0, k] = (0.5 - 2 * k, k - 2.0), (0.0, 0.0)
    state.history["heading"] = 0.0
    view = draw(state, rules, roads)[0, 0]
    for k in range(HISTORY):
        f, left = k - 2.0 - 0.5, -0.5
        row, col = 4.0 - f - 0.5, 4.0 - left - 0.5
        assert {tuple(cell) for cell in np.argwhere(view[PAST + k])} == {(row, col)}


def test_an_agent_without_a_route_sees_none():
    state, rules, roads = crowd(0), new_rules(windows()[0]), roads_of(NETWORK)
    state.actors["x"], state.actors["y"], state.agents["path_s"] = 0.0, 0.0, 60.0
    assert draw(state, rules, roads)[0, 0, CHANNELS.index("route")].any()
    state.agents["route"] = -1
    assert not draw(state, rules, roads)[0, 0, CHANNELS.index("route")].any()


def test_worlds_are_drawn_one_by_one_as_all_at_once():
    state, rules, roads = crowd(5, num_worlds=4, num_agents=2), new_rules(windows()[1], 2), roads_of(NETWORK)
    arrays, together = unbundled(state), draw(state, rules, roads)
    for w in range(4):
        alone = draw(bundle(type(arrays)(*(array[w : w + 1] for array in arrays))), rules, roads)
        np.testing.assert_array_equal(alone[0], together[w])
