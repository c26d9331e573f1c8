"""What agents have to show is what the renderer knows how to draw."""

import numpy as np
import pytest
from agents_for_tests import CLASSIFIERS, every_agent, every_world, open_world, output_of, rows, tiny, watch
from scipy.special import softmax

from envs.gridworld.render import Scene
from envs.gridworld.render.overlay_shapes import OVERLAYS


def scene(worlds, row, overlay):
    """The moment that a row of a batch is in, with an overlay; raises for overlays that do not fit."""
    state = worlds.get_state()
    return Scene(
        obstacle=state.blocked[row],
        cells=state.cell[row],
        goals=state.goal[row],
        active=np.ones(1, bool),
        controlled=np.ones(1, bool),
        overlay=overlay,
    )


@every_agent
def test_every_row_is_an_overlay_that_a_scene_accepts(name, trained):
    worlds = open_world(num_envs=4)
    agent = trained(name).bound_to(worlds)
    observation, _ = worlds.reset(seed=0)
    for _ in range(3):
        shown = agent.explain(observation)
        assert set(shown) <= set(OVERLAYS)
        assert all(len(array) == 4 for array in shown.values())
        for row in range(4):
            scene(worlds, row, rows(shown, row))
        observation = worlds.step(worlds.oracle_action())[0]


@every_agent
def test_it_can_be_drawn_into_a_frame(name, trained):
    env = open_world(render_mode="rgb_array")
    agent = trained(name).bound_to(env)
    observation, _ = env.reset(seed=0)
    plain = env.render()
    shown = agent.explain({key: array[None] for key, array in observation.items()})
    env.unwrapped.set_overlay(rows(shown, 0))
    assert env.render().shape == plain.shape
    assert np.array_equal(env.render(), plain) == (not shown)


def test_the_oracle_shows_the_rest_of_its_way():
    env = open_world()
    observation, _ = env.reset(seed=0)
    agent, is_over = tiny("oracle", env), False
    (plan,) = agent.explain({"occupancy": observation["occupancy"][None]})["plan"]
    for here in plan[:-1]:
        assert not is_over
        assert env.unwrapped.get_state().cell[0, 0].tolist() == here.tolist()
        _, _, is_over, _, _ = env.step(agent.predict(observation)[0])
    assert is_over
    assert plan[-1].tolist() == env.unwrapped.get_state().goal[0, 0].tolist()


@every_world
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_likeliest_action_is_the_deterministic_one(name, world, trained):
    agent = trained(name, world)
    for observation in watch(open_world(world, num_envs=5), 3):
        shown = agent.explain(observation)["action_probabilities"]
        assert shown.shape == (5, agent.action_space.n)
        assert shown.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        assert np.array_equal(shown.argmax(axis=1), agent.predict(observation, deterministic=True)[0])


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name not in ("ppo", "inverse-dynamics")])
def test_probabilities_are_the_softmax_of_the_logits(name, trained):
    observation = watch(open_world(num_envs=5), 1)[0]
    shown = trained(name).explain(observation)["action_probabilities"]
    assert shown == pytest.approx(softmax(output_of(trained(name), observation), axis=1), abs=1e-6)


@pytest.mark.parametrize("name", ["behavior-cloning", "dagger"])
def test_the_value_map_is_blank_on_obstacles_alone(name, trained):
    observation = watch(open_world(num_envs=5), 1)[0]
    value = trained(name).explain(observation)["value_map"]
    assert np.array_equal(np.isnan(value), observation["occupancy"][:, 0] == 1)
