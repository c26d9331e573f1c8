"""Cell, view and heads together: one step on seeing, one step on imagining, whoever asks."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from world_models.recurrents.cell import Cell, State, stacked
from world_models.recurrents.heads import Heads, Outcome
from world_models.recurrents.view import Context, View


class Trace(NamedTuple):
    """States that something was seen of, and what their codes were drawn from."""

    states: State
    chances: Float[Tensor, "*batch variable choice"]
    priors: Float[Tensor, "*batch variable choice"]
    """What would have been expected instead."""


class Core(nn.Module):
    """Everything of the model that learns."""

    def __init__(self, cell: Cell, view: View) -> None:
        super().__init__()
        self.cell, self.view = cell, view
        self.heads = Heads(cell.features + view.read_size)

    def see(
        self,
        before: State | None,
        done: Float[Tensor, "batch number"] | None,
        seen: Float[Tensor, "batch embedded"],
        *,
        context: Context,
        begins: Bool[Tensor, " batch"] | None = None,
        unit: Float[Tensor, "batch variable"] | None = None,
    ) -> Trace:
        """One step of filtering; `before` None, or rows that begin: from the initial state."""
        state = self.cell.initial(seen)
        hidden = state.hidden
        if before is not None and done is not None:
            hidden = self._advance(State(*(part.unsqueeze(1) for part in before)), done.unsqueeze(1), context)[:, 0]
            if begins is not None:
                hidden = torch.where(begins.unsqueeze(-1), state.hidden, hidden)
        chances = self.cell.posterior(hidden, seen)
        return Trace(State(hidden, self.cell.choose(chances, unit)), chances, self.cell.prior(hidden))

    def follow(
        self,
        seen: Float[Tensor, "batch time embedded"],
        done: Float[Tensor, "batch step number"],
        *,
        context: Context,
        units: Float[Tensor, "batch time variable"] | None = None,
    ) -> Trace:
        """Filtering through all frames of windows, from the initial state."""
        steps: list[Trace] = []
        for time in range(seen.shape[1]):
            before, deed = (steps[-1].states, done[:, time - 1]) if steps else (None, None)
            unit = None if units is None else units[:, time]
            steps.append(self.see(before, deed, seen[:, time], context=context, unit=unit))
        states, chances, priors = zip(*steps, strict=True)
        return Trace(stacked(states, 1), torch.stack(chances, 1), torch.stack(priors, 1))

    def imagine(
        self, state: State, done: Float[Tensor, "batch many number"], *, context: Context, unit: Tensor | None = None
    ) -> tuple[State, Float[Tensor, "batch many variable choice"]]:
        """The state [batch many ...] a step later, of which nothing is seen, and what it was drawn from."""
        hidden = self._advance(state, done, context)
        chances = self.cell.prior(hidden)
        return State(hidden, self.cell.choose(chances, unit)), chances

    def outcome(self, features: Float[Tensor, "batch many number"], context: Context) -> Outcome:
        """What the steps that led to states brought."""
        return self.heads(torch.cat([features, self.view.read(features, context)], -1))

    def _advance(self, state: State, done: Float[Tensor, "batch many number"], context: Context) -> Tensor:
        told = [done, self.view.read(state.features, context)] if self.view.read_size else [done]
        rows = State(state.hidden.flatten(0, 1), state.code.flatten(0, 1))
        hidden = self.cell.advance(rows, [part.flatten(0, 1) for part in told])
        return hidden.unflatten(0, state.hidden.shape[:2])
