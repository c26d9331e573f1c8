"""Searches that begin with what another agent would do."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import open_world, rows, tiny, watch
from bitwise import assert_same
from gymnasium import spaces
from line_world import GOAL, Away, Line, at

import agents
import envs  # noqa: F401 - registers the ids
from agents.agent import Agent
from agents.mpc.deciding import Decider
from agents.mpc.proposer import Proposer
from world_models.planners.cem import CEM

NO_SEARCH = {"horizon": 4, "candidates": 2, "elites": 1, "kept": 0, "iterations": 1, "spread": 0.05, "colour": 0.0}


class Guide(Agent):
    """Goes to the goal as fast as it may, and counts how often it was asked."""

    name, Config = "guide", object

    def __init__(self):
        super().__init__(spaces.Dict({"ego": spaces.Box(-9.0, 9.0, (1,))}), spaces.Box(-1.0, 1.0, (1,)), None)

    def act(self, observation, state, episode_start, deterministic):
        assert deterministic
        x = observation["ego"]
        asked = np.zeros(len(x)) if state is None else state[0]
        if episode_start is not None:
            asked = np.where(episode_start, 0.0, asked)
        return np.clip(GOAL - x, -1.0, 1.0), (asked + 1,)


def decider(proposer, execute=1):
    return Decider(Line(), CEM(**NO_SEARCH), Away(), execute, 0, torch.device("cpu"), proposer=proposer)


def test_what_is_proposed_is_done_where_the_search_finds_nothing_better():
    x = np.array([-1.0, 5.0], np.float32)
    mind, state = decider(Proposer(Guide())), None
    for _ in range(4):
        decision = mind.decide(at(*x), state, None, drawn=False)
        state, x = decision.state, x + decision.actions.numpy()[:, 0]
    assert np.abs(x - GOAL).max() < 0.2
    alone = decider(None).decide(at(-1.0, 5.0), None, None, drawn=False)
    assert alone.actions.abs().max() < 0.5


def test_an_action_is_proposed_before_what_is_left_of_the_plan_too():
    mind = decider(Proposer(Guide()))
    first = mind.decide(at(1.9), None, None, drawn=False)
    second = mind.decide(at(1.5), first.state, None, drawn=False)
    assert second.actions.item() == pytest.approx(0.5)
    # held it would overshoot
    assert torch.equal(second.memory.plan[0, 1:3], first.memory.plan[0, 2:4])


def test_who_proposes_is_asked_at_every_decision_and_keeps_its_own_memory():
    mind, state = decider(Proposer(Guide()), execute=3), None
    for step in range(4):
        begins = np.array([False, step == 2])
        decision = mind.decide(at(0.0, 1.0), state, begins if step else None, drawn=False)
        state = decision.state
    assert state[-1].tolist() == [4.0, 2.0]


@pytest.mark.parametrize("proposing", ["behavior-cloning", "flow-policy"])
def test_a_saved_agent_proposes_and_the_rows_of_a_batch_stay_apart(proposing, tmp_path):
    path = tmp_path / "guide"
    env = road() if proposing == "flow-policy" else open_world()
    tiny(proposing, env).save(path)
    search = {"model": "constant-velocity", "horizon": 3, "candidates": 4, "iterations": 1}
    agent = agents.make("latent-mpc", env, proposals=str(path), **search)
    agent.save(tmp_path / "agent")
    loaded, state, alone = agents.load(tmp_path / "agent", env), None, None
    batch = gymnasium.make_vec(env.spec.id, 3, vectorization_mode="vector_entry_point", **env.spec.kwargs)
    for seen in watch(batch, 3):
        action, state = agent.predict(seen, state, None, True)
        assert all(len(part) == 3 for part in state)
        found, alone = loaded.predict(rows(seen, slice(1)), alone, None, True)
        assert_same(found, action[:1])


def road():
    arguments = {"action": "continuous", "repeat": 5, "observe": ("occupancy", "ego", "route", "actors")}
    return gymnasium.make("crossroads/Highway-v0", extent=(12.0, 4.0, 8.0, 8.0), **arguments)


def test_agents_of_other_worlds_are_refused(tmp_path):
    tiny("behavior-cloning", open_world()).save(tmp_path / "guide")
    path = str(tmp_path / "guide")
    search = {"model": "constant-velocity", "proposals": path}
    with pytest.raises(ValueError, match=r"proposals: .*guide holds an agent of Discrete\(8\), expected Discrete\(4\)"):
        agents.make("latent-mpc", gymnasium.make("crossroads/GridNav-v0", size=8, connectivity=4), **search)
    with pytest.raises(ValueError, match=r"sees 'occupancy' \(3, 8, 8\), here is \(3, 9, 9\)"):
        agents.make("latent-mpc", gymnasium.make("crossroads/GridNav-v0", size=9), **search)
    with pytest.raises(FileNotFoundError):
        agents.make("latent-mpc", open_world(), model="constant-velocity", proposals=str(tmp_path / "nobody"))
    with pytest.raises(ValueError, match="oracle-mpc has no use for proposals of an agent, or a latent goal"):
        agents.make("oracle-mpc", open_world(), proposals=path)
