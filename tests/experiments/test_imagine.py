"""What was imagined, drawn below what happened."""

import numpy as np
import pytest
from imageio.v3 import imread

import agents
from experiments.cli import main
from experiments.environments import make_env
from experiments.imagine import Args, env_of, model_of, steps_of

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


def test_a_checkpoint_knows_its_worlds_and_single_arguments_change(tmp_path):
    checkpoint = tmp_path / "agent.safetensors"
    agents.make("latent-mpc", make_env("GridRooms-v0", {"size": 11})).save(checkpoint)
    env = env_of(Args(out=tmp_path / "some.png", checkpoint=checkpoint, env_args=("max_steps=7",)))
    assert env.spec is not None
    assert env.spec.id == "crossroads/GridRooms-v0"
    assert (env.unwrapped.config.size, env.unwrapped.config.max_steps) == (11, 7)
    with pytest.raises(ValueError, match="Expected --env, or --checkpoint"):
        env_of(Args(out=tmp_path / "some.png", agent="oracle-mpc"))


def test_checkpoints_that_know_of_no_worlds_are_told_them(tmp_path):
    checkpoint = tmp_path / "agent.safetensors"
    agents.make("dagger", make_env("GridNav-v0", {"size": 8})).save(checkpoint)
    with pytest.raises(ValueError, match="--env: 'dagger' does not know what it was made for"):
        env_of(Args(out=tmp_path / "some.png", checkpoint=checkpoint))


def test_agents_without_a_model_are_refused():
    env = make_env("GridNav-v0", {"size": 8})
    with pytest.raises(ValueError, match="'dagger' has no world model; latent-mpc and oracle-mpc have"):
        model_of(agents.make("dagger", env))


def test_times_are_multiples_of_an_action():
    model = agents.make("oracle-mpc", make_env("GridNav-v0", {"size": 8})).model
    assert steps_of((), model) == (1, 2, 4, 6, 8)
    with pytest.raises(ValueError, match=r"expected multiples of 1, got 1\.5"):
        steps_of((1.5,), model)
