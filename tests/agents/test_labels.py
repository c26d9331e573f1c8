"""What the expert is asked, what it answers, and that the answers are shortest paths."""

import naive
import numpy as np
import pytest
from agents_for_tests import labels_in, open_world, rows, tiny, weights_of
from bitwise import assert_same

import agents
from agents.agent import Agent
from agents.behavior_cloning import demonstrate
from agents.labelling import Expert
from envs.gridworld.config import GridConfig
from envs.gridworld.worlds import GridWorlds

IMITATORS = ["behavior-cloning", "dagger"]
every_imitator = pytest.mark.parametrize("name", IMITATORS)
budgets = pytest.mark.parametrize("labels", [48, 50, 3], ids="labels={}".format)
"""Of 4 worlds and 3 rounds: whole batches, a rest in every round, and less than a batch."""


class Constant(Agent):
    """An expert of one word, who counts what it is asked."""

    name = "constant"
    asked = 0

    def act(self, observation, state, episode_start, deterministic):
        size = len(observation["occupancy"])
        self.asked += size
        return np.full(size, 5), None


@pytest.fixture
def experts(monkeypatch):
    """All `Expert`s made from now on."""
    made, begin = [], Expert.__init__

    def record(self, *arguments):
        begin(self, *arguments)
        made.append(self)

    monkeypatch.setattr(Expert, "__init__", record)
    return made


@pytest.fixture
def calls(monkeypatch):
    """Sizes of the batches that oracles are asked about from now on."""
    sizes, ask = [], GridWorlds.oracle_action

    def count(self):
        sizes.append(self.num_worlds)
        return ask(self)

    monkeypatch.setattr(GridWorlds, "oracle_action", count)
    return sizes


@every_imitator
@budgets
def test_as_many_queries_are_counted_as_labels_are_learned_from(name, labels, experts):
    env = open_world()
    agent = tiny(name, env, labels=labels).learn(env, progress=False)
    assert sum(expert.queries for expert in experts) == labels
    assert agent.history[-1]["queries"] == labels


@every_imitator
@budgets
def test_the_oracle_is_asked_once_for_a_label(name, labels, calls):
    """A batch at a time: but for the rest of a last batch in each round, answers are labels."""
    env = open_world()
    agent = tiny(name, env, labels=labels).learn(env, progress=False)
    rounds = getattr(agent.config, "rounds", 1)
    assert set(calls) == {4}
    assert labels <= sum(calls) < labels + 4 * rounds
    if labels == 48:
        assert sum(calls) == labels


@every_imitator
def test_an_agent_can_be_the_expert(name, calls):
    env = open_world()
    expert = Constant(env.observation_space, env.action_space, None)
    agent = tiny(name, env, updates=60, learning_rate=0.05).learn(env, expert=expert, progress=False)
    assert expert.asked == 48
    assert calls == []
    assert set(agent.predict(open_world(num_envs=9).reset(seed=3)[0], deterministic=True)[0]) == {5}


@every_imitator
def test_the_oracle_as_an_agent_teaches_what_the_oracle_does(name):
    env = open_world()
    first = tiny(name, env).learn(env, progress=False)
    second = tiny(name, env).learn(env, expert=agents.make("oracle", env), progress=False)
    assert_same(weights_of(first), weights_of(second))


@every_imitator
def test_an_expert_who_is_nobody_is_refused(name):
    env = open_world()
    with pytest.raises(ValueError, match="Expected expert='oracle' or an agent, got 'orcale'"):
        tiny(name, env).learn(env, expert="orcale", progress=False)


@every_imitator
def test_answers_that_are_not_paid_for_change_nothing(name, monkeypatch):
    env = open_world()
    first = tiny(name, env, labels=50).learn(env, progress=False)
    ask = Expert.label

    def garble(self, observation, begins, wanted):
        answers = ask(self, observation, begins, wanted)
        answers[wanted:] = 7 - answers[wanted:]
        return answers

    monkeypatch.setattr(Expert, "label", garble)
    second = tiny(name, env, labels=50).learn(env, progress=False)
    assert_same(weights_of(first), weights_of(second))


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """(occupancy, labels) of a run whose later rounds are driven by a bad learner."""
    folder, env = tmp_path_factory.mktemp("labels"), open_world()
    tiny("dagger", env, labels=90, schedule="exponential").learn(env, checkpoint=folder, progress=False)
    observation, labels = labels_in(folder)
    return observation["occupancy"], labels


def cells_of(channel):
    return np.argwhere(channel)[:, 1:]


def test_labels_start_shortest_paths_by_brute_force(stored):
    occupancy, labels = stored
    assert len(labels) == 90
    rules, optimal = GridConfig(size=8).rules(1, 0, 1), 0
    for (obstacle, goal, agent), label in zip(occupancy, labels, strict=True):
        grid = naive.Grid(obstacle, rules)
        (to,), (here,) = (list(map(tuple, np.argwhere(channel).tolist())) for channel in (goal, agent))
        optimal += label in naive.optimal_moves(grid, here, naive.shortest_paths(grid, to))
    assert optimal == 90


def test_relabelling_offline_gives_the_same_labels(stored):
    """All that the oracle needs is in the stored observation."""
    occupancy, labels = stored
    worlds = open_world(num_envs=len(labels))
    worlds.reset(seed=0)
    goal, here = (np.argwhere(occupancy[:, channel])[:, None, 1:].astype(np.int32) for channel in (1, 2))
    state = worlds.get_state()._replace(
        blocked=np.ascontiguousarray(occupancy[:, 0]).astype(np.uint8), goal=goal, cell=here, start=here
    )
    seen = worlds.set_state(state)
    assert np.array_equal(seen["occupancy"], occupancy)
    assert np.array_equal(worlds.oracle_action(), labels)


def test_demonstrations_are_the_experts_own_way():
    """Between resets, each world's next observation is where the label led."""
    env, size = open_world(), 4
    aggregate = demonstrate(env, None, tiny("behavior-cloning", env, labels=80).config)
    observation, labels = aggregate.take(np.arange(80))
    worlds = open_world(num_envs=size, autoreset_mode="SAME_STEP")
    seen, _ = worlds.reset(seed=0)
    for step in range(80 // size):
        index = slice(step * size, (step + 1) * size)
        assert_same(rows(observation, index), seen)
        assert_same(labels[index], worlds.oracle_action())
        seen = worlds.step(labels[index])[0]
