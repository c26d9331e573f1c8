"""A particle is pulled as ten small steps pull it, touches what it comes near to, and never leaves its bounds."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.play import begun
from kernels.small_worlds import generator_of, scaled
from twins import particle as twin

from envs.kernels.particle import DAMPING, DT, METRICS, NEAR, RADIUS, STIFFNESS, SUBSTEPS, WAIT
from envs.particle.dynamics import action_map, reach
from envs.particle.worlds import Particle

unit = st.floats(0.0, 1.0, width=32)
KINDS = [(1, False), (2, False), (3, True), (5, False), (16, True)]
every_kind = pytest.mark.parametrize(("dims", "multimodal"), KINDS)


def twins_of(worlds):
    """The same episodes, one particle at a time."""
    state = worlds.state
    return [
        twin.Episode(
            state.position[w, 0].tolist(),
            (state.first_goal[w, 0].tolist(), state.second_goal[w, 0].tolist()),
            multimodal=worlds.config.multimodal,
            aim=int(state.order[w, 0]),
        )
        for w in range(worlds.num_worlds)
    ]


def wander(worlds, rng):
    """The expert's set-points in every other world, and ones that pass by the goals in the others."""
    advice = worlds.oracle_action()
    shaken = np.clip(advice + rng.normal(0, 0.1, advice.shape), 0, 1)
    kind = rng.integers(3, size=(worlds.num_worlds, 1, 1))
    kind[::2] = 2
    return np.select([kind == 0, kind == 1], [rng.random(advice.shape), shaken], advice).astype(np.float32)


def test_the_twin_has_the_same_constants():
    ours = (DT, SUBSTEPS, STIFFNESS, DAMPING, RADIUS, NEAR, WAIT)
    assert ours == (twin.DT, twin.SUBSTEPS, twin.STIFFNESS, twin.DAMPING, twin.RADIUS, twin.NEAR, twin.WAIT)


@every_kind
def test_the_kernel_plays_as_its_twin(dims, multimodal):
    count = scaled(60, 6)
    worlds, rng = begun(Particle, count, dims=dims, multimodal=multimodal), generator_of(dims)
    slow, output = twins_of(worlds), worlds.output
    for _ in range(50):
        live, actions = np.flatnonzero(worlds.live_agents()[:, 0]), wander(worlds, rng)
        assert worlds.oracle_action()[live, 0] == pytest.approx(np.array([slow[w].advice() for w in live]), abs=1e-7)
        worlds.step(actions)
        for w in live:
            slow[w].act(actions[w, 0].tolist())
            assert worlds.state.position[w, 0] == pytest.approx(slow[w].trail[-1], abs=1e-12)
            assert worlds.state.velocity[w, 0] == pytest.approx(slow[w].velocity, abs=1e-12)
            assert output.reward[w, 0] == output.terminated[w, 0] == slow[w].success()
            assert output.truncated[w, 0] == (not slow[w].success() and worlds.state.steps[w] == 50)
    assert not worlds.live_agents().any()
    assert output.metrics[::2, 0, 0].all(), "the expert arrives"
    for row, episode in zip(output.metrics[:, 0].tolist(), slow, strict=True):
        success, length = float(episode.success()), len(episode.trail) - 1
        expected = (success, success, length, episode.mode(), episode.final_distance())
        assert dict(zip(METRICS, row, strict=True)) == pytest.approx(
            dict(zip(METRICS, expected, strict=True)), abs=1e-12, nan_ok=True
        )


@given(unit, st.floats(-1.0, 1.0), unit, st.integers(0, 60))
def test_a_set_point_that_stays_gives_the_closed_form_of_a_damped_spring(place, velocity, set_point, actions):
    # Each physics step multiplies by one of two numbers, 1 + DT s with s^2 + DAMPING s + STIFFNESS = 0.
    s = (-DAMPING + cmath.sqrt(DAMPING**2 - 4 * STIFFNESS)) / 2
    offset = place - set_point
    share = (velocity - s.conjugate() * offset) / (s - s.conjugate())
    found = 2 * (share * (1 + DT * s) ** (SUBSTEPS * actions)).real
    after = np.linalg.matrix_power(action_map(), actions) @ (offset, velocity)
    assert after[0] == pytest.approx(found, abs=1e-12)


@given(st.lists(st.tuples(unit, unit), min_size=1, max_size=6))
def test_dimensions_do_not_feel_each_other(set_points):
    alone, together = begun(Particle, 2, dims=1), begun(Particle, 1, dims=2)
    for worlds in (alone, together):
        worlds.state.first_goal[:] = 2.0  # out of reach: nobody ends
    alone.state.position[:, 0, 0] = together.state.position[0, 0]
    for now in np.array(set_points, np.float32):
        together.step(now[None, None])
        alone.step(now[:, None, None])
        assert np.array_equal(together.state.position[0, 0], alone.state.position[:, 0, 0])


def worst_set_points(row, count):
    """The set-points in {0, 1} that drive the position (row 0) or the velocity (row 1) furthest up in `count` actions.

    Each one counts with the sign of what it adds; the particle begins at whichever side helps.
    """
    once = action_map()
    adds = [(np.linalg.matrix_power(once, k) @ (np.array([1.0, 0.0]) - once[:, 0]))[row] for k in range(count)]
    begin = float(np.linalg.matrix_power(once, count)[row, 0] > 0)
    return begin, [float(add > 0) for add in reversed(adds)]


@pytest.mark.parametrize("row", [0, 1])
def test_bounds_are_reached_and_never_exceeded(row):
    best = 0.0
    for count in range(1, 100):
        position, set_points = worst_set_points(row, count)
        motion = [position], [0.0]
        for set_point in set_points:
            motion = twin.pull(*motion, [set_point])
            assert abs(motion[0][0] - 0.5) <= reach()[0]
            assert abs(motion[1][0]) <= reach()[1]
        best = max(best, motion[row][0] - (0.5 if row == 0 else 0.0))
    assert reach()[row] - 0.001 <= best <= reach()[row]


def test_random_set_points_at_the_sides_stay_within_the_bounds():
    worlds, rng = begun(Particle, scaled(200, 10), dims=8, max_steps=10**6), generator_of(0)
    worlds.state.first_goal[:] = 2.0  # out of reach
    for _ in range(scaled(300, 60)):
        worlds.step((rng.random(worlds.state.position.shape) < 0.5).astype(np.float32))
        assert (abs(worlds.state.position - 0.5) <= reach()[0]).all()
        assert (abs(worlds.state.velocity) <= reach()[1]).all()


def test_position_and_goals_are_uniform_and_independent():
    worlds = begun(Particle, scaled(4000, 400), dims=3, levels=range(scaled(4000, 400)))
    numbers = np.concatenate([getattr(worlds.state, key)[:, 0] for key in ("position", "first_goal", "second_goal")], 1)
    count = len(numbers)
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert numbers.mean(axis=0) == pytest.approx(0.5, abs=5 * math.sqrt(1 / 12 / count))
    assert numbers.var(axis=0) == pytest.approx(1 / 12, abs=5 * math.sqrt(1 / 180 / count))
    assert np.corrcoef(numbers.T) == pytest.approx(np.eye(9), abs=5 / math.sqrt(count))
    assert not worlds.state.velocity.any()


def test_the_coin_of_an_episode_is_fair_and_of_the_seed_alone():
    count = scaled(4000, 400)
    worlds = begun(Particle, count, multimodal=True, levels=np.full(count, 7))
    again = begun(Particle, count, multimodal=True, levels=np.full(count, 8))
    assert np.array_equal(worlds.state.order, again.state.order)
    assert worlds.state.order.mean() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(count))
    worlds.begin(np.ones(count, np.bool_), np.full(count, 7))
    assert (worlds.state.order != again.state.order).mean() == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(count))
    assert not begun(Particle, count).state.order.any()
