"""What is remembered, and how a step changes it: a recurrent state-space model.

Hafner et al., *Learning latent dynamics for planning from pixels* (ICML 2019):

hidden' = GRU(hidden, mix[hidden, code, done]) what is certain
prior   = p(code' | hidden')                   what is expected to be seen
posterior = q(code' | hidden', seen)           what is understood of what is seen
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from world_models.recurrents.blocks import BlockGRU
from world_models.recurrents.categorical import drawn, most_likely, probabilities

DECIDED = 6.0
"""How much larger than usual the first weights of a posterior are: the code tells things apart from the first update,
and what reads it need not wait."""
QUICK = 4.0
"""Factor of the prior's logits, by which it learns so much faster than its memory."""


class State(NamedTuple):
    """Of many rows at once."""

    hidden: Float[Tensor, "*batch width"]
    code: Float[Tensor, "*batch variable choice"]
    """One-hot."""

    @property
    def features(self) -> Float[Tensor, "*batch number"]:
        """Both side by side."""
        return torch.cat([self.hidden, self.code.flatten(-2)], -1)


def stacked(states: Sequence[State], axis: int) -> State:
    """Along a new axis."""
    return State(*(torch.stack(parts, axis) for parts in zip(*states, strict=True)))


class Cell(nn.Module):
    """The memory.

    Args:
        seen: Numbers that tell what is seen.
        done: Numbers that tell what is done, and where.
        width: Of the memory.
        variables, choices: Of the code.
        mixed: Numbers into which all of them are mixed on their way to the memory; few, for planning's speed.
        blocks: Of the memory.
        uniform: Share of every distribution that is uniform.
    """

    def __init__(
        self,
        seen: int,
        done: int,
        *,
        width: int = 256,
        variables: int = 16,
        choices: int = 16,
        mixed: int = 96,
        blocks: int = 8,
        uniform: float = 0.01,
    ) -> None:
        super().__init__()
        self.width, self.variables, self.choices, self.uniform = width, variables, choices, uniform
        size = variables * choices
        self.features = width + size
        self.mix = nn.Sequential(nn.Linear(width + size + done, mixed), nn.LayerNorm(mixed), nn.SiLU())
        self.remember = BlockGRU(mixed, width, blocks)
        self.expect = nn.Linear(width, size)
        self.understand = nn.Sequential(
            nn.Linear(width + seen, width), nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, size)
        )
        with torch.no_grad():
            self.understand[-1].weight.mul_(DECIDED)  # type: ignore[union-attr, operator]

    def initial(self, like: Tensor) -> State:
        """Before anything was seen, for every row [batch ...] of `like`."""
        rows = len(like)
        return State(like.new_zeros(rows, self.width), like.new_zeros(rows, self.variables, self.choices))

    def advance(self, state: State, told: Sequence[Float[Tensor, "row _"]]) -> Float[Tensor, "row width"]:
        """The memory a step later; `told` are the numbers of what is done, in parts."""
        everything = torch.cat([state.hidden, state.code.flatten(-2), *told], -1)
        return self.remember(self.mix(everything), state.hidden)

    def prior(self, hidden: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch variable choice"]:
        """Probabilities of the code, of what is remembered alone."""
        return self._chances(QUICK * self.expect(hidden))

    def posterior(
        self, hidden: Float[Tensor, "*batch width"], seen: Float[Tensor, "*batch number"]
    ) -> Float[Tensor, "*batch variable choice"]:
        """Probabilities of the code, now that something was seen."""
        return self._chances(self.understand(torch.cat([hidden, seen], -1)))

    def choose(
        self, chances: Float[Tensor, "*batch variable choice"], unit: Float[Tensor, "*batch variable"] | None
    ) -> Float[Tensor, "*batch variable choice"]:
        """A code: drawn by numbers in [0, 1), or without them the most likely one."""
        return most_likely(chances) if unit is None else drawn(chances, unit)

    def _chances(self, logits: Tensor) -> Tensor:
        return probabilities(logits.unflatten(-1, (self.variables, self.choices)), self.uniform)
