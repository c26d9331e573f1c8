"""What there is to choose about the model `latent`."""

from dataclasses import dataclass
from math import isfinite

from envs.core.naming import check_known

KINDS = ("spatial", "ground", "vector")
ENCODERS = ("trained", "frozen", "given")
DYNAMICS = ("step", "prefix", "linear")
REGULARISERS = ("vicreg", "sigreg", "none")


@dataclass(frozen=True, kw_only=True)
class LatentConfig:
    """The kind of latent, how it is learned, and how large it is.

    Of a spatial latent only `width` and `seed` count, and of one on the ground besides `decoded` and `horizon`: cells
    that are read off a latent cannot collapse.
    """

    kind: str | None = None
    """`spatial`: with the shape of a grid's map; `ground`: on roads, round the ego; `vector`: anywhere. None: spatial
    on grids seen whole, ground on roads that show ego and route; a vector elsewhere, and where the encoder is not
    `trained`."""
    encoder: str = "trained"
    """`trained` with all else; `frozen` after it was fitted as an autoencoder before the first update; `given`: a
    module handed to `for_env`."""
    dynamics: str = "step"
    """`step`: a residual network, once for each action; `prefix`: a recurrent network over all actions in one call;
    `linear`: z' = A z + B a + c."""
    regulariser: str = "vicreg"
    """Against latents that are all alike: `vicreg`, `sigreg`, or `none` (gradients stop before what is predicted, and
    the heads alone keep latents apart)."""
    size: int = 128
    """Of a vector."""
    hidden: int = 256
    """Of a layer of the dynamics."""
    width: int = 32
    """Features of a cell, or of a patch."""
    decoded: int | None = None
    """Future frames of a window that are decoded for the loss, drawn anew each time: 2 of a vector, beside the present,
    and 3 on the ground, unless told otherwise."""
    coarse: int = 2
    """On roads, cells each way that are decoded as one."""
    live_heads: bool = True
    """Whether gradients of the heads reach the latents."""
    pretraining: int = 300
    """Updates of an encoder that is frozen afterwards."""
    prediction: float = 1.0
    """Weight of predicted latents in the loss."""
    regularisation: float = 1.0
    """Weight of the term against collapse."""
    horizon: int = 8
    """Of a latent on the ground: steps that are foreseen at most."""
    seed: int = 0
    """Of the weights."""

    def __post_init__(self) -> None:
        if self.kind is not None:
            check_known("kind", self.kind, KINDS)
        check_known("encoder", self.encoder, ENCODERS)
        check_known("dynamics", self.dynamics, DYNAMICS)
        check_known("regulariser", self.regulariser, REGULARISERS)
        for name in ("size", "hidden", "width", "decoded", "coarse", "horizon"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"LatentConfig.{name}: expected >= 1, got {getattr(self, name)}.")
        for name in ("prediction", "regularisation", "pretraining"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise ValueError(f"LatentConfig.{name}: expected a finite number >= 0, got {getattr(self, name)}.")
