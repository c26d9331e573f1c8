"""The arrays of a batch of worlds with particles in them, structure of arrays: the world axis leads."""

from typing import NamedTuple

import numpy as np

from envs.core.worlds import StepOutput
from envs.kernels.particle import METRICS, REWARD_TERMS


class ParticleState(NamedTuple):
    """All that is needed to go on. Each agent is a particle with goals of its own; they do not meet."""

    seed: np.ndarray  # uint64 [world]
    episode: np.ndarray  # int64 [world], episodes begun since the seed was set, less one
    level: np.ndarray  # int64 [world]
    steps: np.ndarray  # int64 [world]
    position: np.ndarray  # float64 [world agent dim]
    velocity: np.ndarray  # float64 [world agent dim]
    first_goal: np.ndarray  # float64 [world agent dim]
    second_goal: np.ndarray  # float64 [world agent dim]
    active: np.ndarray  # uint8 [world agent], its episode is going on
    touched: np.ndarray  # uint8 [world agent 2], of each goal: touched when its turn was
    mode: np.ndarray  # int8 [world agent], the goal that was touched first, whether or not it was its turn; -1: none
    order: np.ndarray  # int8 [world agent], the goal that the expert goes to first
    waited: np.ndarray  # int32 [world agent], steps since the expert's first goal was near; -1: not yet


def new_state(num_worlds: int, num_agents: int, dims: int) -> ParticleState:
    """Worlds before their first episode."""
    per_agent, per_number = (num_worlds, num_agents), (num_worlds, num_agents, dims)
    return ParticleState(
        seed=np.zeros(num_worlds, np.uint64),
        episode=np.full(num_worlds, -1, np.int64),
        level=np.full(num_worlds, -1, np.int64),
        steps=np.zeros(num_worlds, np.int64),
        position=np.zeros(per_number),
        velocity=np.zeros(per_number),
        first_goal=np.zeros(per_number),
        second_goal=np.zeros(per_number),
        active=np.zeros(per_agent, np.uint8),
        touched=np.zeros((*per_agent, 2), np.uint8),
        mode=np.full(per_agent, -1, np.int8),
        order=np.zeros(per_agent, np.int8),
        waited=np.full(per_agent, -1, np.int32),
    )


def new_output(num_worlds: int, num_agents: int) -> StepOutput:
    """Nothing has happened yet, and every world waits for its first episode."""
    per_agent = (num_worlds, num_agents)
    return StepOutput(
        reward=np.zeros(per_agent),
        reward_terms=np.zeros((*per_agent, len(REWARD_TERMS))),
        terminated=np.zeros(per_agent, np.uint8),
        truncated=np.zeros(per_agent, np.uint8),
        is_over=np.ones(num_worlds, np.uint8),
        metrics=np.zeros((*per_agent, len(METRICS))),
    )
