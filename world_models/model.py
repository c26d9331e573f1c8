"""What every world model is: see once, foresee many candidates in one call, decode what is asked for."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from torch import Tensor, nn

from envs.core.naming import check_known
from world_models.experience import Windows
from world_models.rollout import Before, Latent, Rollout
from world_models.spec import Spec

Draws = Callable[[tuple[int, ...]], Tensor]
"""Numbers in [0, 1) of shape [batch, *shape], new at every call; those of a row do not depend on the other rows."""


class WorldModel(nn.Module, ABC):
    """Subclasses implement `encode`, `predict`, `decode_one`, and those that learn `loss`.

    latent = model.encode(observation)                   # once for each decision
    rollout = model.predict(latent, actions)             # all candidates, all steps, one call
    found = model.decode(rollout, ["occupancy", "ego"])  # only what is asked for
    """

    name: ClassVar[str]
    """In the table `WORLD_MODELS`."""
    Config: ClassVar[type]
    """A frozen dataclass."""
    reads_state: ClassVar[bool] = False
    """Whether it looks at the environment's state rather than at observations."""
    learns: ClassVar[bool] = True
    """Whether there is anything to fit."""
    memory: ClassVar[tuple[str, ...]] = ()
    """Parts of a latent that the next `encode` goes on from; an agent carries them, and no others, to `Before`."""
    recalls: ClassVar[tuple[str, ...]] = ()
    """Keys of the observation that it looks at once more then, where they are observed."""

    def __init__(self, spec: Spec, config: Any) -> None:
        super().__init__()
        self.spec, self.config = spec, config

    @classmethod
    @abstractmethod
    def for_env(cls, env: Any, **config: Any) -> "WorldModel":
        """An unfitted model of `env`, single or vector.

        Raises:
            ValueError: worlds that it is no model of.
        """

    @abstractmethod
    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        """What to keep of an observation [batch ...]; models with a memory go on from `before`."""

    @abstractmethod
    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        """What candidate actions [batch candidate horizon ...] lead to.

        Args:
            latent: Of `encode`.
            actions: Continuous float [.. number] or discrete int64.
            samples: Futures of each candidate; other than 1 for stochastic models alone.
            draws: What is random; None: the most likely future.

        Raises:
            ValueError: actions of another shape, or samples that the model cannot draw.
        """

    def decode(self, rollout: Rollout, keys: Iterable[str]) -> dict[str, Tensor]:
        """[batch candidate sample horizon ...] of each key: see `world_models.spec.HEADS`.

        Raises:
            ValueError: a key that the model has no head for.
        """
        keys = list(dict.fromkeys(keys))
        for key in keys:
            check_known(f"head of {self.name}", key, self.spec.heads)
        return {key: self.decode_one(rollout, key) for key in keys}

    @abstractmethod
    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        """`decode` for one of the model's heads."""

    def loss(self, windows: Windows) -> tuple[Tensor, dict[str, float]]:
        """What to descend [], and the named parts of it; of the last frames only those that are real count.

        Raises:
            TypeError: a model without `learns`, as this stands for.
        """
        raise TypeError(f"World model {self.name!r} has nothing to learn.")

    def prepare(self, windows: Windows) -> None:
        """Measure, before the first update, what normalises inputs; nothing by default."""
