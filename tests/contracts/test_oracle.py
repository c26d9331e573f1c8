"""The oracle knows the way, beats chance, and only looks."""

import numpy as np
import pytest
from bitwise import assert_same
from worlds_for_tests import CASES, PLAIN_CASES, every_world

GRID_CASES = [case for case in CASES if case.name.startswith("Grid")]
every_grid = pytest.mark.parametrize("world", GRID_CASES, indirect=True, ids=str)


def returns(world, episodes, choose):
    """Return and metrics of each lane's first episode, by actions `choose(batch)`."""
    batch = world.batch(episodes, autoreset_mode="SAME_STEP")
    batch.action_space.seed(0)
    batch.reset(seed=0)
    total, running, metrics = np.zeros(episodes), np.ones(episodes, bool), [{} for _ in range(episodes)]
    while running.any():
        _, reward, terminated, truncated, infos = batch.step(choose(batch))
        total += np.where(running, reward, 0.0)
        for i in np.flatnonzero(running & (terminated | truncated)):
            found = infos["final_info"]["metrics"]
            metrics[i] = {name: found[name][i] for name in found if not name.startswith("_")}
        running &= ~(terminated | truncated)
    return total, metrics


@every_world
def test_the_oracle_beats_random_actions(world):
    advised, _ = returns(world, 12, lambda batch: batch.oracle_action())
    chance, _ = returns(world, 12, lambda batch: batch.action_space.sample())
    assert advised.mean() > chance.mean()
    if world.is_predictable:
        assert (advised >= chance).all()


@every_grid
@pytest.mark.parametrize("tie_break", ["first", "vin", "coin"])
def test_alone_and_without_slipping_the_oracle_is_perfect(world, tie_break):
    alone = world.having(num_actors=1, slip=0.0, tie_break=tie_break)
    _, metrics = returns(alone, 25, lambda batch: batch.oracle_action())
    for found in metrics:
        assert found["success"] == 1.0
        assert found["collisions"] == 0.0
        assert found["score"] == pytest.approx(1.0, abs=1e-12)
        assert found["path_ratio"] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("world", [case for case in PLAIN_CASES if "Crowd" in case.name], indirect=True, ids=str)
def test_among_others_the_oracle_mostly_arrives(world):
    _, metrics = returns(world, 40, lambda batch: batch.oracle_action())
    assert np.mean([found["success"] for found in metrics]) > 0.8


@every_grid
@pytest.mark.parametrize("tie_break", ["first", "vin", "coin"])
def test_the_mask_of_optimal_actions_holds_the_oracles(world, tie_break):
    batch = world.having(tie_break="first" if "slip" in world.arguments and tie_break == "vin" else tie_break).batch(10)
    batch.action_space.seed(0)
    batch.reset(seed=0)
    for step in range(30):
        masks, advice, state = batch.worlds.optimal_actions()[:, 0], batch.oracle_action(), batch.get_state()
        live = state.active[:, 0] == 1
        assert masks[live].any(axis=1).all()
        is_optimal = np.take_along_axis(masks, advice[:, None], 1)[:, 0]
        if batch.config.num_actors > 1:  # Somebody in the way: wait, and after two waits step aside.
            is_optimal |= (state.patience[:, 0] >= 2) | (batch.config.wait & (advice == batch.config.connectivity))
        assert is_optimal[live].all()
        batch.step(advice if step % 2 else batch.action_space.sample())


@every_world
def test_advice_lies_in_the_action_space(world):
    env, batch, many = world.single(), world.batch(3), world.parallel(2)
    for face in (env, batch, many):
        face.reset(seed=0)
    for _ in range(5):
        assert env.action_space.contains(env.oracle_action())
        assert batch.action_space.contains(batch.oracle_action())
        assert all(many.action_space(agent).contains(action) for agent, action in many.oracle_action().items())
        batch.step(batch.oracle_action())


@every_world
def test_asking_the_oracle_changes_nothing(world):
    asked, quiet = world.single(), world.single()
    asked.action_space.seed(0)
    asked.reset(seed=0)
    quiet.reset(seed=0)
    for _ in range(25):
        before = asked.get_state()
        asked.oracle_action()
        asked.oracle_action()
        assert_same(before, asked.get_state())
        action = asked.action_space.sample()
        after = asked.step(action)
        assert_same(after, quiet.step(action))
        if after[2] or after[3]:
            assert_same(asked.reset(), quiet.reset())


@every_world
def test_the_oracle_asks_again_and_answers_the_same(world):
    batch, threaded = world.batch(5), world.batch(5, num_threads=2)
    batch.reset(seed=0)
    threaded.reset(seed=0)
    for _ in range(6):
        advice = batch.oracle_action()
        assert_same(advice, batch.oracle_action())
        assert_same(advice, threaded.oracle_action())
        batch.step(advice)
        threaded.step(advice)
    again = world.batch(5)
    again.set_state(batch.get_state())
    assert_same(batch.oracle_action(), again.oracle_action())
