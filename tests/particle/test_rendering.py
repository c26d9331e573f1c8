"""Pictures in any number of dimensions, with what an agent means to do."""

import gymnasium
import numpy as np
import pytest

from envs.core.drawing import palette
from envs.particle.render import STATUSES, Scene, paint

every_dims = pytest.mark.parametrize("dims", [1, 2, 3, 16, 64])


def scene(dims, **changes):
    """A particle that has come from one corner towards another."""
    trail = np.linspace(0.1, 0.4, 6)[:, None] + np.linspace(0.0, 0.2, dims)
    return Scene(
        **{
            "position": trail[-1],
            "velocity": np.full(dims, 0.3),
            "goals": np.array([np.full(dims, 0.8), np.linspace(0.2, 0.9, dims)]),
            "touched": np.array([True, False]),
            "radius": 0.05,
            "trail": trail,
            "step": 5,
            "max_steps": 50,
            "caption": "Particle-v0  level 7",
            **changes,
        }
    )


@every_dims
def test_the_same_scene_gives_the_same_bytes_of_even_sides(dims):
    first, second = paint(scene(dims)), paint(scene(dims))
    assert np.array_equal(first, second)
    assert (first.dtype, first.shape[0] % 2, first.shape[1] % 2) == (np.uint8, 0, 0)


@every_dims
@pytest.mark.parametrize(
    "changes",
    [
        {"position": 0.9},
        {"goals": 0.5},
        {"touched": np.array([True, True])},
        {"status": "success"},
        {"status": "timeout"},
        {"caption": "Particle-v0  level 8"},
        {"overlay": {"plan": 0.6}},
        {"overlay": {"samples": 0.6}},
    ],
    ids=str,
)
def test_whatever_changes_is_seen(dims, changes):
    shapes = {"position": (dims,), "goals": (2, dims), "plan": (4, dims), "samples": (3, 4, dims)}
    full = {key: np.full(shapes[key], value) if key in shapes else value for key, value in changes.items()}
    if "overlay" in full:
        full["overlay"] = {key: np.full(shapes[key], value) for key, value in full["overlay"].items()}
    assert not np.array_equal(paint(scene(dims)), paint(scene(dims, **full)))


def colour_at(image, x, y):
    """What is drawn at (x, y) of the plane."""
    from envs.particle.render import frame

    return tuple(image[int(frame.up(y)), int(frame.right(x))].tolist())


def test_in_the_plane_things_lie_where_they_are():
    image = paint(scene(2, goals=np.array([[0.1, 0.9], [0.9, 0.15]]), position=np.array([0.7, 0.5])))
    assert colour_at(image, 0.7, 0.5) == palette.AGENT
    assert colour_at(image, 0.14, 0.9) == palette.GOAL, "touched goals are full"
    assert colour_at(image, 0.1 + 0.06, 0.9 + 0.06) == palette.WHITE
    assert colour_at(image, 0.95, 0.95) == palette.WHITE


@pytest.mark.parametrize(
    ("touched", "any_order", "expected"),
    [
        ((False, False), False, (True, False)),
        ((True, False), False, (False, True)),
        ((False, False), True, (True, True)),
        ((False, True), True, (True, False)),
        ((True, True), False, (False, False)),
    ],
)
def test_which_goal_is_next(touched, any_order, expected):
    now = scene(2, touched=np.array(touched), any_order=any_order)
    assert (now.is_next(0), now.is_next(1)) == expected


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"plans": np.zeros((2, 2))}, r"Unknown overlay 'plans'\. Did you mean 'plan'\?"),
        (
            {"plan": np.zeros((2, 3))},
            r"overlay 'plan' must have axes \('time', 'dim'\) with 2 dims, got shape \(2, 3\)",
        ),
        ({"samples": np.zeros((2, 2))}, r"overlay 'samples' must have axes \('candidate', 'time', 'dim'\)"),
        ({"plan": np.array([[0.1, np.nan]])}, r"'plan' must hold finite set-points, got nan at \(0, 1\)"),
    ],
)
def test_overlays_that_do_not_fit_are_refused(overlay, message):
    with pytest.raises(ValueError, match=message):
        scene(2, overlay=overlay)


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="Unknown status 'won'"):
        scene(2, status="won")
    assert STATUSES == ("running", "success", "timeout")


def test_the_trail_begins_anew_with_the_episode_and_with_an_earlier_state():
    env = gymnasium.make("crossroads/Particle-v0", render_mode="rgb_array").unwrapped
    env.reset(seed=0, options={"level": 3})
    fresh, state = env.render(), env.get_state()
    for _ in range(5):
        env.step(env.oracle_action())
        env.render()
    env.set_state(state)
    assert np.array_equal(env.render(), fresh)
    env.reset(options={"level": 3})
    assert np.array_equal(env.render(), fresh)


def test_what_an_agent_means_is_drawn_over_the_world():
    env = gymnasium.make("crossroads/Particle-v0", dims=4, render_mode="rgb_array").unwrapped
    env.reset(seed=0)
    plain = env.render()
    env.set_overlay({"plan": np.full((8, 4), 0.5), "samples": np.full((5, 8, 4), 0.3)})
    assert not np.array_equal(env.render(), plain)
    env.set_overlay({})
    assert np.array_equal(env.render(), plain)
