"""The `gymnasium.vector.VectorEnv` face: a native batch, one agent per world."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import error
from gymnasium.vector import AutoresetMode, VectorEnv

from envs.core.arguments import check_count
from envs.core.batched_spaces import batch_of
from envs.core.episodes import check_seed, fresh_seed, read_level
from envs.core.naming import check_known, load_entry
from envs.core.worlds import NEXT_STEP, NO_AUTORESET, Worlds


class WorldVectorEnv(VectorEnv):
    """N worlds stepped by one kernel call. Made by ``gymnasium.make_vec(id, num_envs=N, **arguments)``.

    Args:
        world: ``"module:Class"`` of the family.
        num_envs: Worlds in the batch; slot i of a batch reset with seed s plays the episodes of seed s + i.
        num_threads: Threads that share the worlds; the episodes do not depend on it.
        autoreset_mode: ``NEXT_STEP`` (gymnasium's default), ``SAME_STEP`` or ``DISABLED``, as enum or name.
        render_mode: ``rgb_array`` or None.
        arguments: Of the environment.
    """

    def __init__(
        self,
        world: str,
        num_envs: int = 1,
        *,
        num_threads: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **arguments: Any,
    ) -> None:
        check_count("num_envs", num_envs)
        check_count("num_threads", num_threads)
        check_known("render_mode", render_mode, ("rgb_array", None))
        self.world, self.arguments = world, arguments
        self.worlds: Worlds = load_entry(world)(num_envs, 1, num_threads, **arguments)
        self.num_envs = num_envs
        self.autoreset_mode = _read_mode(autoreset_mode)
        self.metadata = {
            "render_modes": ["rgb_array"],
            "render_fps": self.worlds.render_fps,
            "autoreset_mode": self.autoreset_mode,
        }
        self.render_mode = render_mode
        self.single_observation_space = self.worlds.observation_space
        self.single_action_space = self.worlds.action_space
        self.observation_space = batch_of(self.single_observation_space, num_envs)
        self.action_space = batch_of(self.single_action_space, num_envs)
        self.config = self.worlds.config
        self.channels = self.worlds.channels
        self._has_begun = False
        self._everyone = np.ones(num_envs, np.bool_)
        self._next_levels = np.full(num_envs, -1, np.int64)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict, dict[str, Any]]:
        """Begin episodes everywhere, or where ``options["reset_mask"]``; ``options["level"]`` picks levels."""
        levels = read_level(self.worlds, options, (self.num_envs,), others=("reset_mask",))
        chosen = self._read_mask(options)
        seeds, has_seed = self._read_seeds(seed)
        super().reset(seed=int(seed) if isinstance(seed, int | np.integer) else None)
        if not self._has_begun:
            seeds[~has_seed] = fresh_seed() + np.flatnonzero(~has_seed).astype(np.uint64)
            has_seed[:] = True
        self.worlds.set_seeds(seeds, has_seed & chosen)
        self.worlds.begin(chosen, levels)
        self._has_begun = True
        return self._observe(), {"level": self.worlds.level.copy(), "_level": chosen.copy()}

    def _read_mask(self, options: dict[str, Any] | None) -> np.ndarray:
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return self._everyone
        mask = np.asarray(mask)
        if mask.shape != (self.num_envs,) or mask.dtype != np.bool_:
            raise ValueError(f"Option 'reset_mask': expected bool ({self.num_envs},), got {mask.dtype}{mask.shape}.")
        if not self._has_begun and not mask.all():
            raise error.ResetNeeded("The first reset must be of all worlds: leave out 'reset_mask'.")
        return mask

    def _read_seeds(self, seed: int | Sequence[int | None] | None) -> tuple[np.ndarray, np.ndarray]:
        """Seeds [env] and where there is one."""
        if isinstance(seed, Sequence | np.ndarray) and not isinstance(seed, str):
            listed = list(seed)
        else:
            check_seed(seed)
            listed = [None if seed is None else int(seed) + i for i in range(self.num_envs)]
        if len(listed) != self.num_envs:
            raise ValueError(f"Expected one seed or {self.num_envs}, got {len(listed)}.")
        for item in listed:
            check_seed(item)
        has_seed = np.array([item is not None for item in listed])
        return np.array([item or 0 for item in listed], np.uint64), has_seed

    def step(self, actions: Any) -> tuple[dict, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Act in every world; actions are [env ...]."""
        worlds, output = self.worlds, self.worlds.output
        if not self._has_begun:
            raise error.ResetNeeded("Call reset() before step().")
        checked = worlds.check_actions(actions, (self.num_envs, *self.single_action_space.shape))  # type: ignore[misc]
        began = output.is_over.astype(np.bool_)
        is_next_step = self.autoreset_mode == AutoresetMode.NEXT_STEP
        if not is_next_step and began.any():
            raise error.ResetNeeded(f"Episodes of envs {np.flatnonzero(began).tolist()} have ended: reset them first.")
        worlds.step(checked[:, None], NEXT_STEP if is_next_step else NO_AUTORESET)
        reward = output.reward[:, 0].copy()
        terminated, truncated = (
            output.terminated[:, 0].astype(np.bool_),
            output.truncated[:, 0].astype(np.bool_),
        )
        ended = terminated | truncated
        if self.autoreset_mode == AutoresetMode.SAME_STEP and ended.any():
            infos = self._reset_ended(ended)
        else:
            infos = self._infos(~began, ended)
            if began.any():
                infos["level"], infos["_level"] = worlds.level.copy(), began
        return self._observe(), reward, terminated, truncated, infos

    def _infos(self, stepped: np.ndarray, ended: np.ndarray) -> dict[str, Any]:
        """Reward terms of the worlds that stepped and metrics of those that ended, with gymnasium's masks."""
        worlds, output = self.worlds, self.worlds.output
        infos: dict[str, Any] = {}
        if stepped.any():
            infos["reward_terms"] = _masked(worlds.reward_names, output.reward_terms[:, 0], stepped)
            infos["_reward_terms"] = stepped
        if ended.any():
            infos["metrics"] = _masked(worlds.metric_names, output.metrics[:, 0], ended)
            infos["_metrics"] = ended
        return infos

    def _reset_ended(self, ended: np.ndarray) -> dict[str, Any]:
        """SAME_STEP: begin the next episodes at once; what the last ones ended with goes into the infos."""
        infos, last = self._infos(~ended, np.zeros_like(ended)), self._observe()
        final_info, final = self._infos(ended, ended), np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            final[i] = {key: value[i] for key, value in last.items()}
        self.worlds.begin(ended, self._next_levels)
        return {
            **infos,
            "final_obs": final,
            "_final_obs": ended,
            "final_info": final_info,
            "_final_info": ended,
            "level": self.worlds.level.copy(),
            "_level": ended,
        }

    def _observe(self) -> dict[str, np.ndarray]:
        return {key: value[:, 0] for key, value in self.worlds.observation().items()}

    def oracle_action(self) -> np.ndarray:
        """The privileged expert's actions [env ...] for the current states."""
        if not self._has_begun:
            raise error.ResetNeeded("Call reset() before oracle_action().")
        return self.worlds.oracle_action()[:, 0]

    def get_state(self) -> Any:
        """A copy of all worlds' states."""
        return self.worlds.get_state()

    def set_state(self, state: Any) -> dict[str, np.ndarray]:
        """Go on from `state`; returns the observations there."""
        self.worlds.set_state(state)
        self._has_begun = True
        return self._observe()

    def render(self) -> tuple[np.ndarray, ...] | None:
        """One frame per world."""
        if self.render_mode is None:
            return None
        return tuple(self.worlds.render(i, 0, {}, f"env {i}") for i in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        """Release threads."""
        self.worlds.close()


def _read_mode(mode: AutoresetMode | str) -> AutoresetMode:
    names = {item.name: item for item in AutoresetMode} | {item.value: item for item in AutoresetMode}
    if isinstance(mode, AutoresetMode):
        return mode
    check_known("autoreset mode", mode, names)
    return names[mode]


def _masked(names: tuple[str, ...], columns: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """{name: column, _name: mask} for columns [env name]."""
    found: dict[str, np.ndarray] = {}
    for k, name in enumerate(names):
        found[name], found[f"_{name}"] = columns[:, k].copy(), mask
    return found


def vector_like(env: Any, num_envs: int, **changes: Any) -> WorldVectorEnv:
    """A batch of the same worlds as `env` (single or vector, wrapped or not), with some arguments changed.

    Raises:
        TypeError: `env` is not one of ours.
    """
    base = getattr(env, "unwrapped", env)
    if not hasattr(base, "world"):
        raise TypeError(f"Expected an environment of crossroads, got {type(base).__name__}.")
    return WorldVectorEnv(base.world, num_envs, **{**base.arguments, **changes})
