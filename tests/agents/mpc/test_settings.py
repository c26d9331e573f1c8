"""Settings in words, and the outline of worlds that a checkpoint keeps."""

import gymnasium
import pytest

import agents
import envs  # noqa: F401 - registers the ids
from agents.mpc.outline import Outline
from agents.mpc.settings import make_planner, read_words


def test_words_are_names_with_values():
    found = read_words(("width=64", "kind=prefix", "size=(2, 3)", "exact=true", "limit=none"), "model_config")
    assert found == {"width": 64, "kind": "prefix", "size": (2, 3), "exact": True, "limit": None}
    assert read_words("width=64", "model_config") == {"width": 64}


@pytest.mark.parametrize("word", ["width", "=3", "8=3"])
def test_words_that_are_none_are_refused_with_their_owner(word):
    with pytest.raises(ValueError, match=rf"weights: expected name=value, such as horizon=8, got '{word}'"):
        read_words((word,), "weights")


def test_descent_has_starts_and_no_candidates():
    assert make_planner("gradient", "restarts=3", candidates=None).restarts == 3
    with pytest.raises(TypeError, match="Unknown setting of GradientDescent 'candidates'"):
        make_planner("gradient", (), candidates=8)


def test_few_candidates_have_no_more_elites():
    planner = make_planner("cem", (), candidates=4, iterations=None)
    assert (planner.elites, planner.kept, planner.iterations) == (4, 3, 4)
    assert make_planner("mppi", "temperature=0.5", candidates=64).elites == 64


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"planner": "cme"}, r"Unknown planner 'cme'. Did you mean 'cem'\?"),
        ({"model": "latnet"}, r"Unknown world model 'latnet'. Did you mean 'latent'\?"),
        ({"model": "oracle"}, r"the model 'oracle' looks at the state; use 'oracle-mpc'"),
        ({"execute": 9}, r"execute: a plan of 8 steps has no 9 to execute"),
        ({"device": "gpu"}, r"device: expected 'cpu' or 'cuda', got 'gpu'"),
        ({"weights": "comfort=1"}, r"weights: on grids the cost is one term"),
        ({"experience": 0}, r"experience: expected >= 1, got 0"),
        ({"planner": "gradient"}, r"the actions of latent are 8 choices, which have no gradient; 'cem' and 'mppi'"),
        ({"mix": "random=-1"}, r"Mix: expected shares >= 0"),
        ({"mix": "random=some"}, r"Mix.random: expected float, got 'some'"),
        ({"planner_config": "samples=many"}, r"CEM.samples: expected int, got 'many'"),
        ({"model_config": "width=wide"}, r"LatentConfig.width: expected int, got 'wide'"),
    ],
)
def test_values_out_of_range_are_refused_by_name(config, message):
    with pytest.raises(ValueError, match=message):
        agents.make("latent-mpc", gymnasium.make("crossroads/GridNav-v0", size=8), **config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"model_config": "widht=3"}, r"'widht'. Did you mean 'width'\?"),
        ({"planner_config": "temperature=1"}, r"Unknown setting of CEM 'temperature'"),
        ({"mix": "randm=0.5"}, r"'randm'. Did you mean 'random'\?"),
    ],
)
def test_settings_that_there_are_not_are_refused_with_the_nearest(config, message):
    with pytest.raises(TypeError, match=message):
        agents.make("latent-mpc", gymnasium.make("crossroads/GridNav-v0", size=8), **config)


@pytest.mark.parametrize("name", ["GridNav-v0", "GridCrowd-v0", "Intersection-v0"])
def test_an_outline_comes_back_from_json_as_it_was(name):
    env = gymnasium.make(f"crossroads/{name}")
    outline = Outline.of_env(env)
    again = Outline.of_facts(outline.facts(), outline.observation_space, outline.action_space)
    assert again == outline
    assert again.channels == env.unwrapped.channels
    assert again.is_road == (name == "Intersection-v0")


def test_a_family_is_looked_up_and_never_imported():
    env = gymnasium.make("crossroads/GridNav-v0")
    for world in ("os:system", "envs.gridworld.nav:GridNaf"):
        with pytest.raises(ValueError, match=f"Unknown family of worlds '{world}'"):
            Outline.of_facts({"world": world, "config": {}}, env.observation_space, env.action_space)
