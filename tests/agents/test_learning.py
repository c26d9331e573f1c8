"""What the defaults promise, on levels that nobody has trained on. Minutes of computing each."""

import gymnasium
import pytest

import agents
from agents.rollouts import mean_metric, play_levels
from envs.core.levels import LEVELS_PER_SPLIT

HELD_OUT = range(2 * LEVELS_PER_SPLIT, 2 * LEVELS_PER_SPLIT + 2000)
"""Of the split `test`."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("dagger", 0.99), ("ppo", 0.95)])
def test_the_default_config_solves_small_maps(name, least, capsys):
    env = gymnasium.make("crossroads/GridNav-v0", size=8)
    agent = agents.make(name, env).learn(env, progress=False)
    success = mean_metric(play_levels(agent, env, HELD_OUT), "success")
    with capsys.disabled():
        seconds = agent.history[-1]["cpu_seconds"]
        print(f"\n{name}: {success:.2%} of {len(HELD_OUT)} held-out levels after {seconds:.0f} CPU seconds")
    assert success >= least
