"""Every face draws, and drawing changes nothing."""

import gymnasium
import numpy as np
import pytest
from bitwise import assert_same
from gymnasium import wrappers
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import vector as vector_wrappers
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3
from worlds_for_tests import every_id, every_world


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """A window that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def is_frame(frame):
    return frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3 and frame.std() > 0


@every_id
@pytest.mark.filterwarnings("error")
@pytest.mark.usefixtures("loud")
def test_checkers_are_silent_about_rendering(world):
    check_env(world.single(render_mode="rgb_array"))
    check_env_for_sb3(world.single(render_mode="rgb_array"), warn=not world.is_particle)  # see test_checkers


@every_world
def test_drawing_changes_nothing(world):
    drawn, quiet = world.single(render_mode="rgb_array"), world.single()
    assert_same(drawn.reset(seed=3), quiet.reset(seed=3))
    for _ in range(6):
        before = drawn.get_state()
        first, second = drawn.render(), drawn.render()
        assert is_frame(first)
        assert_same(first, second)
        assert first is not second
        assert_same(before, drawn.get_state())
        advice = quiet.oracle_action()
        after = drawn.step(advice)
        assert_same(after, quiet.step(advice))
        if after[2] or after[3]:
            break


@every_world
def test_a_batch_draws_one_frame_for_each_world(world):
    batch = world.batch(3, render_mode="rgb_array")
    batch.reset(seed=0)
    frames = batch.render()
    assert len(frames) == 3
    assert all(map(is_frame, frames))
    assert len({frame.tobytes() for frame in frames}) == 3
    assert world.batch(1).render() is None


@every_world
def test_a_world_of_agents_is_drawn(world):
    env = world.parallel(2, render_mode="rgb_array")
    env.reset(seed=0)
    assert is_frame(env.render())
    env.step(env.oracle_action())
    assert is_frame(env.render())


@every_id
def test_a_step_is_seen(world):
    env = world.single(render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    env.step(env.oracle_action())
    assert env.render().tobytes() != before.tobytes()


@every_id
def test_windows_open_with_the_episode_and_close(world):
    for env in (world.single(render_mode="human"), world.parallel(1, render_mode="human")):
        env.reset(seed=0)
        assert env.render() is None
        env.close()
        env.close()


@every_id
def test_frames_are_collected(world):
    env = wrappers.RenderCollection(gymnasium.make(world.id, render_mode="rgb_array", **world.arguments))
    env.reset(seed=0)
    env.step(env.unwrapped.oracle_action())
    assert [is_frame(frame) for frame in env.render()] == [True, True]


@every_id
def test_videos_are_recorded(world, tmp_path):
    pytest.importorskip("moviepy", reason="gymnasium's RecordVideo needs moviepy")
    env = gymnasium.make(world.id, render_mode="rgb_array", max_steps=3, **world.arguments)
    env = wrappers.RecordVideo(env, str(tmp_path / "single"), episode_trigger=lambda _: True)
    env.reset(seed=0)
    for _ in range(3):
        *_, terminated, truncated, _ = env.step(env.unwrapped.oracle_action())
        if terminated or truncated:
            break
    env.close()
    assert [path.stat().st_size > 0 for path in (tmp_path / "single").glob("*.mp4")] == [True]
    batch = world.having(max_steps=3).batch(2, render_mode="rgb_array")
    batch = vector_wrappers.RecordVideo(batch, str(tmp_path / "batch"), video_length=3, step_trigger=lambda k: k == 0)
    batch.reset(seed=0)
    for _ in range(4):
        batch.step(batch.unwrapped.oracle_action())
    batch.close()
    assert len(list((tmp_path / "batch").glob("*.mp4"))) >= 1


@every_id
def test_asking_for_a_frame_without_a_mode_says_how_to_get_one(world):
    env = world.single()
    env.reset(seed=0)
    with pytest.warns(UserWarning, match=rf'gymnasium.make\("{world.id}", render_mode="rgb_array"\)'):
        assert env.render() is None


@every_id
@pytest.mark.filterwarnings("ignore:.*render_mode")
def test_unknown_modes_name_the_nearest(world):
    expected = r"Unknown render_mode 'rgb_aray'\. Did you mean 'rgb_array'\?"
    for make in (world.single, lambda **mode: world.batch(2, **mode), lambda **mode: world.parallel(1, **mode)):
        with pytest.raises(ValueError, match=expected):
            make(render_mode="rgb_aray")
