"""The table of environments. Names and strings only: a family is imported when its first world is made."""

import gymnasium
from gymnasium.envs.registration import register

NAMESPACE = "crossroads"
SINGLE_FACE = "envs.core.single:WorldEnv"
VECTOR_FACE = "envs.core.batched:WorldVectorEnv"

ENVS: dict[str, str] = {
    "GridNav-v0": "envs.gridworld.nav:GridNav",
    "GridMaze-v0": "envs.gridworld.maze:GridMaze",
    "GridRooms-v0": "envs.gridworld.rooms:GridRooms",
    "GridTerrain-v0": "envs.gridworld.terrain:GridTerrain",
    "GridCrowd-v0": "envs.gridworld.crowd:GridCrowd",
    "GridFork-v0": "envs.gridworld.fork:GridFork",
    "GridMap-v0": "envs.gridworld.map:GridMap",
    "Highway-v0": "envs.driving.highway:Highway",
    "Merge-v0": "envs.driving.merge:Merge",
    "Intersection-v0": "envs.driving.intersection:Intersection",
    "Roundabout-v0": "envs.driving.roundabout:Roundabout",
    "Town-v0": "envs.driving.town:Town",
    "Bypass-v0": "envs.driving.bypass:Bypass",
    "Recorded-v0": "envs.driving.recorded:Recorded",
    "Particle-v0": "envs.particle.worlds:Particle",
}
"""Name in the namespace ``crossroads/`` -> ``"module:Class"`` of its worlds."""


def register_envs() -> None:
    """Register every environment with gymnasium; harmless when called twice."""
    for name, world in ENVS.items():
        env_id = f"{NAMESPACE}/{name}"
        if env_id not in gymnasium.registry:
            register(env_id, entry_point=SINGLE_FACE, vector_entry_point=VECTOR_FACE, kwargs={"world": world})
