"""Our native batch as stable-baselines3's `VecEnv`, for its algorithms and its `evaluate_policy`."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecEnv

from envs.core.batched import vector_like
from envs.core.worlds import Worlds


class SB3VecEnv(VecEnv):
    """N worlds like `env`, reset within the step that ends an episode, as stable-baselines3 has it.

    Each ended episode's info holds `terminal_observation`, `TimeLimit.truncated`, `episode` (as `Monitor` would
    write it) and the environment's `metrics`.

    Args:
        env: One of our environments, single or vector; a new batch of its kind is made.
        num_envs: Worlds.
        seed: Slot i plays the episodes of seed + i.
        changes: Arguments of the environment to change, e.g. ``split="test"``.
    """

    def __init__(self, env: Any, num_envs: int, *, seed: int = 0, **changes: Any) -> None:
        self.batch = vector_like(env, num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **changes)
        self.render_mode = None
        super().__init__(num_envs, self.batch.single_observation_space, self.batch.single_action_space)
        self._first_seed: int | None = seed
        self._actions = np.zeros(0)
        self._reward_sum = np.zeros(num_envs)
        self._length = np.zeros(num_envs, np.int64)
        self._began = time.time()

    def reset(self) -> Any:
        """Begin everywhere; the first time from the seed, later with its next episodes."""
        observation, _ = self.batch.reset(seed=self._first_seed)
        self._first_seed = None
        self._reward_sum[:], self._length[:] = 0.0, 0
        return observation

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Make the step."""
        observation, reward, terminated, truncated, infos = self.batch.step(self._actions)
        self._reward_sum += reward
        self._length += 1
        done = terminated | truncated
        listed: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(done).tolist():
            listed[i] = self._last_info(i, infos, bool(truncated[i] and not terminated[i]))
        self._reward_sum[done], self._length[done] = 0.0, 0
        return observation, reward.astype(np.float32), done, listed

    def _last_info(self, i: int, infos: dict[str, Any], is_truncated: bool) -> dict[str, Any]:
        elapsed = round(time.time() - self._began, 6)
        metrics = infos["final_info"]["metrics"]
        return {
            "terminal_observation": infos["final_obs"][i],
            "TimeLimit.truncated": is_truncated,
            "episode": {"r": float(self._reward_sum[i]), "l": int(self._length[i]), "t": elapsed},
            "metrics": {name: float(metrics[name][i]) for name in self.batch.worlds.metric_names},
        }

    @property
    def worlds(self) -> Worlds:
        """The core of the batch."""
        return self.batch.worlds

    def oracle_action(self) -> np.ndarray:
        """The privileged expert's actions [env] for the current states."""
        return self.batch.oracle_action()

    def close(self) -> None:
        """Release threads."""
        self.batch.close()

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset."""
        self._first_seed = seed
        return [None if seed is None else seed + i for i in range(self.num_envs)]

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """True for `Monitor`, whose record we keep."""
        return [wrapper_class is Monitor for _ in self._get_indices(indices)]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The batch's attribute, once for each index."""
        return [getattr(self.batch, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set the batch's attribute."""
        setattr(self.batch, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call the batch's method once; each index gets the result."""
        result = getattr(self.batch, method_name)(*args, **kwargs)
        return [result for _ in self._get_indices(indices)]
