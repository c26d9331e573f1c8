"""Which candidates the sampler makes."""

import math
from dataclasses import dataclass

from world_models.trajectories.limits import Limits
from world_models.trajectories.proposals import Idm

DRIVER, LIMITS = Idm(), Limits()


@dataclass(frozen=True, kw_only=True)
class SamplerConfig:
    """Which candidates; each source may be left out by an empty tuple."""

    speeds: tuple[float, ...] = tuple(share / 17 for share in range(18))
    """Final speeds of the lattice: 0 the lowest, 1 the highest that can be reached []."""
    rates: tuple[tuple[float, float, float], ...] = (
        *((0.3, 0.4, 0.4), (0.6, 0.9, 0.8), (1.0, 1.5, 1.5), (1.5, 2.5, 2.5)),
        (2.2, 3.8, 3.0),
    )
    """Acceleration, braking [m/s^2] and jerk [m/s^3] with which each is approached; the last is the sharpest."""
    hard_stop: tuple[float, float] = (6.0, 20.0)
    """Braking [m/s^2] and jerk [m/s^3] of an emergency."""
    waits: tuple[float, ...] = (0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2)
    """Until what is being done gives way to the opposite [s]: braking to driving on, driving to braking."""
    places: tuple[float, ...] = (0.0,)
    """Lateral places of the lattice, left of the path [m]."""
    lateral_seconds: float = 3.0
    """Until such a place is reached [s]."""
    lateral_metres: float = 12.0
    """But no less way than this [m]."""
    shares: tuple[float, ...] = (1.0, 0.8, 0.6, 0.4, 0.2)
    """Of the advised speed, for proposals []."""
    proposal_places: tuple[float, ...] = (0.0, -0.7, 0.7, -3.5, 3.5)
    """Lateral places of proposals: in the own lane and in those beside it [m]."""
    turns: tuple[float, ...] = (-0.12, -0.06, 0.0, 0.06, 0.12)
    """Final curvatures of clothoids [1/m]."""
    clothoid_speeds: tuple[float, ...] = (0.0, 0.4, 1.0)
    """Their final speeds, as shares of the limit []."""
    accelerations: tuple[float, ...] = (-3.0, 0.0, 1.5)
    """Of shooting [m/s^2]."""
    steerings: tuple[float, ...] = (-0.15, -0.05, 0.05, 0.15)
    """Steering angles of shooting, on top of that of now [rad]."""
    wheelbase: float = 2.8
    """Headings are those of a bicycle of this length, whose centre drives askew in curves; 0: as the way goes [m]."""
    idm: Idm = DRIVER
    limits: Limits = LIMITS

    def __post_init__(self) -> None:
        if not self.rates or min(value for rate in self.rates for value in rate) <= 0:
            raise ValueError(f"rates must be triples of numbers greater than 0, at least one, got {self.rates}")
        for name in ("lateral_seconds", "lateral_metres"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and greater than 0, got {value}")
        if not 0 <= self.wheelbase < math.inf:
            raise ValueError(f"wheelbase must be finite and at least 0, got {self.wheelbase}")
