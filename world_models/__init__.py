"""What happens next: encode, predict, decode, cost; and the planners that search it.

model = world_models.make("latent", env)
latent = model.encode(observation)
plan = CEM().plan(model, latent, cost, draws=draws)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from world_models.model import WorldModel

WORLD_MODELS: dict[str, str] = {
    "oracle": "world_models.oracle:Oracle",
    "constant-velocity": "world_models.constant_velocity:ConstantVelocity",
    "latent": "world_models.latent:LatentModel",
    "recurrent": "world_models.recurrent:Recurrent",
    "occupancy-flow": "world_models.occupancy_flow:OccupancyFlow",
    "joint-trajectory": "world_models.joint_trajectory:JointTrajectory",
}
"""Name -> ``"module:Class"``; nothing is imported before a model is made."""


def model_class(name: str) -> "type[WorldModel]":
    """The class of a world model.

    Raises:
        ValueError: unknown name, with the nearest known one.
    """
    from envs.core.naming import check_known, load_entry

    check_known("world model", name, WORLD_MODELS)
    return load_entry(WORLD_MODELS[name])


def make(name: str, env: Any, **config: Any) -> "WorldModel":
    """A new model of an environment (single or vector), e.g. ``make("recurrent", env, width=256)``."""
    return model_class(name).for_env(env, **config)
