"""What a particle is told: numbers alone, a key for each vector."""

import numpy as np
from gymnasium import spaces

from envs.particle.config import ParticleConfig
from envs.particle.dynamics import MIDDLE, reach
from envs.particle.state import ParticleState


def observed_keys(config: ParticleConfig) -> tuple[str, ...]:
    """Keys of the observation: fields of the state."""
    return ("position", *(() if config.hide_velocity else ("velocity",)), "first_goal", "second_goal")


def bounds(key: str) -> tuple[float, float]:
    """(low, high) of each number of a key: what a particle can reach, and the unit interval for goals."""
    distance, speed = reach()
    if key == "velocity":
        return -speed, speed
    return (MIDDLE - distance, MIDDLE + distance) if key == "position" else (0.0, 1.0)


def observation_space(config: ParticleConfig) -> spaces.Dict:
    """Space of one agent's observation."""
    return spaces.Dict({key: spaces.Box(*bounds(key), (config.dims,), np.float32) for key in observed_keys(config)})


def action_space(config: ParticleConfig) -> spaces.Box:
    """Of one agent: where it is pulled to."""
    return spaces.Box(0.0, 1.0, (config.dims,), np.float32)


def check_vectors(state: ParticleState) -> None:
    """Raise ``ValueError`` for a state in which a number lies where none can be (NaN lies nowhere)."""
    for key in ("position", "velocity", "first_goal", "second_goal"):
        low, high = bounds(key)
        numbers = np.asarray(getattr(state, key))
        if (wrong := ~((numbers >= low) & (numbers <= high))).any():
            where = tuple(int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(
                f"State field {key!r}: expected numbers in [{low:g}, {high:g}], got {numbers[where]} at {where}."
            )
