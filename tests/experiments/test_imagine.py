"""What was imagined, drawn below what happened."""

import numpy as np
import pytest
from imageio.v3 import imread

import agents
from experiments.cli import main
from experiments.environments import make_env
from experiments.imagine import model_of, steps_of

ROAD = ["Highway-v0", "--env-args", "action=continuous", "repeat=5", "observe=occupancy,ego,route,actors"]
FEW = ["--config", "candidates=8", "iterations=1"]


def test_a_moment_on_a_grid_shows_the_real_future_above_what_the_simulator_says(tmp_path):
    out = tmp_path / "truth.png"
    words = ["imagine", "--env", "GridNav-v0", "--env-args", "size=8", "--agent", "oracle-mpc", *FEW]
    assert main([*words, "--seconds", "1", "2", "--after", "0", "--out", str(out)]) == 0
    picture = imread(out)
    # two tiles of 256 pixels, one above the other, are the same but for the outline
    height = (len(picture) - 44) // 2
    assert picture.shape[1] > 3 * 256
    above, below = picture[44 : 44 + height], picture[44 + height : 44 + 2 * height]
    assert np.mean(np.any(above[:, 300:] != below[:, 300:], axis=-1)) < 0.1


def test_an_episode_on_a_road_becomes_a_film(tmp_path):
    out = tmp_path / "film.gif"
    words = ["imagine", "--env", *ROAD, "duration=4.0", "--agent", "latent-mpc", "--config", "model=constant-velocity"]
    assert main([*words, *FEW[1:], "--seconds", "0.5", "3", "--out", str(out)]) == 0
    assert len(imread(out)) > 1


def test_agents_without_a_model_are_refused():
    env = make_env("GridNav-v0", {"size": 8})
    with pytest.raises(ValueError, match="'dagger' has no world model; latent-mpc and oracle-mpc have"):
        model_of(agents.make("dagger", env))


def test_times_are_multiples_of_an_action():
    model = agents.make("oracle-mpc", make_env("GridNav-v0", {"size": 8})).model
    assert steps_of((), model) == (1, 2, 4, 6, 8)
    with pytest.raises(ValueError, match=r"expected multiples of 1, got 1\.5"):
        steps_of((1.5,), model)
