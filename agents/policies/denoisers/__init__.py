"""Networks that turn a noisy chunk of actions into a better one, told how noisy it is and what was observed."""

from agents.policies.denoisers.denoiser import Denoiser
from envs.core.naming import check_known, load_entry

DENOISERS: dict[str, tuple[str, int]] = {
    "mlp": ("agents.policies.denoisers.mlp:MLPDenoiser", 256),
    "unet": ("agents.policies.denoisers.unet:UNetDenoiser", 32),
    "transformer": ("agents.policies.denoisers.transformer:TransformerDenoiser", 64),
}
"""Name -> ``"module:Class"`` and the width that suits a CPU."""


def make_denoiser(kind: str, features: int, horizon: int, size: int, width: int | None = None) -> Denoiser:
    """A denoiser of chunks [batch horizon size].

    Args:
        kind: A name in `DENOISERS`.
        features: Numbers that describe what was observed.
        horizon, size: Actions of a chunk, and numbers of one action.
        width: Of its layers; None: what suits a CPU.

    Raises:
        ValueError: unknown kind, with the nearest known one; a width that the kind cannot have.
    """
    check_known("denoiser", kind, DENOISERS)
    entry, usual = DENOISERS[kind]
    return load_entry(entry)(features, horizon, size, usual if width is None else width)
