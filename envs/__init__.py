"""Worlds: kernels, grid and road families, their three faces, and the episodes recorded in them.

Importing this package registers the ids ``crossroads/...`` with gymnasium and loads no family yet.
"""

from typing import Any

from envs.registration import ENVS, NAMESPACE, register_envs

__all__ = ["ENVS", "parallel_env", "register_envs"]

register_envs()


def parallel_env(id: str, num_agents: int | None = None, **arguments: Any) -> Any:
    """The PettingZoo face of an environment: `num_agents` of its actors are agents (None: all of them).

    Args:
        id: As for ``gymnasium.make``, e.g. ``"crossroads/GridCrowd-v0"``.
        num_agents: How many actors are controlled; the rest are the simulator's.
        arguments: As for ``gymnasium.make``.

    Raises:
        ValueError: unknown id, with the nearest known one.
    """
    from envs.core.naming import check_known
    from envs.core.parallel import WorldParallelEnv

    name = str(id).removeprefix(f"{NAMESPACE}/")
    check_known("environment", name, ENVS)
    return WorldParallelEnv(ENVS[name], num_agents, **arguments)
