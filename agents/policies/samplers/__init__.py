"""How a chunk is drawn from what a head has learned: by name, and swapped without learning anew."""

from dataclasses import fields
from typing import Any, Protocol, runtime_checkable

from envs.core.naming import check_known, load_entry, unknown_name

SAMPLERS: dict[str, str] = {
    "ddpm": "agents.policies.samplers.ddpm:DDPM",
    "ddim": "agents.policies.samplers.ddim:DDIM",
    "euler": "agents.policies.samplers.euler:Euler",
    "heun": "agents.policies.samplers.heun:Heun",
    "langevin": "agents.policies.samplers.langevin:Langevin",
    "derivative-free": "agents.policies.samplers.derivative_free:DerivativeFree",
    "autoregressive": "agents.policies.samplers.autoregressive:Autoregressive",
}
"""Name -> ``"module:Class"``."""


@runtime_checkable
class Sampler(Protocol):
    """A frozen dataclass of a few numbers; its `sample` is called by the head that it fits."""

    @property
    def evaluations(self) -> int:
        """Network evaluations for one chunk."""
        ...


def make_sampler(name: str, **settings: Any) -> Any:
    """A sampler by its name.

    Raises:
        ValueError: unknown name, with the nearest known one, or a setting out of range.
        TypeError: unknown setting, with the nearest known one.
    """
    check_known("sampler", name, SAMPLERS)
    kind = load_entry(SAMPLERS[name])
    known = [field.name for field in fields(kind)]
    for setting in settings:
        if setting not in known:
            raise TypeError(unknown_name(f"setting of sampler {name!r}", setting, known))
    return kind(**settings)
