"""One state, several actions, and what the simulator makes of each."""

import gymnasium
import numpy as np
import pytest
import torch

import envs  # noqa: F401 - registers the ids
from agents.experience import counterfactuals

STATES, BRANCHES, HORIZON = 6, 4, 3
ROADS = {"num_actors": 6, "extent": (16.0, 8.0, 8.0, 8.0), "history": 1, "repeat": 5}


def asked(world="grid", **arguments):
    if world == "grid":
        env = gymnasium.make("crossroads/GridNav-v0", size=10, observe=("occupancy", "ego"))
    else:
        env = gymnasium.make("crossroads/Highway-v0", observe=("occupancy", "ego", "route"), **ROADS)
    usual = {"states": STATES, "branches": BRANCHES, "horizon": HORIZON, "num_envs": 3}
    return counterfactuals(env, **{**usual, **arguments})


@pytest.mark.parametrize("world", ["grid", "roads"])
def test_branches_share_their_state_and_differ_in_what_is_done(world):
    found = asked(world)
    assert len(found) == STATES
    assert found.branches == BRANCHES
    assert found.actions.shape[:3] == (STATES, BRANCHES, HORIZON)
    assert len(found.truth) == STATES * BRANCHES
    assert torch.equal(found.actions.flatten(0, 1), found.truth.actions)
    for key, array in found.truth.observation.items():
        by_state = array[:, 0].unflatten(0, (STATES, BRANCHES))
        assert torch.equal(by_state, found.observation[key][:, None].expand_as(by_state))
    if world == "roads":
        poses = found.truth.tracks.poses.unflatten(0, (STATES, BRANCHES))
        assert (poses[:, :, 0] == poses[:, :1, 0]).all()
        assert (poses[:, 1:, -1, 0] != poses[:, :1, -1, 0]).any(-1).all(), "the ego comes elsewhere"
        # What nobody can have caused within a step is the same in all branches.
        ego = found.truth.observation["ego"].unflatten(0, (STATES, BRANCHES))
        assert len(np.unique(ego[:, :, 1, 1])) > STATES


def test_the_first_branch_is_the_experts():
    found = asked()
    first = torch.arange(0, len(found.truth), BRANCHES)
    paid = found.truth.to_go[first, :-1] - found.truth.to_go[first, 1:]
    assert (paid[found.truth.is_real[first]] > 0.9).all()
    others = np.setdiff1d(np.arange(len(found.truth)), first)
    paid = found.truth.to_go[others, :-1] - found.truth.to_go[others, 1:]
    assert (paid[found.truth.is_real[others]] < 0.1).any()


def test_levels_are_of_the_split():
    for split, low in (("train", 0), ("validation", 10**9), ("test", 2 * 10**9)):
        levels = asked(split=split).levels
        assert ((levels >= low) & (levels < low + 10**9)).all()


def test_states_that_do_not_fill_the_worlds_are_cut():
    assert len(asked(states=5)) == 5
    assert len(asked(states=1)) == 1


def test_equal_seeds_give_equal_truths_and_others_do_not():
    one, again, other = asked(seed=1), asked(seed=1), asked(seed=2)
    assert torch.equal(one.truth.observation["occupancy"], again.truth.observation["occupancy"])
    assert torch.equal(one.actions, again.actions)
    assert not torch.equal(one.actions, other.actions)


def test_nothing_to_do_is_an_error():
    with pytest.raises(ValueError, match="branches: expected at least 1, got 0"):
        asked(branches=0)
