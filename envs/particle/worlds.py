"""The core of the particle family: a batch of worlds behind the interface of `envs.core.worlds`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Int64, UInt64

from envs.core.actions import check_box
from envs.core.levels import procedural_levels
from envs.core.shards import Shards
from envs.core.states import check_state, copy_state, overwrite_state
from envs.core.worlds import NO_AUTORESET, Worlds
from envs.kernels.bundles import bundle
from envs.kernels.compilation import bind
from envs.kernels.particle import METRICS, REWARD_TERMS, advise_worlds, begin_worlds, step_worlds
from envs.particle.config import ParticleConfig
from envs.particle.observation import action_space, check_vectors, observation_space, observed_keys
from envs.particle.state import ParticleState, new_output, new_state


class Particle(Worlds):
    """Touch one goal and then another, pulled by a spring, in any number of dimensions: two ways in one task.

    The task of Florence et al. (*Implicit Behavioral Cloning*, CoRL 2021). An action is a set-point in [0, 1]^dims,
    and a damped spring pulls the particle towards it. A goal is touched within 0.05 of it at the end of a step; who
    has touched both, the first one first unless `multimodal`, succeeds. The metric `mode` says which of them was
    touched first: 0 the first, 1 the second, nan neither. ``envs.parallel_env`` has a particle for each agent, with
    goals of its own; they do not meet.
    """

    Config: ClassVar[type[ParticleConfig]] = ParticleConfig
    config: ParticleConfig
    action_space: spaces.Box
    reward_names = REWARD_TERMS
    metric_names = METRICS
    channels = ()

    def __init__(self, num_worlds: int = 1, num_agents: int | None = 1, num_threads: int = 1, **arguments: Any):
        self.config = config = self.Config.from_arguments(arguments)
        self.num_worlds, self.num_agents = num_worlds, num_agents or 1
        self.observation_space = observation_space(config)
        self.action_space = action_space(config)
        self.levels = procedural_levels(config.split, config.num_levels)
        self.state = new_state(num_worlds, self.num_agents, config.dims)
        self.level = self.state.level
        self.output = new_output(num_worlds, self.num_agents)
        self._seen = {key: getattr(self.state, key) for key in observed_keys(config)}
        self._seen_first = {key: numbers[0, 0] for key, numbers in self._seen.items()}
        self._shards = Shards(num_worlds, num_threads)
        arrays, out = bundle(self.state), bundle(self.output)
        rules = config.rules(self.levels.low, self.levels.count)
        self._shared = (arrays, rules, self.levels.ids, out)
        self._actions = np.zeros(self.state.position.shape, np.float32)
        nobody, nowhere = np.zeros(num_worlds, np.uint8), np.full(num_worlds, -1, np.int64)
        self._begin = bind(begin_worlds, *self._shared, nobody, nowhere, 0, 1)
        self._step = bind(step_worlds, *self._shared, self._actions, 0, 0, 1)
        self._advise = bind(advise_worlds, arrays, self._actions, 0, 1)

    def set_seeds(self, seeds: UInt64[np.ndarray, " world"], chosen: Bool[np.ndarray, " world"]) -> None:
        self.state.seed[chosen] = seeds[chosen]
        self.state.episode[chosen] = -1

    def begin(self, chosen: Bool[np.ndarray, " world"], levels: Int64[np.ndarray, " world"]) -> None:
        choice = chosen.astype(np.uint8)
        self._shards.run(lambda low, high, _: self._begin(*self._shared, choice, levels, low, high))

    def step(self, actions: np.ndarray, autoreset: int = NO_AUTORESET) -> None:
        set_points = np.ascontiguousarray(actions, np.float32).reshape(self._actions.shape)
        if len(self._shards) == 1:
            self._step(*self._shared, set_points, autoreset, 0, self.num_worlds)
        else:
            self._shards.run(lambda low, high, _: self._step(*self._shared, set_points, autoreset, low, high))

    def check_actions(self, actions: Any, shape: tuple[int, ...]) -> np.ndarray:
        return check_box(actions, shape, self.action_space)

    def observation(self) -> dict[str, Float32[np.ndarray, "world agent dim"]]:
        return {key: numbers.astype(np.float32) for key, numbers in self._seen.items()}

    def first_observation(self) -> dict[str, Float32[np.ndarray, " dim"]]:
        return {key: numbers.astype(np.float32) for key, numbers in self._seen_first.items()}

    def oracle_action(self) -> Float32[np.ndarray, "world agent dim"]:
        """The goal that it goes to first, until a step after it was within 0.01 of it; then the other.

        In the multimodal task a coin of each episode, thrown by its seed, says which goal comes first.
        """
        advice = np.empty_like(self._actions)
        self._shards.run(lambda low, high, _: self._advise(self._shared[0], advice, low, high))
        return advice

    def get_state(self) -> ParticleState:
        return copy_state(self.state)

    def set_state(self, state: ParticleState) -> None:
        check_state(self.state, state)
        check_vectors(state)
        overwrite_state(self.state, state)
        self.output.is_over[:] = ~self.live_agents().any(axis=1)

    def live_agents(self) -> Bool[np.ndarray, "world agent"]:
        return self.state.active == 1

    @cached_property
    def _painter(self) -> Any:
        from envs.particle.picture import Painter

        return Painter()

    def render(self, world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> np.ndarray:
        return self._painter.paint(self, world, agent, overlay, caption)

    def close(self) -> None:
        self._shards.close()
