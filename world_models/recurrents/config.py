"""Sizes of a recurrent model, and what it descends."""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class RecurrentConfig:
    """The defaults are those of Hafner et al. (2023), at a scale for one core."""

    width: int = 256
    """Of the memory."""
    variables: int = 16
    """Of the code."""
    choices: int = 16
    """Of each variable."""
    mixed: int = 96
    """Numbers into which memory, code and deed are mixed on their way to the memory."""
    blocks: int = 8
    """Of the memory."""
    embedded: int = 256
    """Numbers of an observation."""
    uniform: float = 0.01
    """Share of every distribution that is uniform."""
    dynamics: float = 1.0
    """Weight of the divergence that trains what is expected."""
    representation: float = 0.1
    """Weight of the divergence that trains what is understood."""
    free_nats: float = 1.0
    """Divergence that costs nothing."""
    ahead: float = 1.0
    """Weight of what is imagined from a frame on without seeing the others: what planning asks for."""
    frames: int = 3
    """Of a window, drawn anew each time, are shown again on roads; all would teach little more, and cost much more."""
    horizon: int = 8
    """Steps at which it is known, on roads that list the others, where straight motion would lead these."""
    seed: int = 0
    """Of the first weights."""

    def __post_init__(self) -> None:
        for name in ("width", "variables", "choices", "mixed", "blocks", "embedded", "frames", "horizon"):
            if getattr(self, name) < 1:
                raise ValueError(f"RecurrentConfig.{name}: expected at least 1, got {getattr(self, name)}.")
        if not 0.0 < self.uniform < 1.0:
            raise ValueError(f"RecurrentConfig.uniform: expected a share in (0, 1), got {self.uniform}.")
        for name in ("dynamics", "representation", "free_nats", "ahead"):
            value = getattr(self, name)
            if not (isfinite(value) and value >= 0.0):
                raise ValueError(f"RecurrentConfig.{name}: expected a finite number >= 0, got {value}.")

    @property
    def features(self) -> int:
        """Numbers of memory and code."""
        return self.width + self.variables * self.choices
