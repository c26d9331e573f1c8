"""Named parameter sets of the intelligent driver model, as published with the simulators they are named after."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How a vehicle is driven; the fields are those of an actor (`DRIVER_FIELDS`)."""

    desired: float = 1.0
    """Speed wanted, over the speed limit []."""
    max_acceleration: float
    """a [m/s^2]"""
    braking: float
    """b, comfortable [m/s^2]"""
    min_gap: float
    """s0, between bumpers [m]"""
    headway: float
    """T [s]"""
    exponent: float = 4.0
    """delta []"""
    politeness: float = 0.2
    """MOBIL's p []"""
    patience: float = 1.5
    """Time left to those who have the right of way, beyond the own passage [s]."""


PRESETS: dict[str, Preset] = {
    # Its s0 of 10 m is between centres of vehicles 5 m long.
    "highway_env": Preset(max_acceleration=3.0, braking=5.0, min_gap=5.0, headway=1.5, politeness=0.0),
    "nuplan": Preset(max_acceleration=1.0, braking=2.0, min_gap=1.0, headway=1.5),
    "pdm": Preset(max_acceleration=1.5, braking=3.0, min_gap=1.0, headway=1.5, exponent=10.0),
    "waymax": Preset(max_acceleration=2.0, braking=4.0, min_gap=2.0, headway=2.0),
    "puffer": Preset(max_acceleration=1.0, braking=3.0, min_gap=1.0, headway=1.5),
}
