"""Views: brought up to date they equal those drawn from nothing, and both equal the twin's."""

import naive
import numpy as np
import pytest
from kernels.play import begun, grid_of, random_actions, shared
from kernels.small_worlds import generator_of, scaled

from envs.core.worlds import NEXT_STEP
from envs.gridworld.crowd import GridCrowd
from envs.gridworld.maze import GridMaze
from envs.gridworld.nav import GridNav
from envs.gridworld.terrain import GridTerrain
from envs.kernels.grid_world import redraw_worlds

WINDOW = {"view": "egocentric", "radius": 3}
TASKS = {
    "full": (GridNav, {"size": (7, 10)}),
    "full terrain": (GridTerrain, {"size": 9, "max_steps": 9}),
    "full crowd": (GridCrowd, {"size": 9, "max_steps": 15}),
    "full team": (GridCrowd, {"size": 9, "num_agents": 3, "connectivity": 8}),
    "window": (GridNav, {"size": (9, 6), **WINDOW}),
    "window off open edges": (GridNav, {"size": 5, "generator": "uniform", **WINDOW}),
    "window with terrain": (
        GridTerrain,
        {"size": 8, "terrain_costs": (1.0, 3.0), "terrain_names": ("road", "mud"), **WINDOW},
    ),
    "occluded": (GridMaze, {"size": 9, "occlusion": True, **WINDOW}),
    "occluded crowd": (GridCrowd, {"size": 9, "occlusion": True, "num_agents": 2, **WINDOW}),
    "occluded terrain": (GridTerrain, {"size": 9, "occlusion": True, "view": "egocentric", "radius": 6}),
}
every_task = pytest.mark.parametrize("task", TASKS)


def play(task, num_steps):
    """Worlds with their views, at the start and after each of so many random steps; those that end begin anew."""
    family, arguments = TASKS[task]
    worlds, rng = begun(family, 4, **arguments), generator_of(11)
    yield worlds, worlds.observation()["occupancy"]
    for _ in range(num_steps):
        worlds.step(random_actions(worlds, rng), NEXT_STEP)
        yield worlds, worlds.observation()["occupancy"]


@every_task
def test_views_equal_the_twins(task):
    for worlds, occupancy in play(task, scaled(25, 4)):
        for w, agent in np.ndindex(occupancy.shape[:2]):
            expected = naive.draw_view(worlds.state, worlds._rules, w, agent, grid_of(worlds, w))
            np.testing.assert_array_equal(occupancy[w, agent], expected)


@every_task
def test_views_brought_up_to_date_equal_views_drawn_from_nothing(task):
    for worlds, occupancy in play(task, scaled(60, 10)):
        state, *_ = shared(worlds)
        worlds._out.occupancy[:] = 7
        redraw_worlds(state, worlds._rule_table, worlds._out, 0, worlds.num_worlds)
        np.testing.assert_array_equal(worlds.observation()["occupancy"], occupancy)


@every_task
def test_every_channel_has_a_name(task):
    worlds, occupancy = next(play(task, 0))
    assert occupancy.shape[2:] == (len(worlds.channels), *worlds.config.view_shape[1:])
    assert worlds.channels[:3] == ("obstacle", "goal", "agent")


@pytest.mark.parametrize("task", [name for name in TASKS if "occluded" in name])
def test_a_cell_that_is_not_seen_shows_nothing_but_that(task):
    for worlds, occupancy in play(task, scaled(40, 8)):
        assert worlds.channels[-1] == "unknown"
        hidden = occupancy[:, :, -1] == 1
        assert hidden.any()
        assert not occupancy[:, :, :-1].any(axis=2)[hidden].any()


@pytest.mark.parametrize("task", ["full terrain", "window with terrain", "occluded terrain"])
def test_a_cell_that_is_seen_is_an_obstacle_or_of_one_class(task):
    for worlds, occupancy in play(task, 5):
        names = ("obstacle", *worlds.config.class_names)
        classes = [worlds.channels.index(name) for name in names]
        seen = occupancy[:, :, -1] == 0 if "occluded" in task else np.ones_like(occupancy[:, :, 0], bool)
        assert (occupancy[:, :, classes].sum(axis=2)[seen] == 1).all()


@every_task
def test_the_agent_is_shown_once_and_the_others_no_more_often_than_there_are(task):
    for worlds, occupancy in play(task, 10):
        agent = occupancy[:, :, worlds.channels.index("agent")]
        assert (agent.sum(axis=(-2, -1)) == 1).all()
        if worlds.config.view == "egocentric":
            assert (agent[..., worlds.config.radius, worlds.config.radius] == 1).all()
        if "others" in worlds.channels:
            others = occupancy[:, :, worlds.channels.index("others")].sum(axis=(-2, -1))
            assert (others <= worlds.config.num_actors - 1).all()


@pytest.mark.parametrize("view", [{}, WINDOW])
def test_those_who_left_the_grid_are_not_shown_to_others(view):
    worlds = begun(GridCrowd, 1, size=5, generator="uniform", density=0.0, num_agents=3, num_actors=3, **view)
    state, *_ = shared(worlds)
    state.cell[0], state.active[0] = [(1, 1), (2, 2), (3, 3)], [1, 0, 1]
    redraw_worlds(state, worlds._rule_table, worlds._out, 0, 1)
    others = worlds.observation()["occupancy"][0, :, worlds.channels.index("others")]
    assert others.sum(axis=(1, 2)).tolist() == [1, 2, 1]
