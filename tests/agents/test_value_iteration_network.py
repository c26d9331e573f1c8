"""The agent around the planning networks: what it learns from, what it shows, what it refuses."""

from typing import Any

import numpy as np
import pytest
import torch
from agents_for_tests import open_world
from gymnasium import spaces

import agents
from agents.networks.value_iteration.architectures import default_iterations
from agents.networks.value_iteration.fitting import LabelledFitting
from agents.planning_labels import LabelledMaps
from envs.gridworld.files.compass import moves_of


@pytest.fixture
def labelled():
    """Empty maps of 8 x 8: each step straight or askew towards the goal."""
    rng = np.random.default_rng(0)
    goal, task_map = rng.integers(8, size=(20, 2)), np.repeat(np.arange(20), 10)
    start = rng.integers(8, size=(200, 2))
    away = goal[task_map] - start
    is_there = (away == 0).all(axis=1)
    task_map, start, towards = task_map[~is_there], start[~is_there], np.sign(away[~is_there])
    action = (towards[:, None] == moves_of()).all(axis=2).argmax(axis=1)
    return LabelledMaps(np.zeros((20, 8, 8), bool), goal, task_map, start, action)


def new_agent(**config) -> Any:
    return agents.make("value-iteration-network", open_world(), **config)


@pytest.mark.parametrize("architecture", ["propagation", "faithful"])
def test_training_on_labelled_maps_goes_on_where_it_was_interrupted(architecture, labelled, tmp_path, monkeypatch):
    config = {"architecture": architecture, "updates": 40, "width": 8, "stage_epochs": 3, "rates": (0.01, 0.001)}
    whole = new_agent(**config).learn(labelled, progress=False)
    run, left = LabelledFitting.run, [2]

    def fail_at_last(fitting, until):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return run(fitting, until)

    monkeypatch.setattr(LabelledFitting, "run", fail_at_last)
    with pytest.raises(KeyboardInterrupt):
        new_agent(**config).learn(labelled, checkpoint=tmp_path, progress=False)
    monkeypatch.setattr(LabelledFitting, "run", run)
    found = new_agent(**config).learn(labelled, checkpoint=tmp_path, resume=True, progress=False)
    assert len(found.history) == len(whole.history) > 2
    for name, weights in whole.tensors().items():
        assert torch.equal(weights, found.tensors()[name]), name


@pytest.mark.parametrize("architecture", ["propagation", "faithful", "untied", "reactive"])
def test_the_value_map_is_shown_where_there_is_one_and_blank_on_obstacles(architecture):
    env = open_world(num_envs=3)
    observation, _ = env.reset(seed=0)
    shown = new_agent(architecture=architecture).explain(observation)
    assert shown["action_probabilities"].shape == (3, 8)
    if architecture == "reactive":
        assert "value_map" not in shown
    else:
        assert np.array_equal(np.isnan(shown["value_map"]), observation["occupancy"][:, 0] == 1)


def test_iterations_follow_the_size():
    assert [default_iterations((n, 5)) for n in (8, 9, 16, 28, 56)] == [10, 20, 20, 36, 72]


def test_spaces_without_a_map_are_refused():
    kind = agents.agent_class("value-iteration-network")
    image = spaces.Dict({"occupancy": spaces.Box(0, 255, (3, 8, 8), np.uint8)})
    with pytest.raises(ValueError, match=r"Agent 'value-iteration-network': Expected a grid's binary 'occupancy'"):
        kind(image, spaces.Discrete(8), kind.Config())
    with pytest.raises(ValueError, match=r"Unknown architecture 'faithfull'\. Did you mean 'faithful'\?"):
        kind.Config(architecture="faithfull")
