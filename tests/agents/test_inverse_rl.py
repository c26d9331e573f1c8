"""The agent that learns what ground costs: costs found again, shortest paths on them, and what it refuses."""

from functools import cache

import gymnasium
import numpy as np
import pytest
from agents_for_tests import open_world, watch

import agents
from agents.inverse_rl.demonstrations import demonstrate
from agents.inverse_rl.ground import NOWHERE, Ground
from agents.inverse_rl_agent import METHODS
from agents.rollouts import mean_metric, play_levels
from envs.core.levels import LEVELS_PER_SPLIT

COSTS = (1.0, 2.0, 4.0)
HELD_OUT = range(2 * LEVELS_PER_SPLIT, 2 * LEVELS_PER_SPLIT + 60)
every_method = pytest.mark.parametrize("method", METHODS)


def terrain(**arguments):
    return gymnasium.make("crossroads/GridTerrain-v0", **{"size": 10, "terrain_costs": COSTS} | arguments)


@cache
def taught(method):
    env = terrain()
    return agents.make("inverse-rl", env, method=method, demonstrations=48, updates=80).learn(env, progress=False)


@every_method
def test_hidden_costs_are_recovered_up_to_scale(method):
    found = taught(method).costs[1:]
    ratio = np.log2(found) - np.log2(COSTS)
    assert np.abs(ratio - ratio.mean()).max() < 0.35  # a quarter more or less; equal costs would be off by an octave


@every_method
def test_it_drives_nearly_as_well_as_who_knows_the_costs(method):
    untaught = agents.make("inverse-rl", terrain(), method=method)
    pair = (untaught, taught(method))
    before, after = (mean_metric(play_levels(agent, terrain(), HELD_OUT), "score") for agent in pair)
    assert before < 0.97 < 0.99 < after


@every_method
def test_costs_of_ground_that_nobody_has_shown_stay_as_they_were(method):
    assert taught(method).costs[0] == pytest.approx(4.0)


def test_with_the_true_costs_it_moves_as_the_oracle():
    env = terrain()
    agent = agents.make("inverse-rl", env)
    agent.network.log_cost.data[1:] = agent.network.log_cost.new_tensor(np.log(COSTS))
    played = play_levels(agent, env, HELD_OUT)
    assert mean_metric(played, "path_ratio") == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("corner_cutting", ["allow", "forbid"])
@pytest.mark.parametrize("connectivity", [4, 8])
def test_it_keeps_to_the_moves_of_its_environment(connectivity, corner_cutting):
    env = terrain(connectivity=connectivity, corner_cutting=corner_cutting, diagonal_cost=1.25, density=0.3, wait=True)
    agent = agents.make("inverse-rl", env)
    assert (agent.moves.number, agent.moves.diagonal_cost) == (connectivity, 1.25)
    agent.network.log_cost.data[1:] = agent.network.log_cost.new_tensor(np.log(COSTS))
    played = play_levels(agent, env, HELD_OUT)
    assert mean_metric(played, "path_ratio") == pytest.approx(1.0, abs=1e-9)
    assert mean_metric(played, "collisions") == 0.0


def test_what_it_shows_is_what_the_environment_knows():
    env = terrain()
    worlds = gymnasium.make_vec(
        "crossroads/GridTerrain-v0", 4, vectorization_mode="vector_entry_point", size=10, terrain_costs=COSTS
    )
    observation, _ = worlds.reset(seed=0)
    agent = agents.make("inverse-rl", env)
    agent.network.log_cost.data[1:] = agent.network.log_cost.new_tensor(np.log(COSTS))
    shown = agent.explain(observation)
    for world in range(4):
        exact = worlds.unwrapped.worlds.distances(world)
        is_known = ~np.isnan(shown["value_map"][world])
        np.testing.assert_allclose(-shown["value_map"][world][is_known], exact[is_known])
        assert np.isinf(exact[~is_known]).all()
    np.testing.assert_allclose(shown["action_probabilities"].sum(axis=1), 1.0)


def test_moves_are_drawn_from_the_soft_policy():
    agent = agents.make("inverse-rl", terrain())
    (observation,) = watch(terrain(), 1)
    many = {key: np.repeat(array[None], 1000, axis=0) for key, array in observation.items()}
    drawn, _ = agent.predict(many)
    share = np.bincount(drawn, minlength=8) / 1000
    shown = agent.explain({key: array[:1] for key, array in many.items()})["action_probabilities"][0]
    np.testing.assert_allclose(share, shown, atol=0.06)


def test_where_no_goal_is_in_view_every_move_is_as_good():
    agent = agents.make("inverse-rl", open_world("window"))
    seen = watch(open_world("window", num_envs=32), 1)[0]
    lost = Ground.of_occupancy(seen["occupancy"]).goal == NOWHERE
    assert lost.any()
    shown = agent.explain(seen)
    np.testing.assert_allclose(shown["action_probabilities"][lost][:, :4], 1 / 4)
    assert np.isnan(shown["value_map"][lost]).all()


def test_windows_teach_nothing_about_costs():
    env = open_world("window")
    with pytest.raises(ValueError, match="learns from paths over maps: it needs a grid environment with view='full'"):
        agents.make("inverse-rl", env).learn(env, progress=False)


def test_fewer_demonstrations_are_the_first_of_more():
    env = terrain()
    few, many = demonstrate(env, count=3, seed=5), demonstrate(env, count=70, seed=5)
    np.testing.assert_array_equal(few.ground.classes, many.first(3).ground.classes)
    assert many.first(3).num_moves == few.num_moves
    assert not np.array_equal(few.paths, demonstrate(env, count=3, seed=6).paths)


def test_demonstrations_cost_what_the_oracle_pays():
    env = terrain()
    shown = demonstrate(env, count=8, seed=0)
    spent = shown.lengths(agents.make("inverse-rl", env).moves.lengths.numpy(), 4)[:, 1:] @ COSTS
    levels = np.random.default_rng((0, 1)).integers(LEVELS_PER_SPLIT, size=8).tolist()
    played = play_levels(agents.make("oracle", env), env, levels)
    np.testing.assert_allclose(spent, [episode.metrics["path_cost"] for episode in played])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"method": "max-margn"}, r"Unknown method 'max-margn'\. Did you mean 'max-margin'\?"),
        ({"demonstrations": 0}, r"InverseRLConfig.demonstrations: expected >= 1, got 0"),
        ({"learning_rate": 0.0}, r"InverseRLConfig.learning_rate: expected > 0, got 0.0"),
        ({"regularisation": -1.0}, r"InverseRLConfig.regularisation: expected >= 0, got -1.0"),
    ],
)
def test_what_makes_no_sense_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        agents.make("inverse-rl", terrain(), **config)


def test_roads_are_refused():
    with pytest.raises(ValueError, match="'inverse-rl' plans on maps: it needs a grid's binary 'occupancy', got Box"):
        agents.make("inverse-rl", gymnasium.make("crossroads/Merge-v0"))
