"""From worlds to scenes, with a stand-in that has what the painter looks at."""

from types import SimpleNamespace

import numpy as np
import pytest
from road_levels import roads_of

from envs.driving.config import RoadConfig
from envs.driving.render import Painter
from envs.driving.render.picture import scene_of, signal_colours
from envs.driving.state import new_state
from envs.kernels.road_records import GREEN, RED, VEHICLE


@pytest.fixture
def worlds(network):
    """Two worlds on the crossing, each with one agent and one other vehicle."""
    config = RoadConfig(num_actors=2)
    state = new_state(2, 2, 1, config.history)
    state.actors["kind"], state.actors["length"], state.actors["width"] = VEHICLE, 4.6, 1.9
    state.actors["x"], state.agents["path_s"] = [[-40.0, -25.0], [-30.0, 0.0]], [[40.0], [50.0]]
    state.worlds["steps"], state.worlds["level"] = [12, 250], [7, 8]
    flags = np.zeros((2, 1), np.bool_)
    output = SimpleNamespace(terminated=flags.copy(), truncated=flags.copy(), metrics=np.zeros((2, 1, 12)))
    return SimpleNamespace(
        state=state,
        config=config,
        channels=config.channels,
        pool=SimpleNamespace(roads=roads_of(network)),
        slot=np.zeros(2, np.int32),
        output=output,
        network=lambda world: network,
        view=lambda world, agent: np.full(config.view_shape, 255 * world, np.uint8),
    )


def test_a_frame_shows_its_world_and_does_not_change_it(worlds):
    painter = Painter()
    before = [array.copy() for array in worlds.state]
    first, second = (painter.paint(worlds, world, 0, {}, "Crossing-v0") for world in range(2))
    assert first.shape == second.shape == (560, 720, 3)
    assert not np.array_equal(first, second)
    assert np.array_equal(painter.paint(worlds, 0, 0, {}, "Crossing-v0"), first)
    assert all(np.array_equal(a, b) for a, b in zip(before, worlds.state, strict=True))


def test_the_caption_says_level_roads_and_time(worlds):
    scene = scene_of(worlds, 1, 0, {}, "Crossing-v0")
    assert scene.caption == "Crossing-v0  level 8  crossing  25.0 s"


def test_signals_show_what_their_phases_say_at_this_step(worlds):
    assert signal_colours(worlds, 0).tolist() == [RED]
    assert signal_colours(worlds, 1).tolist() == [GREEN]


def test_a_view_is_shown_only_to_those_who_observe_it(worlds):
    assert scene_of(worlds, 0, 0, {}, "").view is not None
    worlds.config = RoadConfig(num_actors=2, observe=("ego",))
    assert scene_of(worlds, 0, 0, {}, "").view is None


@pytest.mark.parametrize(
    ("terminated", "truncated", "success", "judged", "status"),
    [
        (False, False, 0, {}, "running"),
        (False, True, 0, {}, "timeout"),
        (True, False, 1, {}, "success"),
        (True, False, 0, {"collisions": 1}, "collision"),
        (True, False, 0, {"off_road": 1}, "off road"),
        (True, False, 0, {}, "ended"),
    ],
)
def test_the_status_is_how_the_episode_ended(worlds, terminated, truncated, success, judged, status):
    worlds.output.terminated[0], worlds.output.truncated[0] = terminated, truncated
    worlds.output.metrics[0, 0, 0] = success
    for name, value in judged.items():
        worlds.state.agents[name][0, 0] = value
    assert scene_of(worlds, 0, 0, {}, "").status == status
    worlds.state.worlds["steps"][0] = 0
    assert scene_of(worlds, 0, 0, {}, "").status == "running"


def test_overlays_reach_the_picture_and_unknown_ones_are_refused(worlds):
    painter = Painter()
    plan = np.stack([np.linspace(1, 20, 8), np.zeros(8)], axis=1)
    plain, drawn = (painter.paint(worlds, 0, 0, overlay, "") for overlay in ({}, {"plan": plan}))
    assert not np.array_equal(plain, drawn)
    with pytest.raises(ValueError, match=r"Unknown overlay 'value_map'"):
        painter.paint(worlds, 0, 0, {"value_map": plan}, "")
