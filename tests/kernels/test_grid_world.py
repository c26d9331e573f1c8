"""Episodes: rewards, ends and metrics are those of a replay by hand."""

import naive
import numpy as np
import pytest
from kernels.play import begun, grid_of, places, random_actions
from kernels.small_worlds import generator_of, scaled

from envs.core.worlds import NEXT_STEP
from envs.gridworld.crowd import GridCrowd
from envs.gridworld.maze import GridMaze
from envs.gridworld.nav import GridNav
from envs.gridworld.terrain import GridTerrain

TASKS = {
    "eight moves": (GridNav, {"size": 8}),
    "no corners": (GridNav, {"size": (7, 11), "corner_cutting": "forbid", "diagonal_cost": 1.0}),
    "four moves": (GridMaze, {"size": 9, "wait": True, "max_steps": 70}),
    "terrain": (GridTerrain, {"size": 8, "terrain_costs": (1.0, 2.5, 7.0), "terrain_names": ("road", "sand", "mud")}),
    "short": (GridNav, {"size": 12, "max_steps": 6}),
    "crash": (GridNav, {"size": 8, "on_collision": "terminate", "collision_weight": 0.3, "path_weight": 0.1}),
    "team": (GridCrowd, {"size": 9, "num_agents": 4, "num_actors": 5, "max_steps": 40}),
}
every_task = pytest.mark.parametrize("task", TASKS)


def play(task, num_worlds, *, share_of_chance=0.4):
    """Play worlds to their end, mostly by the oracle: yields (worlds, cells before, who was active, actions)."""
    family, arguments = TASKS[task]
    worlds, rng = begun(family, num_worlds, **arguments), generator_of(5)
    while not worlds.output.is_over.all():
        actions = worlds.oracle_action()
        by_chance = rng.random(actions.shape) < share_of_chance
        actions[by_chance] = random_actions(worlds, rng)[by_chance]
        before, active = worlds.state.cell.copy(), worlds.state.active.astype(bool)
        over = worlds.output.is_over.astype(bool)
        worlds.step(actions)
        yield worlds, before, active & ~over[:, None], actions


@every_task
def test_rewards_costs_and_metrics_are_those_of_a_replay(task):
    num_worlds = scaled(24, 12)
    tallies = {}
    for worlds, before, active, actions in play(task, num_worlds):
        config, output = worlds.config, worlds.output
        for w, agent in zip(*np.nonzero(active[:, : worlds.num_agents]), strict=True):
            grid, cell = grid_of(worlds, w), tuple(before[w, agent].tolist())
            after, move = tuple(worlds.state.cell[w, agent].tolist()), int(actions[w, agent])
            arrived, hit = after == places(worlds.state.goal[w])[agent], after == cell and move < config.connectivity
            if worlds.config.num_actors == 1:
                assert (after, hit) == naive.step(grid, cell, move)[::2]
            cost = naive.Cost(1) if after == cell else naive.move_cost(grid, after, move)
            tally = tallies.setdefault((w, agent), {"cost": naive.Cost(), "hits": 0, "steps": 0})
            tally["cost"], tally["hits"], tally["steps"] = tally["cost"] + cost, tally["hits"] + hit, tally["steps"] + 1
            terms = [config.goal_reward * arrived, -config.path_weight * float(cost), -config.collision_weight * hit]
            assert output.reward_terms[w, agent].tolist() == pytest.approx(terms)
            assert output.reward[w, agent] == pytest.approx(sum(terms))
            crashed = hit and config.on_collision == "terminate"
            assert output.terminated[w, agent] == (arrived or crashed)
            late = tally["steps"] == config.step_limit
            assert output.truncated[w, agent] == (late and not arrived and not crashed)
            if arrived or crashed or late:
                check_metrics(worlds, w, agent, tally, arrived)
    assert len(tallies) == num_worlds * worlds.num_agents


def check_metrics(worlds, w, agent, tally, arrived):
    metrics = dict(zip(worlds.metric_names, worlds.output.metrics[w, agent].tolist(), strict=True))
    start, goal = places(worlds.state.start[w])[agent], places(worlds.state.goal[w])[agent]
    best, cost = float(naive.shortest_paths(grid_of(worlds, w), goal)[start]), float(tally["cost"])
    expected = {
        "success": float(arrived),
        "score": best / max(best, cost) if arrived else 0.0,
        "length": tally["steps"],
        "collisions": tally["hits"],
        "path_cost": cost,
        "path_ratio": cost / best if arrived else np.nan,
    }
    assert metrics == pytest.approx(expected, nan_ok=True)


@every_task
def test_no_episode_is_both_terminated_and_truncated_and_every_one_ends(task):
    for worlds, *_ in play(task, scaled(40, 4), share_of_chance=0.9):
        output = worlds.output
        assert not (output.terminated & output.truncated).any()
        ended = (output.terminated | output.truncated).all(axis=1)
        np.testing.assert_array_equal(ended, output.is_over == 1)
        assert (worlds.state.steps <= worlds.config.step_limit).all()


@pytest.mark.parametrize("task", ["eight moves", "no corners", "four moves", "terrain"])
def test_the_oracle_always_arrives_at_the_optimal_cost(task):
    *_, (worlds, *_) = play(task, scaled(60, 5), share_of_chance=0.0)
    metrics = worlds.output.metrics[:, 0]
    success, score, _, collisions, path_cost, path_ratio = metrics.T
    assert (success == 1).all()
    assert (collisions == 0).all()
    np.testing.assert_allclose([score, path_ratio], 1.0)
    np.testing.assert_allclose(path_cost, [worlds.optimal_cost(w) for w in range(worlds.num_worlds)])


@pytest.mark.parametrize("task", ["eight moves", "no corners", "four moves", "terrain"])
def test_the_oracle_takes_the_first_of_the_optimal_moves(task):
    family, arguments = TASKS[task]
    worlds = begun(family, scaled(50, 5), **arguments)
    masks, advice = worlds.optimal_actions()[:, 0], worlds.oracle_action()[:, 0]
    np.testing.assert_array_equal(masks.argmax(axis=1), advice)
    for w in range(worlds.num_worlds):
        grid, cell = grid_of(worlds, w), places(worlds.state.cell[w])[0]
        field = naive.shortest_paths(grid, places(worlds.state.goal[w])[0])
        assert set(np.flatnonzero(masks[w]).tolist()) == naive.optimal_moves(grid, cell, field)


@pytest.mark.parametrize("on_collision", ["stay", "terminate"])
def test_the_mean_return_in_a_slippery_world_is_what_the_losses_promise(on_collision):
    num_worlds = scaled(4000, 4)
    arguments = {"size": scaled(8, 5), "slip": 0.25, "on_collision": on_collision, "max_steps": 10**6}
    worlds = begun(GridNav, num_worlds, levels=np.full(num_worlds, 3), **arguments)
    promised = worlds.config.goal_reward - worlds.optimal_cost()
    returns = np.zeros(num_worlds)
    while not worlds.output.is_over.all():
        going = worlds.output.is_over == 0
        worlds.step(worlds.oracle_action())
        returns += np.where(going, worlds.output.reward[:, 0], 0.0)
    assert returns.mean() == pytest.approx(promised, abs=4 * returns.std() / np.sqrt(num_worlds))


@pytest.mark.parametrize("family", [GridNav, GridCrowd])
def test_a_slot_of_a_batch_plays_what_its_seed_plays_alone(family):
    arguments = {"slip": 0.2, "max_steps": 12, "size": scaled(9, 6)}
    batch, lone = begun(family, 5, seed=40, **arguments), begun(family, 1, seed=43, **arguments)
    rng = generator_of(0)
    for _ in range(scaled(60, 20)):
        actions = random_actions(batch, rng)
        batch.step(actions, NEXT_STEP)
        lone.step(actions[3:4], NEXT_STEP)
        for one, other in zip(batch.state, lone.state, strict=True):
            np.testing.assert_array_equal(one[3], other[0])
        np.testing.assert_array_equal(batch.output.reward[3], lone.output.reward[0])


@pytest.mark.parametrize("family", [GridNav, GridTerrain, GridCrowd])
def test_a_new_episode_remembers_nothing_of_the_last(family):
    fresh = begun(family, 3, levels=[5, 6, 7], size=9)
    used, rng = begun(family, 3, seed=20, size=9), generator_of(3)
    for _ in range(15):
        used.step(random_actions(used, rng), NEXT_STEP)
        used.oracle_action()
    used.begin(np.ones(3, np.bool_), np.array([5, 6, 7]))
    for name in set(fresh.state._fields) - {"seed", "episode"}:
        np.testing.assert_array_equal(getattr(used.state, name), getattr(fresh.state, name), err_msg=name)
    np.testing.assert_array_equal(used.observation()["occupancy"], fresh.observation()["occupancy"])
    np.testing.assert_array_equal(used.optimal_actions(), fresh.optimal_actions())


def test_the_step_after_an_end_begins_the_next_episode_and_rewards_nothing():
    worlds, rng = begun(GridNav, 8, size=6, max_steps=7), generator_of(1)
    for _ in range(40):
        over, episode = worlds.output.is_over == 1, worlds.state.episode.copy()
        worlds.step(random_actions(worlds, rng), NEXT_STEP)
        np.testing.assert_array_equal(worlds.state.episode, episode + over)
        np.testing.assert_array_equal(worlds.state.steps == 0, over)
        assert (worlds.output.reward[over] == 0).all()
        assert not (worlds.output.terminated | worlds.output.truncated)[over].any()


def test_without_autoreset_a_world_that_is_over_stands_still():
    worlds, rng = begun(GridNav, 8, size=6, max_steps=3), generator_of(1)
    for _ in range(3):
        worlds.step(random_actions(worlds, rng))
    before = [array.copy() for array in worlds.state]
    worlds.step(random_actions(worlds, rng))
    for one, other in zip(before, worlds.state, strict=True):
        np.testing.assert_array_equal(one, other)
