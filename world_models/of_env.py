"""What a model can know of an environment before it has seen anything."""

from typing import Any

from gymnasium import spaces

from envs.driving.config import STEP_SECONDS, RoadConfig
from envs.driving.future import FUTURE_CHANNELS
from world_models.spec import Actions, Spec


def is_road(env: Any) -> bool:
    """Whether an environment, single or vector, is of the road family."""
    return isinstance(getattr(env, "unwrapped", env).config, RoadConfig)


def spec_of(env: Any, *, heads: tuple[str, ...], is_stochastic: bool = False, is_differentiable: bool = True) -> Spec:
    """The `Spec` of a model of `env` that has these heads.

    Raises:
        ValueError: actions that are neither choices nor a row of bounded numbers.
    """
    base = getattr(env, "unwrapped", env)
    observed = getattr(base, "single_observation_space", base.observation_space)
    config, is_on_roads = base.config, is_road(env)
    return Spec(
        observation={key: tuple(space.shape) for key, space in observed.spaces.items()},
        actions=_actions(getattr(base, "single_action_space", base.action_space)),
        dt=STEP_SECONDS * config.steps_per_action if is_on_roads else 1.0,
        foreseen=FUTURE_CHANNELS if is_on_roads else tuple(base.channels),
        heads=heads,
        extent=tuple(config.extent) if is_on_roads else None,
        is_stochastic=is_stochastic,
        is_differentiable=is_differentiable,
    )


def _actions(space: spaces.Space) -> Actions:
    if isinstance(space, spaces.Discrete):
        return Actions("discrete", int(space.n))
    if isinstance(space, spaces.Box) and len(space.shape) == 1:
        return Actions("continuous", space.shape[0], tuple(space.low.tolist()), tuple(space.high.tolist()))
    raise ValueError(f"Expected discrete actions or a row of bounded numbers, found {space}.")
