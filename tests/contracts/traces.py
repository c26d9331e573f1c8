"""What an agent lives through behind each face, as lists that can be held against each other bit by bit."""

from typing import Any, NamedTuple

import numpy as np


class Moment(NamedTuple):
    """What one call of `reset` or `step` gave."""

    observation: dict[str, np.ndarray]
    reward: float = 0.0
    terminated: bool = False
    truncated: bool = False
    info: dict[str, Any] = {}  # noqa: RUF012

    @property
    def is_last(self) -> bool:
        """Whether the episode ended here."""
        return bool(self.terminated or self.truncated)


def choose_actions(env: Any, seed: int, length: int) -> list[Any]:
    """Actions for a lane that begins with `seed`: half the oracle's, half random; a call of `reset` takes one too."""
    rng = np.random.default_rng(seed)
    env.action_space.seed(seed % 2**32)
    env.reset(seed=seed)
    is_over, actions = False, []
    for _ in range(length):
        advised = not is_over and rng.random() < 0.5
        actions.append(env.oracle_action() if advised else env.action_space.sample())
        is_over = advance(env, actions[-1], is_over).is_last
    return actions


def advance(env: Any, action: Any, is_over: bool) -> Moment:
    """One step of a single env, or the next episode's first moment, as NEXT_STEP autoreset does it."""
    if is_over:
        observation, info = env.reset()
        return Moment(observation, info=info)
    return Moment(*env.step(action))


def play_single(env: Any, seed: int, actions: list[Any]) -> list[Moment]:
    """A reset with `seed` and a moment for each action."""
    observation, info = env.reset(seed=seed)
    return [Moment(observation, info=info), *go_on(env, actions)]


def go_on(env: Any, actions: list[Any], *, is_over: bool = False) -> list[Moment]:
    """A moment for each action from where the env is."""
    moments = []
    for action in actions:
        moments.append(advance(env, action, is_over))
        is_over = moments[-1].is_last
    return moments


def play_parallel(env: Any, seed: int, actions: list[Any]) -> list[Moment]:
    """The same behind PettingZoo's face, for a world with one agent."""
    observation, info = env.reset(seed=seed)
    moments = [Moment(observation["agent_0"], info=info["agent_0"])]
    for action in actions:
        if env.agents:
            moments.append(Moment(*(part["agent_0"] for part in env.step({"agent_0": action}))))
        else:
            observation, info = env.reset()
            moments.append(Moment(observation["agent_0"], info=info["agent_0"]))
    return moments


def play_batch(batch: Any, seed: int | list[int], actions: list[list[Any]]) -> list[list[Moment]]:
    """Moments [lane][time] of a vector env in NEXT_STEP mode, for actions [lane][time]."""
    observation, infos = batch.reset(seed=seed)
    lanes = [[moment] for moment in split(batch.num_envs, observation, infos=infos)]
    for lane, later in zip(lanes, go_on_batch(batch, actions), strict=True):
        lane.extend(later)
    return lanes


def go_on_batch(batch: Any, actions: list[list[Any]]) -> list[list[Moment]]:
    """Moments [lane][time] from where the batch is."""
    times = [split(batch.num_envs, *batch.step(np.stack(now))) for now in zip(*actions, strict=True)]
    return [list(lane) for lane in zip(*times, strict=True)] or [[] for _ in range(batch.num_envs)]


def split(num_envs: int, observation: dict, *ends: np.ndarray, infos: dict | None = None) -> list[Moment]:
    """A batch's results by lane."""
    if infos is None:
        *ends, infos = ends
    return [
        Moment(
            {key: value[i] for key, value in observation.items()},
            *(end[i].item() for end in ends),
            info=lane_info(infos, i),
        )
        for i in range(num_envs)
    ]


def lane_info(infos: dict[str, Any], lane: int) -> dict[str, Any]:
    """One lane's share of a vector env's infos, by gymnasium's masks."""
    found = {}
    for key, value in infos.items():
        if key.startswith("_") or not infos[f"_{key}"][lane]:
            continue
        found[key] = lane_info(value, lane) if isinstance(value, dict) and key != "final_obs" else value[lane]
    return found
