"""Windows of demonstrations: held against loops over whole episodes."""

import gymnasium
import numpy as np
import pytest
from agents_for_tests import open_world

from agents.sequences import _ages, demonstrated, recorded
from envs.episodes import EpisodeStore
from experiments.collect import Args, main

HISTORY, HORIZON = 3, 4


@pytest.fixture(scope="module")
def shown():
    """Episodes of a map, three worlds side by side."""
    return demonstrated(open_world(), None, labels=60, num_envs=3, seed=5)


def by_hand(env_steps, index):
    """(observation indices, action indices, is_real) of a decision, by walking an episode's list of rows."""
    seen = [env_steps[max(0, index - k)] for k in reversed(range(HISTORY))]
    done = [env_steps[min(len(env_steps) - 1, index + k)] for k in range(HORIZON)]
    return seen, done, [index + k < len(env_steps) for k in range(HORIZON)]


def episodes_of(sequences):
    """Lists of rows, one list an episode: a row begins a new one where its age is 0."""
    found = []
    for slot in range(sequences.stride):
        for row in range(slot, len(sequences), sequences.stride):
            if sequences.age[row] == 0:
                found.append([])
            found[-1].append(row)
    return found


def test_windows_are_those_of_a_walk_through_each_episode(shown):
    goals = [
        {shown.labels.observations(np.array([r]))["occupancy"][0, 1].tobytes() for r in e} for e in episodes_of(shown)
    ]
    assert all(len(goal) == 1 for goal in goals), "an episode has one goal: rows were cut where episodes begin"
    for rows in episodes_of(shown):
        for index, row in enumerate(rows):
            seen, done, is_real = by_hand(rows, index)
            found = shown.windows(np.array([row]), history=HISTORY, horizon=HORIZON)
            expected = shown.labels.observations(np.array(seen))["occupancy"]
            assert np.array_equal(found.observations["occupancy"][0], expected)
            assert np.array_equal(found.actions[0], shown.labels.actions(np.array(done)))
            assert found.is_real[0].tolist() == is_real


def test_actions_lead_from_each_observation_to_the_next(shown):
    """Within an episode; the agent's cell moves as the label says."""
    moves = np.array([(-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1), (1, 1), (1, -1)])
    rows = np.flatnonzero(shown.left > 0)
    here, there = (
        np.argwhere(shown.labels.observations(at)["occupancy"][:, 2])[:, 1:] for at in (rows, rows + shown.stride)
    )
    assert np.array_equal(there - here, moves[shown.labels.actions(rows)])


def test_ages_count_up_and_what_is_left_counts_down():
    begins = np.zeros((7, 2), bool)
    begins[[0, 3, 6], 0] = True
    begins[[0, 6], 1] = True
    age, left = _ages(begins)
    assert age.T.tolist() == [[0, 1, 2, 0, 1, 2], [0, 1, 2, 3, 4, 5]]
    assert left.T.tolist() == [[2, 1, 0, 2, 1, 0], [5, 4, 3, 2, 1, 0]]


def test_a_store_gives_its_own_episodes(tmp_path):
    main(Args(env="GridNav-v0", agent="oracle", episodes=5, out=tmp_path / "s", env_args=("size=8",)))
    store = EpisodeStore.open(tmp_path / "s")
    sequences = recorded(store)
    ends = np.asarray(store.episode_ends)
    assert len(sequences) == store.num_steps
    assert np.array_equal(np.flatnonzero(sequences.left == 0), ends - 1)
    assert np.array_equal(sequences.labels.actions(np.arange(len(sequences))), np.asarray(store.steps["action"]))
    some = recorded(store, most=int(ends[1]) + 1)
    assert len(some) == ends[1] + 1
    assert some.age[-1] == some.left[-1] == 0


def test_demonstrations_do_not_depend_on_the_callers_generators():
    first, again = (demonstrated(open_world(), None, labels=20, num_envs=4, seed=1) for _ in range(2))
    every = np.arange(len(first))
    assert np.array_equal(first.labels.actions(every), again.labels.actions(every))
    assert isinstance(open_world(), gymnasium.Env)
