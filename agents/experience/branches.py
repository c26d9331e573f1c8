"""What else might have been: a few steps under other actions from where all worlds are, and back."""

import numpy as np

from agents.experience.choosing import Choosing
from agents.experience.moments import moment_of, step_on
from agents.experience.recorder import Recorder
from agents.experience.steering import Steering
from envs.core.batched import WorldVectorEnv


def branch_off(
    env: WorldVectorEnv,
    acting: Choosing | Steering,
    recorder: Recorder,
    *,
    behaviour: int,
    steps: int,
    **facts: np.ndarray,
) -> dict[str, np.ndarray]:
    """Record one branch from every world's state; the worlds are then as they were. Returns what is seen there.

    Args:
        env: Worlds in the midst of episodes.
        acting: Who acts in the branches, and nowhere else.
        recorder: Of the branches.
        behaviour: By which they are acted in.
        steps: How long they are.
        facts: What else is known of these episodes.
    """
    state, everyone = env.get_state(), np.ones(env.num_envs, np.bool_)
    behaviours = np.full(env.num_envs, behaviour)
    episodes = recorder.begin(level=env.worlds.level.copy(), behaviour=behaviours, **facts)
    acting.begin(everyone, behaviours)
    observation, lasts = env.set_state(state), everyone
    for _ in range(steps):
        frames = moment_of(env, observation)
        rows = recorder.add(episodes[lasts], {name: array[lasts] for name, array in frames.items()})
        actions = acting.actions()
        observation, rewards, terminated, is_over = step_on(env, actions)
        recorder.note(rows, actions=actions[lasts], rewards=rewards[lasts], terminated=terminated[lasts])
        ends = lasts & is_over
        frames = moment_of(env, observation)
        recorder.add(episodes[ends], {name: array[ends] for name, array in frames.items()})
        lasts = lasts & ~is_over
        if not lasts.any():
            break
    frames = moment_of(env, observation)
    recorder.add(episodes[lasts], {name: array[lasts] for name, array in frames.items()})
    return env.set_state(state)
