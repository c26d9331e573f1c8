import imageio.v3 as iio
import numpy as np
import pytest

import agents
from experiments.environments import make_env
from experiments.render import Args, episode_frames, film, main, pictures

SMALL = {"size": 8}


@pytest.fixture(scope="module")
def env():
    return make_env("GridNav-v0", SMALL, render_mode="rgb_array")


def test_an_episode_has_a_frame_per_observation(env):
    frames = list(episode_frames(agents.make("oracle", env), env, 2_000_000_000))
    env.reset(seed=2_000_000_000, options={"level": 2_000_000_000})
    done, steps = False, 0
    while not done:
        _, _, terminated, truncated, _ = env.step(env.unwrapped.oracle_action())
        done, steps = terminated or truncated, steps + 1
    assert len(frames) == steps + 1
    assert len({frame.shape for frame in frames}) == 1
    assert not np.array_equal(frames[0], frames[-1])


def test_what_the_agent_thinks_of_is_drawn_unless_it_should_not(env):
    oracle = agents.make("oracle", env)
    with_plan, without = (next(episode_frames(oracle, env, 7, explain=shown)) for shown in (True, False))
    env.reset(seed=7, options={"level": 7})
    np.testing.assert_array_equal(without, env.render())
    assert not np.array_equal(with_plan, without)


def test_explanations_lose_their_batch_axis_on_the_way(env, monkeypatch):
    class Thinker(agents.agent_class("random")):
        def explain(self, observation, state=None):
            assert observation["occupancy"].shape == (1, 3, 8, 8)
            return {"value_map": np.zeros((1, 8, 8)), "plan": np.ones((1, 5, 2), int)}

    shown = []
    monkeypatch.setattr(env.unwrapped, "set_overlay", shown.append)
    next(episode_frames(Thinker.for_env(env), env, 7))
    assert {key: array.shape for key, array in shown[0].items()} == {"value_map": (8, 8), "plan": (5, 2)}


def test_the_last_frame_stands_still(env):
    oracle = agents.make("oracle", env)
    once, held = (list(film(oracle, env, [3, 4], hold=hold)) for hold in (0, 5))
    assert len(held) == len(once) + 2 * 5
    assert all(np.array_equal(frame, held[-1]) for frame in held[-6:])


def test_a_picture_shows_how_episodes_begin(env):
    oracle = agents.make("oracle", env)
    one, four = pictures(oracle, env, [3]), pictures(oracle, env, [3, 4, 5, 6])
    assert four.shape[0] > 2 * one.shape[0]
    assert four.shape[1] > 2 * one.shape[1]


def test_a_picture_after_some_steps_is_that_frame_of_the_film_and_later_ones_are_its_last(env):
    oracle = agents.make("oracle", env)
    frames = list(episode_frames(oracle, env, 3))
    for after, frame in ((0, frames[0]), (2, frames[2]), (10_000, frames[-1])):
        np.testing.assert_array_equal(pictures(oracle, env, [3], after=after), frame)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".mp4"])
def test_files_are_written_by_suffix(tmp_path, suffix):
    out = tmp_path / f"nav{suffix}"
    main(Args(env="GridNav-v0", env_args=("size=8",), agent="oracle", level=(3,), out=out))
    assert iio.imread(out).shape[-1] == 3


def test_an_unknown_suffix_is_refused_before_anything_is_played(tmp_path):
    with pytest.raises(ValueError, match=r"suffix '\.avi'"):
        main(Args(env="GridNav-v0", agent="oracle", out=tmp_path / "nav.avi"))
