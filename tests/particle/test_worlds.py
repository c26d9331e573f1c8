"""The task of two goals: what counts, in which order, and that the expert always makes it in time."""

import gymnasium
import numpy as np
import pytest

from envs.kernels.particle import RADIUS

HERE, THERE, AWAY = 0.2, 0.8, 0.5


def particle(**arguments):
    """A world on a line, its particle away from both goals, which lie at HERE and THERE."""
    env = gymnasium.make("crossroads/Particle-v0", **{"dims": 1, **arguments}).unwrapped
    env.reset(seed=0)
    place(env, AWAY)
    return env


def place(env, position, *, first_goal=HERE, second_goal=THERE):
    """Put the particle somewhere, at rest, as if its episode had begun there."""
    state = env.get_state()
    state.position[...], state.first_goal[...], state.second_goal[...] = position, first_goal, second_goal
    state.velocity[...], state.touched[...], state.mode[...], state.waited[...] = 0.0, 0, -1, -1
    env.set_state(state)


def move(env, position):
    """Put the particle somewhere, at rest, in the middle of its episode."""
    state = env.get_state()
    state.position[...], state.velocity[...] = position, 0.0
    env.set_state(state)


def stay(env):
    """Let the particle be pulled to where it is; the step's (reward, terminated, truncated, metrics)."""
    set_point = np.clip(env.get_state().position[0, 0], 0, 1).astype(np.float32)
    _, reward, terminated, truncated, info = env.step(set_point)
    return reward, terminated, truncated, info.get("metrics")


def visit(env, *places):
    """Be at these places in turn, a step each; the last step's (reward, terminated, truncated, metrics)."""
    for position in places:
        move(env, position)
        result = stay(env)
    return result


def test_both_goals_in_their_order_are_a_success_worth_one():
    reward, terminated, truncated, metrics = visit(particle(), HERE, AWAY, THERE)
    assert (reward, terminated, truncated) == (1.0, True, False)
    assert (metrics["success"], metrics["score"], metrics["length"], metrics["mode"]) == (1.0, 1.0, 3.0, 0.0)
    assert metrics["final_distance"] == pytest.approx(0.0, abs=1e-6)


def test_nothing_short_of_success_is_worth_anything():
    env = particle()
    for position in (AWAY, HERE, HERE, AWAY):
        move(env, position)
        assert stay(env) == (0.0, False, False, None)


def test_the_other_order_counts_where_either_may_be_first_and_nowhere_else():
    assert visit(particle(), THERE, HERE)[1] is False
    _, terminated, _, metrics = visit(particle(multimodal=True), THERE, HERE)
    assert terminated
    assert metrics["mode"] == 1.0


def test_who_came_to_the_second_goal_too_early_has_to_come_again():
    _, terminated, _, metrics = visit(particle(), THERE, HERE, AWAY, THERE)
    assert terminated
    assert metrics["mode"] == 1.0, "it was touched first, whether or not that counted"


@pytest.mark.parametrize(("away", "is_touched"), [(RADIUS - 1e-6, True), (RADIUS + 1e-6, False)])
def test_a_goal_is_touched_within_its_radius(away, is_touched):
    env = particle(max_steps=2)
    *_, metrics = visit(env, HERE + away, THERE - away)
    assert metrics["success"] == is_touched
    assert metrics["mode"] == 0.0 if is_touched else np.isnan(metrics["mode"])


def test_the_radius_is_of_a_ball_and_not_of_a_cube():
    env = particle(dims=2, max_steps=2)
    inside, corner = RADIUS / np.sqrt(2) - 1e-6, RADIUS - 1e-6
    assert visit(env, HERE + np.array([inside, inside]), THERE)[3]["success"] == 1.0
    assert visit(particle(dims=2, max_steps=2), HERE + np.array([corner, corner]), THERE)[3]["success"] == 0.0


def test_passing_by_within_an_action_touches_nothing():
    env = particle(max_steps=3)
    assert visit(env, HERE - 2 * RADIUS, HERE + 2 * RADIUS, THERE)[3]["success"] == 0.0


def test_goals_that_overlap_can_be_touched_in_one_step():
    env = particle()
    place(env, AWAY, first_goal=0.3, second_goal=0.34)
    assert visit(env, 0.31)[1]


def test_who_begins_at_a_goal_has_touched_it():
    worlds = gymnasium.make_vec("crossroads/Particle-v0", 2000, dims=1)
    worlds.reset(seed=0)
    state = worlds.get_state()
    begins_there = abs(state.position - state.first_goal)[:, 0, 0] <= RADIUS
    assert begins_there.any()
    assert np.array_equal(state.touched[:, 0, 0] == 1, begins_there)


def test_an_episode_ends_after_fifty_steps():
    env = particle(dims=2)
    ends = [stay(env)[1:3] for _ in range(50)]
    assert ends == [(False, False)] * 49 + [(False, True)]


@pytest.mark.parametrize(
    ("multimodal", "places", "distance"),
    [
        (False, (0.7,), 0.5),
        (False, (HERE, 0.5), 0.3),
        (False, (THERE, 0.5), 0.3),
        (True, (0.7,), 0.1),
        (True, (HERE, 0.3), 0.5),
        (True, (THERE, 0.3), 0.1),
    ],
)
def test_the_final_distance_is_to_the_goal_that_is_still_to_be_touched(multimodal, places, distance):
    env = particle(multimodal=multimodal, max_steps=len(places))
    assert visit(env, *places)[3]["final_distance"] == pytest.approx(distance, abs=1e-6)


def test_without_velocity_the_rest_is_the_same():
    seen, hidden = (gymnasium.make("crossroads/Particle-v0", dims=3, hide_velocity=hide) for hide in (False, True))
    assert set(seen.observation_space) - set(hidden.observation_space) == {"velocity"}
    assert set(hidden.observation_space) == {"position", "first_goal", "second_goal"}
    whole, partial = seen.reset(seed=3)[0], hidden.reset(seed=3)[0]
    assert all(np.array_equal(whole[key], partial[key]) for key in partial)


def play(num_episodes, **arguments):
    """Metrics [name][episode] of the expert on test levels, and which goal it meant to go to first."""
    worlds = gymnasium.make_vec("crossroads/Particle-v0", num_episodes, split="test", **arguments)
    worlds.reset(seed=0)
    order, found, running = worlds.get_state().order[:, 0], {}, np.ones(num_episodes, np.bool_)
    while running.any():
        *_, terminated, truncated, infos = worlds.step(worlds.oracle_action())
        now = (terminated | truncated) & running
        for name in worlds.unwrapped.worlds.metric_names if now.any() else ():
            found.setdefault(name, np.zeros(num_episodes))[now] = infos["metrics"][name][now]
        running &= ~now
    return found, order


@pytest.mark.parametrize("dims", [1, 2, 4, 5, 8, 16, 32])
@pytest.mark.parametrize("multimodal", [False, True])
def test_the_expert_always_makes_it_in_time(dims, multimodal):
    metrics, _ = play(1000, dims=dims, multimodal=multimodal)
    assert metrics["success"].all()


def test_the_expert_shows_both_ways_where_there_are_two():
    metrics, order = play(1000, dims=16, multimodal=True)
    assert np.array_equal(metrics["mode"], order), "nobody passes a goal by chance in sixteen dimensions"
    assert metrics["mode"].mean() == pytest.approx(0.5, abs=0.08)
    assert not play(200, dims=16)[0]["mode"].any()


def test_the_expert_waits_a_step_near_the_first_goal():
    env = particle()
    assert env.oracle_action() == pytest.approx(HERE)
    move(env, HERE + 0.02)
    stay(env)
    assert env.oracle_action() == pytest.approx(HERE), "touched, but not near"
    move(env, HERE + 0.005)
    stay(env)
    assert env.oracle_action() == pytest.approx(HERE), "near, for the first time"
    stay(env)
    assert env.oracle_action() == pytest.approx(THERE)


def test_particles_of_several_agents_do_not_meet():
    import envs

    many = envs.parallel_env("crossroads/Particle-v0", 3)
    many.reset(seed=0)
    alone = gymnasium.make("crossroads/Particle-v0").unwrapped
    alone.reset(seed=0)
    for _ in range(20):
        advice = many.oracle_action()
        observed = many.step(advice | {"agent_2": np.full(2, 0.5, np.float32)})[0]
        expected = alone.step(advice["agent_0"])[0]
        assert all(np.array_equal(observed["agent_0"][key], expected[key]) for key in expected)
    assert len({tuple(observed[agent]["first_goal"]) for agent in observed}) == 3
