"""Environments by name, and the levels they are played on."""

from collections.abc import Mapping
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode

from envs.core.batched import WorldVectorEnv, vector_like
from envs.core.levels import LevelRange
from envs.core.naming import check_known
from envs.registration import ENVS, NAMESPACE, register_envs


def make_env(name: str, arguments: Mapping[str, Any] | None = None, *, render_mode: str | None = None) -> gymnasium.Env:
    """The single environment ``name``, with or without the namespace.

    Raises:
        ValueError, TypeError: an unknown name or argument, with the nearest known one; a value out of range.
    """
    register_envs()
    short = name.removeprefix(f"{NAMESPACE}/")
    check_known("environment", short, ENVS)
    if render_mode is not None and "render_mode" in (arguments or {}):
        raise ValueError("The argument 'render_mode' is chosen by this command.")
    try:
        return gymnasium.make(f"{NAMESPACE}/{short}", render_mode=render_mode, **(arguments or {}))
    except TypeError as error:  # gymnasium adds its own kwargs to the message; the cause has ours
        raise error.__cause__ or error from None


def short_name(env: Any) -> str:
    """``GridNav-v0`` of an environment from ``gymnasium.make`` or ``make_vec``; its family's name without a spec."""
    return env.spec.id.removeprefix(f"{NAMESPACE}/") if env.spec else env.unwrapped.world.partition(":")[2]


def on_split(env: Any, split: str, num_envs: int = 1, **changes: Any) -> WorldVectorEnv:
    """A batch of the same worlds that draws from `split`, with SAME_STEP autoreset.

    A `num_levels` of `env` limits the split it was made for, and no other: a handful of training levels is
    tested on all.
    """
    config = env.unwrapped.config
    limit = config.num_levels if split == config.split else None
    changes = {"autoreset_mode": AutoresetMode.SAME_STEP, "split": split, "num_levels": limit, **changes}
    return vector_like(env, num_envs, **changes)


def split_levels(env: Any, split: str, count: int) -> list[int]:
    """The first `count` levels of a split; all of them where it has fewer.

    Raises:
        ValueError: an unknown split, or one without levels.
    """
    worlds = on_split(env, split)
    levels: LevelRange = worlds.worlds.levels  # type: ignore[attr-defined]
    worlds.close()
    if len(levels.ids):
        return levels.ids[:count].tolist()
    return list(range(levels.low, levels.low + min(count, levels.count)))
