"""Arguments of a world of particles, checked as they come in."""

from dataclasses import dataclass

import numpy as np

from envs.core.arguments import Arguments, check_argument, check_types
from envs.core.levels import SPLITS
from envs.core.naming import check_known
from envs.kernels.particle import PARTICLE_RULES
from envs.particle.dynamics import action_map


@dataclass(frozen=True, kw_only=True)
class ParticleConfig(Arguments):
    """Arguments of the particle environment. Lengths are in sides of the cube, an action lasts 0.05 s."""

    dims: int = 2
    """Dimensions; so many numbers make a position, a velocity, a goal and an action."""
    multimodal: bool = False
    """Whether the goals may be touched in either order; the expert then flips a coin in each episode."""
    hide_velocity: bool = False
    """Whether the key `velocity` is left out, so that one observation does not tell the whole state."""
    max_steps: int = 50
    """Steps until truncation."""
    split: str = "train"
    """`train`, `validation`, `test` (disjoint), or `all`."""
    num_levels: int | None = None
    """Draw from the first so many levels of the split only."""

    def __post_init__(self) -> None:
        check_types(self)
        check_known("split", self.split, (*SPLITS, "all"))
        check_argument("dims", self.dims, 1 <= self.dims <= 1024, "1 to 1024 dimensions")
        check_argument("max_steps", self.max_steps, 1 <= self.max_steps < 2**32, "a whole number in [1, 2**32)")
        fits = self.num_levels is None or 1 <= self.num_levels < 2**32
        check_argument("num_levels", self.num_levels, fits, "None or a whole number in [1, 2**32)")

    def rules(self, level_low: int, level_count: int) -> np.ndarray:
        """The same as an array of the one record that kernels read."""
        table = np.zeros(1, np.dtype((np.record, PARTICLE_RULES)))
        rules = table[0]
        (rules.offset_of_offset, rules.offset_of_velocity), below = action_map().tolist()
        rules.velocity_of_offset, rules.velocity_of_velocity = below
        rules.multimodal, rules.max_steps = self.multimodal, self.max_steps
        rules.level_low, rules.level_count = level_low, level_count
        return table
