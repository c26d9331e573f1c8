"""As much of an environment as a model is made from, kept with the model: a checkpoint opens without its worlds."""

from dataclasses import asdict, dataclass
from typing import Any

from gymnasium import spaces

from envs.core.naming import check_known, load_entry
from envs.episodes.manifest import as_json
from envs.registration import ENVS


@dataclass(frozen=True)
class Outline:
    """Stands for an environment where only its arguments and spaces are asked for."""

    world: str
    """``"module:Class"`` of the family, as in `ENVS`."""
    config: Any
    """The family's own arguments, as the environment has them."""
    single_observation_space: spaces.Dict
    single_action_space: spaces.Space

    @classmethod
    def of_env(cls, env: Any) -> "Outline":
        """That of an environment, single or vector, wrapped or not.

        Raises:
            TypeError: an environment of somebody else's.
        """
        env = native(env)
        base = getattr(env, "unwrapped", env)
        if not hasattr(base, "world") or not hasattr(base, "config"):
            raise TypeError(f"Expected an environment of crossroads, got {type(base).__name__}.")
        observed = getattr(env, "single_observation_space", None) or env.observation_space
        actions = getattr(env, "single_action_space", None) or env.action_space
        return cls(base.world, base.config, observed, actions)

    @classmethod
    def of_facts(cls, facts: dict[str, Any], observed: spaces.Dict, actions: spaces.Space) -> "Outline":
        """What `facts` had said, looked up and never imported by name alone.

        Raises:
            ValueError: no family of ours, or arguments that it has not.
        """
        world = facts["world"]
        check_known("family of worlds", world, ENVS.values())
        return cls(world, load_entry(world).Config.from_arguments(facts["config"]), observed, actions)

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {"world": self.world, "config": as_json(asdict(self.config))}

    @property
    def unwrapped(self) -> "Outline":
        """Itself."""
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """Of the occupancy."""
        return self.config.channels

    @property
    def observation_space(self) -> spaces.Dict:
        """Of one world."""
        return self.single_observation_space

    @property
    def action_space(self) -> spaces.Space:
        """Of one world."""
        return self.single_action_space

    @property
    def is_road(self) -> bool:
        """Or a grid."""
        return hasattr(self.config, "steps_per_action")


def native(env: Any) -> Any:
    """The batch inside stable-baselines3's face of it; anything else as it is."""
    return getattr(getattr(env, "unwrapped", env), "batch", env)
