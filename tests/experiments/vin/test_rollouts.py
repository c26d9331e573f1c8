"""Rollouts of all tasks at once, and what is measured on them, are those of one task and one step at a time."""

import numpy as np
import pytest
import vin_by_hand as by_hand

from envs.gridworld.files import read_mat
from experiments.statistics import wilson
from experiments.vin.exact import MOORE, VIN, solve
from experiments.vin.measures import by_length, judge, predictions, rollouts, share
from experiments.vin.rollouts import roll_out
from experiments.vin.tasks import drawn_tasks, generated, joined, official, tasks_on


class Drawn:
    """Random logits for every cell, leaning towards the expert's moves."""

    def __init__(self, solved, *, lean, seed=0):
        rng = np.random.default_rng(seed)
        shape = (*solved.distance.shape, 8)
        self.table = rng.normal(size=shape).astype(np.float32)
        maps, cells = np.nonzero(solved.towards >= 0)
        self.table[maps, cells, solved.towards[maps, cells]] += lean

    def logits(self, maps, cells):
        return self.table[maps, cells]

    def moves(self, maps, cells):
        return self.table[maps, cells].argmax(axis=1)


@pytest.fixture(params=[VIN, MOORE])
def tasks(request):
    return drawn_tasks("random", solve(*by_hand.random_maps(3, count=20), request.param), starts=6)


def followed(tasks, policy):
    """(positions of the policy, positions of the expert) of each task."""
    solved, cols = tasks.solved, tasks.solved.num_cols
    for m, start in zip(tasks.task_map, tasks.start, strict=True):
        maps = [{divmod(n, cols): a for n, a in enumerate(table)} for table in (policy(m), solved.towards[m])]
        where = solved.blocked[m], divmod(start, cols), solved.goal[m]
        expert = by_hand.follow(*where, maps[1], 10**6)
        yield by_hand.follow(*where, maps[0], 2 * len(expert)), expert


@pytest.mark.parametrize("lean", [0.0, 2.0, 4.0])
def test_success_and_lengths_are_those_of_single_rollouts(tasks, lean):
    policy, diagonal = Drawn(tasks.solved, lean=lean), tasks.solved.convention.diagonal_cost
    found, extra, best = rollouts(policy, tasks), [], 0
    for index, (positions, expert) in enumerate(followed(tasks, lambda m: policy.table[m].argmax(axis=1))):
        is_there = positions[-1] == tuple(tasks.solved.goal[tasks.task_map[index]])
        assert is_there == (index not in found["failed"])
        if is_there:
            extra.append(len(positions) - len(expert))
            assert found["differing"].get(index, 0) == extra[-1]
            best += by_hand.cost_of(positions, diagonal) <= by_hand.cost_of(expert, diagonal) + 1e-6
    assert found["success"]["mean"] == pytest.approx(len(extra) / len(tasks.start))
    assert found["difference"] == pytest.approx(np.mean(extra))
    assert found["optimal"]["mean"] == pytest.approx(best / len(tasks.start))


def test_the_horizon_is_2_nodes_less_1_moves():
    blocked, goal = np.zeros((1, 1, 9), bool), np.array([[0, 8]], np.int32)
    tasks = tasks_on("corridor", solve(blocked, goal), np.array([0]), np.array([[0, 5]], np.int32))
    assert tasks.nodes.tolist() == [4]

    class Detour:
        """West so many steps, then east: a policy of the time, which maps cannot hold."""

        def __init__(self, west):
            self.west, self.made = west, 0

        def moves(self, maps, cells):
            self.made += 1
            return np.array([3 if self.made <= self.west else 2])

    reached = [bool(roll_out(tasks, Detour(k).moves, most_moves=2 * tasks.nodes - 1).reached[0]) for k in range(4)]
    assert reached == [True, True, True, False]  # 3, 5, 7 and 9 moves: seven are allowed


def test_who_runs_into_an_obstacle_has_failed_even_where_it_would_do_otherwise_the_next_time():
    blocked, goal = np.zeros((1, 2, 3), bool), np.array([[0, 2]], np.int32)
    tasks = tasks_on("small", solve(blocked, goal), np.array([0]), np.array([[0, 0]], np.int32))
    turns = iter([0, 2, 2])
    found = roll_out(tasks, lambda maps, cells: np.array([next(turns)]), most_moves=np.array([9]))
    assert not found.reached[0]
    assert found.moves[0] == 0


def test_differences_are_negative_where_fewer_longer_moves_lead_there():
    tasks = generated(16, 2000)
    steps = solve(tasks.solved.blocked, tasks.solved.goal, MOORE)
    fewest = steps.distance[tasks.task_map, tasks.start]
    assert (fewest <= tasks.expert.moves).all()
    assert 0.0 < (fewest < tasks.expert.moves).mean() < 0.02
    direct = Fewest(steps)
    assert rollouts(direct, tasks)["difference"] < 0.0


class Fewest:
    """The way of fewest moves."""

    def __init__(self, steps):
        self.moves = lambda maps, cells: steps.towards[maps, cells]


def test_predictions_are_judged_in_every_state_of_the_expert_ways(tasks):
    policy, cols = Drawn(tasks.solved, lean=1.5), tasks.solved.num_cols
    errors, unlikely, not_best = [], [], []
    for index, (_, expert) in enumerate(followed(tasks, lambda m: policy.table[m].argmax(axis=1))):
        m = tasks.task_map[index]
        for row, col in expert[:-1]:
            logits, label = policy.table[m, row * cols + col].astype(float), tasks.solved.towards[m, row * cols + col]
            errors.append(logits.argmax() != label)
            unlikely.append(np.log(np.exp(logits).sum()) - logits[label])
            not_best.append(not tasks.solved.optimal[m, logits.argmax(), row * cols + col])
    found = predictions(policy, tasks)
    assert found["states"] == len(errors)
    assert found["error"] == pytest.approx(np.mean(errors))
    assert found["nll"] == pytest.approx(np.mean(unlikely), rel=1e-5)
    assert found["tie_aware_error"] == pytest.approx(np.mean(not_best))


def test_the_expert_itself_is_perfect(tasks):
    found = judge(Drawn(tasks.solved, lean=100.0), tasks)
    assert (found["error"], found["tie_aware_error"], found["difference"]) == (0.0, 0.0, 0.0)
    assert found["success"]["mean"] == found["optimal"]["mean"] == 1.0
    assert found["failed"] == []
    assert found["differing"] == {}


def test_bins_of_lengths_hold_every_task_once(tasks):
    policy, edges = Drawn(tasks.solved, lean=2.0), (1, 3, 5, 100)
    found = by_length(policy, tasks, edges)
    assert sum(part["tasks"] for part in found) == len(tasks.start)
    hits = sum(part["tasks"] * part["success"]["mean"] for part in found)
    assert hits / len(tasks.start) == pytest.approx(rollouts(policy, tasks)["success"]["mean"])
    for part in found:
        assert part["tasks"] == ((tasks.expert.moves >= part["low"]) & (tasks.expert.moves < part["high"])).sum()


def test_joined_tasks_come_to_what_they_come_to_apart(tasks):
    other = drawn_tasks("more", solve(*by_hand.random_maps(4, count=5), tasks.solved.convention), starts=3)
    both = joined("both", [tasks, other])
    assert np.array_equal(both.nodes, np.concatenate([tasks.nodes, other.nodes]))
    assert np.array_equal(both.solved.optimal[20:], other.solved.optimal)


def test_shares_have_wilson_intervals_where_each_map_has_one_task_and_wider_ones_where_maps_share_their_fate():
    hits = np.arange(200) % 10 != 0
    assert share(hits, np.arange(200)) == wilson(180, 200)
    together = share(np.repeat(hits[:20], 10), np.repeat(np.arange(20), 10))
    assert together.mean == pytest.approx(0.9)
    assert together.high - together.low > 2 * (wilson(180, 200).high - wilson(180, 200).low)
    uneven = share(np.repeat(hits[:20], np.arange(1, 21)), np.repeat(np.arange(20), np.arange(1, 21)))
    assert uneven.low < uneven.mean < uneven.high


def test_our_expert_goes_through_as_many_nodes_as_the_published_one(data_folder):
    path = data_folder / "vin" / "gridworld_8_test.mat"
    if not path.is_file():
        pytest.skip(f"no real data: {path} does not exist (set CROSSROADS_DATA)")
    paths = read_mat(path).expert_path
    assert official(path).nodes.tolist() == [len(cells) for cells in paths]
